"""The workspace for many requests at once: a few threads that read, one that writes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace

T = TypeVar("T")

_READERS = 4


class WorkspacePool:
    """Threads with a connection each. One writer, as SQLite has no more: the others would only wait for each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._own = threading.local()
        self._opened: list[EmbeddedWorkspace] = []

    async def read(self, work: Callable[[EmbeddedWorkspace], T]) -> T:
        """What `work` gives, done in one of the reading threads."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._call, work)

    async def write(self, work: Callable[[EmbeddedWorkspace], T]) -> T:
        """What `work` gives, done in the writing thread after what was asked before."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._call, work)

    def close(self) -> None:
        """Wait for what is under way, then close every connection."""
        for threads in (self._writer, self._readers):
            threads.shutdown()
        for workspace in self._opened:
            workspace.close()

    def _call(self, work: Callable[[EmbeddedWorkspace], T]) -> T:
        if not hasattr(self._own, "workspace"):
            name = self.folder.parent.name
            self._own.workspace = open_workspace(self.folder, slug=name, name=name)
            self._opened.append(self._own.workspace)
        return work(self._own.workspace)
