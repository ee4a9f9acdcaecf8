"""The pacer's rules one by one, with answers made by hand, in virtual time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.core.errors import UsageError
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.pacing import FIRST_IN_FLIGHT, Pacer
from ochre_tui.intercom.rate_limit import NO_ANSWER, RateLimitHeaders

Virtual = Callable[[Callable[[Clock], Awaitable[Any]]], Any]


@pytest.mark.parametrize(("counted_in", "more"), [(1_010, 40), (1_020, 0)])
def test_requests_under_way_at_the_window_s_end_may_count_in_the_next(
    virtual: Virtual, counted_in: int, more: int
) -> None:
    async def main(clock: Clock) -> tuple[int, int]:
        pacer = Pacer(clock=clock, percent=25)
        pacer.release(await pacer.acquire(), RateLimitHeaders(limit=200, remaining=199, reset=1_010, date=1_009))
        under_way = [await pacer.acquire() for _ in range(40)]
        await clock.sleep(1.01)
        waiting = [asyncio.ensure_future(pacer.acquire()) for _ in range(60)]
        await clock.sleep(0.1)
        before = sum(task.done() for task in waiting)
        for ticket in under_way:
            pacer.release(ticket, RateLimitHeaders(limit=200, remaining=160, reset=counted_in, date=1_010))
        await clock.sleep(0.1)
        after = sum(task.done() for task in waiting)
        pacer.close()
        await asyncio.gather(*waiting, return_exceptions=True)
        return before, after - before

    assert virtual(main) == (10, more)


def test_a_late_answer_of_the_window_before_says_nothing_of_this_one(virtual: Virtual) -> None:
    async def main(clock: Clock) -> int:
        pacer = Pacer(clock=clock)
        pacer.release(await pacer.acquire(), RateLimitHeaders(limit=100, remaining=99, reset=1_010, date=1_009))
        late = await pacer.acquire()
        await clock.sleep(1.5)
        pacer.release(late, RateLimitHeaders(limit=100, remaining=0, reset=1_010, date=1_010))
        return pacer.state().used

    assert virtual(main) == 0


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_no_other_share_is_taken(percent: int) -> None:
    with pytest.raises(UsageError):
        Pacer(percent=percent)
    with pytest.raises(UsageError):
        Pacer().throttle(percent)


def test_failures_halve_what_is_under_way_and_success_restores_it(virtual: Virtual) -> None:
    async def main(clock: Clock) -> tuple[int, int]:
        pacer, broken = Pacer(clock=clock, max_in_flight=32), False
        most = 0

        async def work() -> None:
            nonlocal most
            while True:
                ticket = await pacer.acquire()
                most = max(most, pacer.state().in_flight)
                await clock.sleep(0.1)
                pacer.release(ticket, NO_ANSWER if broken else RateLimitHeaders())

        tasks = [asyncio.ensure_future(work()) for _ in range(64)]
        await clock.sleep(20)
        assert most == 32
        broken = True
        await clock.sleep(10)
        most = 0
        await clock.sleep(2)
        during = most
        broken = False
        await clock.sleep(20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return during, most

    assert virtual(main) == (FIRST_IN_FLIGHT, 32)


def test_requests_start_in_the_order_they_asked(virtual: Virtual) -> None:
    async def main(clock: Clock) -> list[int]:
        pacer, started = Pacer(clock=clock, max_in_flight=3), []

        async def one(number: int) -> None:
            ticket = await pacer.acquire()
            started.append(number)
            await clock.sleep(0.1)
            pacer.release(ticket, RateLimitHeaders())

        await asyncio.gather(*(one(number) for number in range(50)))
        return started

    assert virtual(main) == list(range(50))


@given(cancelled=st.sets(st.integers(0, 29)), at=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_a_cancelled_request_gives_its_place_back(virtual: Virtual, cancelled: set[int], at: float) -> None:
    async def main(clock: Clock) -> tuple[int, int]:
        pacer = Pacer(clock=clock, max_in_flight=3)

        async def one() -> None:
            ticket = await pacer.acquire()
            try:
                await clock.sleep(0.1)
            finally:
                pacer.release(ticket, RateLimitHeaders())

        tasks = [asyncio.ensure_future(one()) for _ in range(30)]
        await clock.sleep(at)
        for number in cancelled:
            tasks[number].cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        unhurt = [end for number, end in enumerate(ended) if number not in cancelled]
        assert unhurt == [None] * len(unhurt)
        state = pacer.state()
        return state.in_flight, state.waiting

    assert virtual(main) == (0, 0)


def test_a_place_granted_to_one_who_is_cancelled_at_that_moment_is_not_lost(virtual: Virtual) -> None:
    async def main(clock: Clock) -> None:
        pacer = Pacer(clock=clock, max_in_flight=1)
        first = await pacer.acquire()
        second = asyncio.ensure_future(pacer.acquire())
        await asyncio.sleep(0)
        pacer.release(first, RateLimitHeaders())  # grants the place to the second
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        pacer.release(await asyncio.wait_for(pacer.acquire(), 1), RateLimitHeaders())

    virtual(main)


def test_retry_after_comes_first(virtual: Virtual) -> None:
    async def main(clock: Clock) -> float:
        pacer = Pacer(clock=clock)
        began = clock.monotonic()
        limited = RateLimitHeaders(
            limit=83, remaining=0, reset=1_700_000_009, date=1_700_000_000, retry_after=4, limited=True
        )
        pacer.release(await pacer.acquire(), limited)
        pacer.throttle(100)
        await pacer.acquire()
        return clock.monotonic() - began

    assert 9 <= virtual(main) <= 9.2  # nothing remains before the window's end, whatever Retry-After says

    async def without_window(clock: Clock) -> float:
        pacer = Pacer(clock=clock)
        began = clock.monotonic()
        pacer.release(await pacer.acquire(), RateLimitHeaders(retry_after=4, limited=True))
        await pacer.acquire()
        return clock.monotonic() - began

    assert 4 <= virtual(without_window) <= 4.2


def test_refusals_without_any_hint_are_waited_out_longer_each_time(virtual: Virtual) -> None:
    async def main(clock: Clock) -> list[float]:
        pacer, moments = Pacer(clock=clock), []
        for _ in range(7):
            pacer.release(await pacer.acquire(), RateLimitHeaders(limited=True))
            moments.append(clock.monotonic())
        return [later - earlier for earlier, later in pairwise(moments)]

    waited = virtual(main)
    assert all(0.5 * 2**n <= wait <= 2**n + 0.1 for n, wait in enumerate(waited))
    assert math.isclose(waited[-1], 24, rel_tol=0.4)


def test_the_state_tells_the_window(virtual: Virtual) -> None:
    async def main(clock: Clock) -> None:
        pacer = Pacer(clock=clock)
        assert pacer.state().limit is None
        assert pacer.state().resets_in is None
        told = RateLimitHeaders(limit=166, remaining=100, reset=1_700_000_010, date=1_700_000_004)
        pacer.release(await pacer.acquire(), told)
        state = pacer.state()
        assert (state.limit, state.used, state.resets_in) == (166, 66, 6)
        await clock.sleep(7)
        assert pacer.state().used == 0

    virtual(main)
