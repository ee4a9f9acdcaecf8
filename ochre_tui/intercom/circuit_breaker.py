"""Outlasting an outage: while Intercom as a whole gives no usable answer, one question stands for all requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.intercom.clock import Clock

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage under way: why, since when by the monotonic clock, and for how many seconds it has lasted."""

    reason: str
    since: float
    seconds: float


class CircuitBreaker:
    """Holds all requests back during an outage. All methods belong to one event loop.

    `answers` asks Intercom a single question; it is asked again after growing waits, until it is answered or the outage
    has lasted `patience_s`. Without patience nothing is waited for.
    """

    def __init__(self, answers: Callable[[], Awaitable[bool]], clock: Clock, patience_s: float) -> None:
        self._answers = answers
        self._clock = clock
        self._patience_s = patience_s
        self._reason = ""
        self._since = 0.0
        self._end: asyncio.Future[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def outage(self) -> Outage | None:
        """The outage under way, if there is one."""
        if self._end is None:
            return None
        return Outage(self._reason, self._since, self._clock.monotonic() - self._since)

    async def closed(self) -> None:
        """Wait for the end of the outage under way, if there is one; raises its error when patience ends."""
        if self._end is not None:
            await asyncio.shield(self._end)

    async def outlast(self, error: OchreTuiError) -> None:
        """Wait until Intercom answers again; raises `error` when patience ends first."""
        if self._patience_s <= 0:
            raise error
        if self._end is None:
            self._reason, self._since = error.title, self._clock.monotonic()
            self._end = asyncio.get_running_loop().create_future()
            self._hurry.clear()
            self._asking = asyncio.create_task(self._ask(error))
        await self.closed()

    def ask_now(self) -> bool:
        """Ask at once whether the outage under way is over, and then after short waits again; whether there is one."""
        if self._end is None:
            return False
        self._hurry.set()
        return True

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self, error: OchreTuiError) -> None:
        wait = FIRST_WAIT_S
        while (left := self._since + self._patience_s - self._clock.monotonic()) > 0:
            hurried = await self._hurried(min(left, wait * self._clock.rng.uniform(0.8, 1.0)))
            wait = FIRST_WAIT_S if hurried else min(LONGEST_WAIT_S, 2 * wait)
            if await self._answers():
                self._over(None)
                return
        self._patience_s = 0
        self._over(error)

    async def _hurried(self, seconds: float) -> bool:
        """Wait so long, or until asked to hurry; whether it was."""
        waits = [asyncio.ensure_future(wait) for wait in (self._clock.sleep(seconds), self._hurry.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        hurried = self._hurry.is_set()
        self._hurry.clear()
        return hurried

    def _over(self, error: OchreTuiError | None) -> None:
        end, self._end, self._asking = self._end, None, None
        if end is None or end.done():
            return
        if error is None:
            end.set_result(None)
        else:
            end.set_exception(error)
            end.exception()  # read here too, as nobody may be waiting any more
