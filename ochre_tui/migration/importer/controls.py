"""What the operator asks of an import under way: to pause, go on, slow down or stop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ochre_tui.intercom.pacing import Pacer


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Controls:
    """The wishes that hold now, asked for before or during the run; all methods belong to the import's event loop.

    `changed` is set whenever one changes; whoever writes them down clears it.
    """

    stopped: bool = False
    paused: bool = False
    percent: int = 100
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _gate: asyncio.Event = field(default_factory=_open_gate)
    _pacer: Pacer | None = None

    def steer(self, pacer: Pacer) -> None:
        """Let these wishes govern the requests that `pacer` grants."""
        self._pacer = pacer
        self._apply()

    def pause(self) -> None:
        """Begin nothing more until `resume`; what is in hand is finished."""
        self.paused = not self.stopped
        self._apply()

    def resume(self) -> None:
        self.paused = False
        self._apply()

    def throttle(self, percent: int) -> None:
        """Use at most this share of Intercom's limit; 1 to 100, else it is brought there."""
        self.percent = min(100, max(1, percent))
        self._apply()

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self.stopped, self.paused = True, False
        self._apply()

    async def turn(self) -> None:
        """Wait while the run is paused."""
        await self._gate.wait()

    def _apply(self) -> None:
        if self.paused:
            self._gate.clear()
        else:
            self._gate.set()
        if self._pacer is not None:
            self._pacer.throttle(self.percent)
            if self.paused:
                self._pacer.pause()
            else:
                self._pacer.resume()
        self.changed.set()
