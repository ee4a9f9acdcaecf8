"""The pacer against a simulated Intercom with windows, latency and other users, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.pacing import FIRST_IN_FLIGHT, Pacer
from ochre_tui.intercom.rate_limit import RateLimitHeaders

Virtual = Callable[[Callable[[Clock], Awaitable[Any]]], Any]


@dataclass
class Server:
    """Intercom's limiter: fixed ten-second windows on a clock of its own, whose fraction the headers hide."""

    clock: Clock
    limit: int
    latency: float
    offset: float = 1_700_000_003.7
    spread: float = 0.0
    headers: bool = True
    reset_lies: bool = False
    resets_are_past: bool = False
    dated_late: bool = False
    date_ahead: float = 0.0
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    served: Counter[int] = field(default_factory=Counter)
    used: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    under_way: int = 0
    most_under_way: int = 0

    def now(self) -> float:
        return self.clock.monotonic() + self.offset

    def window(self) -> int:
        return int(self.now() // 10 + 1) * 10

    def take(self) -> bool:
        window = self.window()
        if self.used[window] >= self.limit:
            return False
        self.used[window] += 1
        return True

    async def request(self) -> RateLimitHeaders:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        latency = self.latency + self.rng.uniform(-self.spread, self.spread)
        await self.clock.sleep(latency / 2)
        window, accepted = self.window(), self.take()
        (self.served if accepted else self.refused)[window] += 1
        date = int(self.now() + self.date_ahead)
        remaining = self.limit - self.used[window]
        await self.clock.sleep(latency / 2)
        if self.dated_late:
            date = int(self.now() - latency / 100)
        self.under_way -= 1
        reset = date - 3 if self.resets_are_past or (self.reset_lies and not accepted) else window
        if not self.headers:
            return RateLimitHeaders(date=date, limited=not accepted)
        return RateLimitHeaders(limit=self.limit, remaining=remaining, reset=reset, date=date, limited=not accepted)


async def drive(pacer: Pacer, server: Server, clock: Clock, seconds: float, workers: int = 200) -> None:
    """As many workers as one could want ask for requests until the time is over."""
    end = clock.monotonic() + seconds

    async def work() -> None:
        while clock.monotonic() < end:
            ticket = await pacer.acquire()
            pacer.release(ticket, await server.request())

    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    await clock.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    pacer.close()


def full_windows(server: Server) -> list[int]:
    """The windows that lay wholly in the time driven, but for the first two."""
    return sorted(set(server.used) | set(server.refused))[2:-1]


def driven(
    virtual: Virtual, make: Callable[[Clock], Server], pacer: Callable[[Clock], Pacer], seconds: float
) -> Server:
    async def main(clock: Clock) -> Server:
        server = make(clock)
        await drive(pacer(clock), server, clock, seconds)
        return server

    server: Server = virtual(main)
    return server


def share(server: Server) -> float:
    windows = full_windows(server)
    assert len(windows) >= 3
    return sum(server.served[window] for window in windows) / (server.limit * len(windows))


@settings(max_examples=15, deadline=None)
@given(
    limit=st.sampled_from([17, 83, 166, 500, 1666]),
    latency=st.floats(0.02, 0.5),
    fraction=st.floats(0, 9.99),
    dated_late=st.booleans(),
)
def test_uses_nearly_all_of_the_limit_and_never_more(
    virtual: Virtual, limit: int, latency: float, fraction: float, dated_late: bool
) -> None:
    server = driven(
        virtual,
        lambda clock: Server(
            clock, limit, latency, 1_700_000_000 + fraction, spread=latency * 0.3, dated_late=dated_late
        ),
        lambda clock: Pacer(clock=clock),
        75,
    )
    assert share(server) >= 0.97
    assert sum(server.refused.values()) == 0


def test_half_a_second_of_latency_at_the_full_limit(virtual: Virtual) -> None:
    server = driven(virtual, lambda clock: Server(clock, 1666, 0.5), lambda clock: Pacer(clock=clock), 120)
    assert share(server) >= 0.97
    assert sum(server.refused.values()) == 0
    assert server.most_under_way <= 96


def test_before_the_first_answer_only_a_handful_is_under_way(virtual: Virtual) -> None:
    server = driven(virtual, lambda clock: Server(clock, 1666, 0.5), lambda clock: Pacer(clock=clock), 0.4)
    assert server.most_under_way == FIRST_IN_FLIGHT


@settings(max_examples=10, deadline=None)
@given(percent=st.integers(1, 99), limit=st.sampled_from([83, 166, 1666]))
def test_throttled_to_a_share(virtual: Virtual, percent: int, limit: int) -> None:
    server = driven(
        virtual,
        lambda clock: Server(clock, limit, 0.3),
        lambda clock: Pacer(percent=percent, clock=clock),
        75,
    )
    bound = max(1, limit * percent // 100)
    windows = full_windows(server)
    assert all(server.served[window] <= bound for window in windows)
    assert sum(server.served[window] for window in windows) >= 0.97 * bound * len(windows) - len(windows)


def test_a_share_holds_although_requests_reach_over_the_window_s_end(virtual: Virtual) -> None:
    server = driven(
        virtual,
        lambda clock: Server(clock, 1000, 0.92),
        lambda clock: Pacer(percent=99, clock=clock),
        95,
    )
    served = [server.served[window] for window in full_windows(server)]
    assert max(served) <= 990
    assert min(served) >= 940


@pytest.mark.parametrize(("limit", "latency", "ahead"), [(1200, 0.3, 0.8), (1666, 0.5, 0.5), (166, 0.2, 0.3)])
def test_a_limiter_behind_the_date_is_learnt(virtual: Virtual, limit: int, latency: float, ahead: float) -> None:
    """The Date header comes from another machine, whose clock is ahead of the limiter's."""
    server = driven(
        virtual,
        lambda clock: Server(clock, limit, latency, date_ahead=ahead, spread=latency / 5),
        lambda clock: Pacer(clock=clock),
        300,
    )
    windows = full_windows(server)
    late = windows[len(windows) // 2 :]
    assert sum(server.refused[window] for window in late) <= len(late)
    assert sum(server.served[window] for window in late) >= 0.97 * limit * len(late)


@pytest.mark.parametrize("latency", [0.05, 0.5])
def test_resets_that_are_always_past_make_no_storm(virtual: Virtual, latency: float) -> None:
    server = driven(
        virtual,
        lambda clock: Server(clock, 166, latency, resets_are_past=True),
        lambda clock: Pacer(clock=clock),
        300,
    )
    windows = full_windows(server)
    assert sum(server.refused[window] for window in windows) <= len(windows)
    assert sum(server.served[window] for window in windows) >= 0.5 * 166 * len(windows)


def test_throttle_changes_while_it_runs(virtual: Virtual) -> None:
    async def main(clock: Clock) -> Server:
        server, pacer = Server(clock, 166, 0.2, offset=1_700_000_000), Pacer(clock=clock)
        driving = asyncio.ensure_future(drive(pacer, server, clock, 90))
        await clock.sleep(40)
        pacer.throttle(50)
        await driving
        return server

    served = sorted(virtual(main).served.items())
    assert [count for _, count in served[1:4]] == [166] * 3
    assert [count for _, count in served[5:9]] == [83] * 4


def test_adapts_to_what_other_programs_use(virtual: Virtual) -> None:
    """A neighbour takes a third of every window, evenly."""

    async def main(clock: Clock) -> Server:
        server, pacer = Server(clock, 300, 0.3), Pacer(clock=clock)

        async def neighbour() -> None:
            while True:
                server.take()
                await clock.sleep(0.1)

        task = asyncio.ensure_future(neighbour())
        await drive(pacer, server, clock, 95)
        task.cancel()
        return server

    server = virtual(main)
    windows = full_windows(server)
    assert sum(server.refused[window] for window in windows) <= len(windows)
    used = sum(server.used[window] for window in windows) / (300 * len(windows))
    assert used >= 0.95


def test_a_window_that_others_used_up_costs_one_refusal(virtual: Virtual) -> None:
    async def main(clock: Clock) -> Server:
        server, pacer = Server(clock, 83, 0.2, offset=1_700_000_001), Pacer(clock=clock)
        for _ in range(83):
            server.take()
        await drive(pacer, server, clock, 75)
        return server

    server = virtual(main)
    assert sum(server.refused.values()) <= FIRST_IN_FLIGHT
    assert share(server) >= 0.97


def test_a_lower_limit_is_obeyed_at_once(virtual: Virtual) -> None:
    async def main(clock: Clock) -> Server:
        server, pacer = Server(clock, 1666, 0.2, offset=1_700_000_000), Pacer(clock=clock)
        driving = asyncio.ensure_future(drive(pacer, server, clock, 75))
        await clock.sleep(30.5)
        server.limit = 166
        await driving
        return server

    server = virtual(main)
    late = [window for window in server.used if window > 1_700_000_040]
    assert [server.served[window] for window in late[:-1]] == [166] * (len(late) - 1)
    assert all(server.refused[window] <= 1 for window in late)


def test_refusals_whose_reset_is_past_make_no_storm(virtual: Virtual) -> None:
    """A neighbour's bursts cause 429s that lie about the window's end."""

    async def main(clock: Clock) -> Server:
        server, pacer = Server(clock, 166, 0.2, reset_lies=True), Pacer(clock=clock)

        async def neighbour() -> None:
            while True:
                await clock.sleep(11.3)
                for _ in range(40):
                    server.take()

        task = asyncio.ensure_future(neighbour())
        await drive(pacer, server, clock, 115)
        task.cancel()
        return server

    server = virtual(main)
    windows = full_windows(server)
    assert sum(server.refused[window] for window in windows) <= len(windows)
    assert sum(server.used[window] for window in windows) >= 0.9 * 166 * len(windows)


def test_without_headers_concurrency_grows_and_the_server_s_no_is_heeded(virtual: Virtual) -> None:
    server = driven(
        virtual,
        lambda clock: Server(clock, 10**6, 0.2, headers=False),
        lambda clock: Pacer(clock=clock, max_in_flight=64),
        30,
    )
    assert server.most_under_way == 64
    limited = driven(
        virtual, lambda clock: Server(clock, 50, 0.2, headers=False), lambda clock: Pacer(clock=clock), 100
    )
    windows = full_windows(limited)
    assert sum(limited.served[window] for window in windows) >= 0.9 * 50 * len(windows)


def test_a_pause_holds_everything_back_until_it_ends(virtual: Virtual) -> None:
    async def main(clock: Clock) -> tuple[int, int, int]:
        server, pacer = Server(clock, 166, 0.1), Pacer(clock=clock)
        driving = asyncio.ensure_future(drive(pacer, server, clock, 60))
        await clock.sleep(25)
        pacer.pause()
        await clock.sleep(0.2)
        before = sum(server.served.values())
        await clock.sleep(15)
        held = sum(server.served.values())
        assert pacer.state().paused
        pacer.resume()
        await driving
        return before, held, sum(server.served.values())

    before, held, after = virtual(main)
    assert before == held < after
