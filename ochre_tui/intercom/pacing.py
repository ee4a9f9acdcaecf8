"""When a request may start: Intercom's rate limit, window by window, for the whole client.

Intercom counts requests in fixed windows and tells in every answer the limit, what remains, and when the window ends by
its own clock. From that the pacer keeps two accounts: what Intercom has counted (other programs included), and what we
have started. A request is held back while either could exceed its bound, counting everything still under way as if it
belonged to this window. So the limit is reached but, short of other programs' bursts, never exceeded.

The window's end is found without trusting the local clock: every answer proves that Intercom's clock has reached some
time at the latest when the answer arrived, and the best of these proofs dates the end on our monotonic clock. It is
never taken for over too early.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass

from ochre_tui.core.errors import UsageError
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.rate_limit import RateLimitHeaders

WINDOW_S = 10
FIRST_IN_FLIGHT = 4
MAX_WAIT_S = 120.0
MAX_CAUTION_S = 3.0
_CLOCK_PROOFS = 6
_TOO_MANY_FAILURES = 0.3


@dataclass(slots=True)
class Ticket:
    """The right to have one request under way; given back with `Pacer.release`."""

    started: float
    epoch: int


@dataclass(frozen=True, slots=True)
class PaceState:
    """The pacer at one moment; `resets_in` in seconds, None before Intercom has told."""

    limit: int | None
    used: int
    resets_in: float | None
    in_flight: int
    waiting: int
    percent: int
    paused: bool


class Pacer:
    """Grants requests first come, first served. All methods belong to one event loop's thread.

    `percent` bounds our own share of the limit; what others use counts against the whole of it.
    """

    def __init__(self, *, max_in_flight: int = 96, percent: int = 100, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._max_in_flight = max_in_flight
        self._allowed_in_flight = float(min(FIRST_IN_FLIGHT, max_in_flight))
        self._percent = _checked(percent)
        self._paused = False
        self._waiting: deque[asyncio.Future[Ticket]] = deque()
        self._timer: asyncio.Task[None] | None = None
        self._timer_at = math.inf

        self._in_flight = 0
        self._epoch = 0
        self._flight_now = 0  # under way, started in this window
        self._flight_before = 0  # under way, started in the last one: may have been counted in either
        self._started = 0  # by us, counted in this window
        self._used = 0  # by anybody, as Intercom last told for this window

        self._limit: int | None = None
        self._reset: int | None = None  # this window's end, told or presumed, server time
        self._reported_reset: int | None = None
        self._clock_proofs: deque[float] = deque(maxlen=_CLOCK_PROOFS)  # least (server time - our time), per window
        self._caution = 0.0
        self._cautious_epoch = -1
        self._latency = 0.0

        self._held_until = -math.inf
        self._refusals = 0
        self._failing = 0.0
        self._cut_at = -math.inf

    async def acquire(self) -> Ticket:
        """Wait until a request may start."""
        self._grant()
        if not self._waiting and self._may_start():
            return self._start()
        future: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._set_timer()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._give_up(future.result())
            raise

    def release(self, ticket: Ticket, rate_limit: RateLimitHeaders) -> None:
        """The request is over; `rate_limit` is what its answer told."""
        now = self._clock.monotonic()
        self._in_flight -= 1
        self._learn_window(ticket, rate_limit, now)
        self._leave_window(ticket, rate_limit)
        if rate_limit.limited:
            self._hold(rate_limit, now)
        self._adapt(ticket, rate_limit, now)
        self._grant()

    def throttle(self, percent: int) -> None:
        """Bound our share of the limit from now on; 1 to 100, else UsageError."""
        self._percent = _checked(percent)
        self._grant()

    def pause(self) -> None:
        """Start nothing more until `resume`; what is under way goes on."""
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._grant()

    def state(self) -> PaceState:
        now = self._clock.monotonic()
        self._turn_window(now)
        ends = self._window_ends()
        return PaceState(
            limit=self._limit,
            used=max(self._used, self._started),
            resets_in=None if ends is None else max(0.0, ends - now),
            in_flight=self._in_flight,
            waiting=sum(not future.done() for future in self._waiting),
            percent=self._percent,
            paused=self._paused,
        )

    def close(self) -> None:
        """Stop the timer; those who still wait are cancelled."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            self._waiting.popleft().cancel()

    # granting

    def _grant(self) -> None:
        self._turn_window(self._clock.monotonic())
        while self._waiting and self._may_start():
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(self._start())
        self._set_timer()

    def _may_start(self) -> bool:
        if self._paused or self._in_flight >= int(self._allowed_in_flight):
            return False
        if self._clock.monotonic() < self._held_until:
            return False
        if self._limit is None:
            return True
        own_bound = max(1, self._limit * self._percent // 100)
        under_way = self._flight_now + self._flight_before
        return (
            self._started + self._flight_before < own_bound
            and self._used + under_way + self._reserved_for_others() < self._limit
        )

    def _start(self) -> Ticket:
        self._in_flight += 1
        self._flight_now += 1
        self._started += 1
        return Ticket(self._clock.monotonic(), self._epoch)

    def _give_up(self, ticket: Ticket) -> None:
        """A granted request that will not be sent after all."""
        self._in_flight -= 1
        if ticket.epoch == self._epoch:
            self._flight_now -= 1
            self._started -= 1
        elif ticket.epoch == self._epoch - 1:
            self._flight_before -= 1
        self._grant()

    def _reserved_for_others(self) -> int:
        """Room for what other programs will use before the answers under way tell of it."""
        others = self._used - self._started - self._flight_before
        ends = self._window_ends()
        if others <= 0 or ends is None:
            return 0
        elapsed = max(0.5, WINDOW_S - (ends - self._clock.monotonic()))
        return math.ceil(1.5 * self._latency * others / elapsed)

    def _set_timer(self) -> None:
        """Wake up when time alone may let somebody start."""
        if not self._waiting or self._paused:
            return
        now = self._clock.monotonic()
        moments = [self._held_until] if self._held_until > now else []
        ends = self._window_ends()
        if ends is not None:
            moments.append(max(ends, now))
        at = min(moments, default=math.inf)
        if at == math.inf or (self._timer is not None and self._timer_at <= at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().create_task(self._wake(at - now))

    async def _wake(self, delay: float) -> None:
        await self._clock.sleep(delay)
        self._timer = None
        self._grant()

    # the window

    def _window_ends(self) -> float | None:
        """When this window is surely over, on our clock."""
        if self._reset is None or not self._clock_proofs:
            return None
        return self._reset - max(self._clock_proofs) + self._caution

    def _turn_window(self, now: float) -> None:
        ends = self._window_ends()
        if ends is None or self._reset is None or now < ends:
            return
        self._reset += WINDOW_S * (1 + int((now - ends) // WINDOW_S))
        self._new_window()

    def _new_window(self) -> None:
        self._epoch += 1
        self._flight_before, self._flight_now = self._flight_now, 0
        self._started = 0
        self._used = 0

    def _learn_window(self, ticket: Ticket, rate_limit: RateLimitHeaders, now: float) -> None:
        if rate_limit.date is not None:
            self._prove_clock(rate_limit.date - now)
        if rate_limit.limit is None or rate_limit.remaining is None:
            return
        if self._limit is None:
            self._allowed_in_flight = float(self._max_in_flight)
        self._limit = rate_limit.limit
        self._turn_window(now)
        if ticket.epoch == self._epoch and rate_limit.reset == self._reported_reset != self._reset:
            self._grow_cautious()
        if rate_limit.reset is None or (rate_limit.date is not None and rate_limit.reset <= rate_limit.date):
            self._guess_window(rate_limit, now)  # no end told, or that of a window that is over
            return
        if self._reported_reset is None or rate_limit.reset > self._reported_reset:
            if self._reset is not None and rate_limit.reset > self._reset:
                self._new_window()
            began = rate_limit.date or rate_limit.reset - WINDOW_S
            self._clock_proofs.append(max(began, self._reported_reset or 0) - now)
            self._reset = self._reported_reset = rate_limit.reset
        if rate_limit.reset == self._reset:
            self._used = max(self._used, rate_limit.limit - rate_limit.remaining)

    def _grow_cautious(self) -> None:
        """We thought a window over and Intercom did not: its dates come from another clock than its limits."""
        if self._cautious_epoch < self._epoch:
            self._cautious_epoch = self._epoch
            self._caution = min(MAX_CAUTION_S, max(0.1, 2 * self._caution))

    def _guess_window(self, rate_limit: RateLimitHeaders, now: float) -> None:
        """While Intercom has told no window's end: windows of our own, by what remains."""
        if self._reported_reset is not None or rate_limit.limit is None or rate_limit.remaining is None:
            return
        if self._reset is None:
            self._prove_clock((rate_limit.date or 0) - now)
            self._reset = (rate_limit.date or 0) + WINDOW_S
        self._used = rate_limit.limit - rate_limit.remaining

    def _prove_clock(self, proof: float) -> None:
        if not self._clock_proofs:
            self._clock_proofs.append(proof)
        elif proof > self._clock_proofs[-1]:
            self._clock_proofs[-1] = proof

    def _leave_window(self, ticket: Ticket, rate_limit: RateLimitHeaders) -> None:
        if ticket.epoch == self._epoch:
            self._flight_now -= 1
        elif ticket.epoch == self._epoch - 1:
            self._flight_before -= 1
            if rate_limit.reset is not None and rate_limit.reset == self._reset:
                self._started += 1

    # trouble

    def _hold(self, rate_limit: RateLimitHeaders, now: float) -> None:
        """Nobody starts before the limit is over: Retry-After, else the window's end, else a growing wait."""
        if now >= self._held_until:
            self._refusals += 1
        ends = self._window_ends()
        if rate_limit.retry_after is not None:
            wait = min(rate_limit.retry_after, MAX_WAIT_S)
        elif rate_limit.reset is not None and rate_limit.reset == self._reported_reset != self._reset:
            wait = min(0.1 * self._refusals, 1.0)  # the window we took for over is about to end
        elif ends is not None and ends > now:
            wait = ends - now
        else:
            wait = self._clock.rng.uniform(0.5, 1.0) * min(2.0 ** min(self._refusals - 1, 10), MAX_WAIT_S / 2)
        self._held_until = max(self._held_until, now + wait + self._clock.rng.uniform(0.0, 0.1))

    def _adapt(self, ticket: Ticket, rate_limit: RateLimitHeaders, now: float) -> None:
        """Fewer at a time while many fail; more again as they succeed."""
        self._failing += 0.1 * (float(rate_limit.failed) - self._failing)
        if rate_limit.failed:
            if self._failing > _TOO_MANY_FAILURES and now - self._cut_at > 1.0:
                self._cut_at = now
                self._allowed_in_flight = max(float(FIRST_IN_FLIGHT), self._allowed_in_flight / 2)
            return
        if not rate_limit.limited:
            self._refusals = 0
            self._latency += 0.1 * ((now - ticket.started) - self._latency)
            self._allowed_in_flight = min(float(self._max_in_flight), self._allowed_in_flight + 0.5)


def _checked(percent: int) -> int:
    if not 1 <= percent <= 100:
        raise UsageError(f"{percent} is no share of the rate limit", advice="Give a whole number from 1 to 100.")
    return percent
