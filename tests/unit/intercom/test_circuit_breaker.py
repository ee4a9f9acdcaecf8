"""The breaker: when a question stands for all requests, and when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ochre_tui.intercom.circuit_breaker import FIRST_WAIT_S, LONGEST_WAIT_S, CircuitBreaker
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import IntercomUnavailable

Virtual = Callable[[Callable[[Clock], Awaitable[Any]]], Any]
GONE = IntercomUnavailable("gone")


def test_the_questions_grow_rarer_until_patience_ends(virtual: Virtual) -> None:
    asked: list[float] = []

    async def main(clock: Clock) -> None:
        async def answers() -> bool:
            asked.append(clock.monotonic())
            return False

        breaker = CircuitBreaker(answers, clock, patience_s=3600.0)
        with pytest.raises(IntercomUnavailable):
            await breaker.outlast(GONE)
        assert clock.monotonic() == pytest.approx(3600.0)
        assert breaker.outage() is None

    virtual(main)
    waits = [after - before for before, after in zip([0.0, *asked], asked, strict=False)]
    assert FIRST_WAIT_S * 0.8 <= waits[0] <= FIRST_WAIT_S
    assert max(waits) <= LONGEST_WAIT_S
    assert len(asked) < 25


def test_asked_at_once_and_again_after_short_waits(virtual: Virtual) -> None:
    asked: list[float] = []

    async def main(clock: Clock) -> None:
        async def answers() -> bool:
            asked.append(clock.monotonic())
            return clock.monotonic() > 1008

        breaker = CircuitBreaker(answers, clock, patience_s=3600.0)
        assert not breaker.ask_now()
        outlasting = asyncio.create_task(breaker.outlast(GONE))
        await clock.sleep(1000)
        assert breaker.ask_now()
        await outlasting
        assert not breaker.ask_now()

    virtual(main)
    at_once = asked.index(1000)
    assert asked[at_once + 1] - 1000 <= FIRST_WAIT_S
    assert asked[-1] < 1000 + 3 * FIRST_WAIT_S


def test_what_was_asked_before_an_outage_does_not_hurry_it(virtual: Virtual) -> None:
    asked: list[float] = []

    async def main(clock: Clock) -> None:
        async def answers() -> bool:
            asked.append(clock.monotonic())
            return True

        breaker = CircuitBreaker(answers, clock, patience_s=3600.0)
        for _ in range(2):
            began = clock.monotonic()
            outlasting = asyncio.create_task(breaker.outlast(GONE))
            await asyncio.sleep(0)
            await outlasting
            assert asked[-1] - began >= FIRST_WAIT_S * 0.8
            breaker.ask_now()

    virtual(main)
    assert len(asked) == 2
