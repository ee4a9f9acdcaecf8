"""The import of this process, at most one at a time, as the app works with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ochre_tui.migration import status
from ochre_tui.migration.importer.detach import Detached, start_detached
from ochre_tui.migration.importer.run import ON_REQUEST
from ochre_tui.migration.importer.thread import ImportThread


@dataclass(slots=True)
class InProcessImport:
    """The import that runs here, or ran last; `thread` is None before the first."""

    thread: ImportThread | None = None

    @property
    def alive(self) -> bool:
        return self.thread is not None and self.thread.alive

    def begin(self, prepare: Callable[[], ImportThread]) -> None:
        """Start what `prepare` gives, where nothing is imported here already."""
        if not self.alive:
            self.thread = prepare()
            self.thread.start()

    def stop(self, why: str = ON_REQUEST) -> None:
        """Ask it to finish what it has in hand and end."""
        if self.thread is not None:
            self.thread.stop(why)

    def take_failure(self) -> BaseException | None:
        """What ended it early; told once, then forgotten."""
        if self.thread is None or self.thread.alive:
            return None
        failure, self.thread.failure = self.thread.failure, None
        return failure

    def hand_over(self) -> Detached | None:
        """Let the import, which was asked to stop, go on in a process of its own; None where it was complete before."""
        if self.thread is None:
            return None
        self.thread.join()
        session = self.thread.importer.session
        with session.store() as store:
            if status.read(store, session.paths).state == "completed":
                return None
        return start_detached(session, limit=self.thread.importer.limit)
