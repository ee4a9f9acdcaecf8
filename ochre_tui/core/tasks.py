"""Coroutines in a loop of their own, and several at once with one error at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import uvloop

from ochre_tui.core.errors import OchreTuiError

T = TypeVar("T")


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def gather_or_raise(*work: Coroutine[Any, Any, None]) -> None:
    """Run all to their end; the first to fail cancels the others, and one error is raised as it is, not in a group."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for coroutine in work:
                tasks.create_task(coroutine)
    except BaseExceptionGroup as group:
        raise actionable_error(group) from None


def actionable_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of several errors the first that tells the operator what to do, else the first."""
    leaves = list(_leaves(group))
    return next((error for error in leaves if isinstance(error, OchreTuiError)), leaves[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for inner in error.exceptions:
        yield from _leaves(inner)
