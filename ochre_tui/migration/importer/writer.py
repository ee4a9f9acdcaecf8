"""The one thread that writes: to the target first, to the store once the target has it durably."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from ochre_tui.ochre.target import Target
from ochre_tui.store.store import Store

T = TypeVar("T")


class Writer:
    """Owns the writing connections to the store and the target in a thread of its own."""

    def __init__(self, open_store: Callable[[], Store], open_target: Callable[[], Target]) -> None:
        self._open = (open_store, open_target)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._store: Store | None = None
        self._target: Target | None = None

    async def __aenter__(self) -> Self:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._begin)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        self._thread.shutdown()

    async def do(self, work: Callable[[Store, Target], T]) -> T:
        """Run `work` in the thread, after what was asked before."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, work)

    def _begin(self) -> None:
        open_store, open_target = self._open
        self._store = open_store()
        self._target = open_target()

    def _call(self, work: Callable[[Store, Target], T]) -> T:
        assert self._store is not None
        assert self._target is not None
        return work(self._store, self._target)

    def _end(self) -> None:
        for owned in (self._target, self._store):
            if owned is not None:
                owned.close()
