"""What the operator asks of an import under way: to pause, resume, slow down or stop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from ochre_tui.intercom.circuit_breaker import CircuitBreaker
from ochre_tui.intercom.pacing import Pacer
from ochre_tui.migration.plan.scope import QuietHours

_FULL = 100


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Controls:
    """The wishes that hold now; all methods belong to the import's event loop.

    `reason` is who asked, when and what for, in a sentence; `probe_reason` the same of who last had Intercom asked at
    once during an outage. `last_command` is the number of the last command that was obeyed.
    `changed` is set whenever a wish changes; whoever writes them down clears it.
    """

    stopped: bool = False
    paused: bool = False
    reason: str = ""
    probe_reason: str = ""
    percent: int = _FULL
    percent_reason: str = ""
    quiet_hours: QuietHours | None = None
    last_command: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _gate: asyncio.Event = field(default_factory=_open_gate)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _pacer: Pacer | None = None
    _breaker: CircuitBreaker | None = None

    def attach(self, pacer: Pacer, breaker: CircuitBreaker) -> None:
        """Let these wishes govern the requests that `pacer` grants and `breaker` holds back."""
        self._pacer, self._breaker = pacer, breaker
        self._apply()

    def pause(self, reason: str) -> None:
        """Begin nothing more until `resume`; what is in hand is finished."""
        if not self.stopped and not self.paused:
            self.paused, self.reason = True, reason
            self._apply()

    def resume(self, reason: str) -> None:
        """Go on after a pause; in an outage, find out at once whether it is over."""
        if self.paused:
            self.paused, self.reason = False, reason
            self._apply()
        if self._breaker is not None and self._breaker.ask_now():
            self.probe_reason = reason
            self.changed.set()

    def throttle(self, percent: int, reason: str) -> None:
        """Use at most this share of Intercom's limit; 1 to 100, else it is brought there."""
        self.percent, self.percent_reason = min(_FULL, max(1, percent)), reason
        self._apply()

    def set_quiet_hours(self, quiet_hours: QuietHours | None) -> None:
        """Mind the plan's quiet hours too, if these are some."""
        if quiet_hours != self.quiet_hours:
            self.quiet_hours = quiet_hours
            self._apply()

    def stop(self, reason: str) -> None:
        """Finish what is in hand and end; asked again, end at once."""
        if self.stopped:
            self._ending.set()
        self.stopped, self.paused, self.reason = True, False, reason
        self._stopping.set()
        self._apply()

    @property
    def ends_at_once(self) -> bool:
        return self._ending.is_set()

    @property
    def share(self) -> int:
        """The percentage of Intercom's limit that holds: the operator's, or that of the quiet hours if it is lower."""
        return self.percent if self.quiet_hours is None else min(self.percent, self.quiet_hours.percent)

    @property
    def share_reason(self) -> str:
        """Why it is less than all of it, in a sentence; "" where it is not."""
        if self.quiet_hours is not None and self.quiet_hours.percent < self.percent:
            return f"Quiet hours until {self.quiet_hours.until}: at most {self.quiet_hours.percent} % of the limit."
        return self.percent_reason if self.percent < _FULL else ""

    async def wait_while_paused(self) -> None:
        """Wait while the run is paused."""
        await self._gate.wait()

    async def overdue(self, seconds: float) -> None:
        """Wait until a stop was asked for so many seconds ago, or an end at once."""
        await self._stopping.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)

    def _apply(self) -> None:
        if self.paused:
            self._gate.clear()
        else:
            self._gate.set()
        if self._pacer is not None:
            self._pacer.throttle(self.share)
            if self.paused:
                self._pacer.pause()
            else:
                self._pacer.resume()
        self.changed.set()
