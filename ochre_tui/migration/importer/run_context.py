"""What every phase of an import works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ochre_tui.core.encryption import Spooling
from ochre_tui.core.errors import ExitCode, OchreTuiError
from ochre_tui.core.files import reserve
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration.importer.controls import Controls
from ochre_tui.migration.importer.writer import Writer
from ochre_tui.migration.plan.model import Plan
from ochre_tui.store.store import Store

LARGE = 15_000
"""Up to so many conversations, 100 pages, each pass lists them all: that takes Intercom minutes at most."""


class StoppedError(OchreTuiError):
    """The run was asked to stop and did."""

    exit_code = ExitCode.STOPPED


def stopped_error(controls: Controls) -> StoppedError:
    """That the run was stopped, by whom and why."""
    in_hand = "What was in hand is done again next time." if controls.ends_at_once else "What was in hand is kept."
    return StoppedError(
        controls.reason, meaning=f"What was committed is kept. {in_hand}", advice="Run again and it goes on from here."
    )


@dataclass(slots=True)
class Progress:
    """Numbers that only the living importer knows; the heartbeat writes them down."""

    records: int = 0
    listed: dict[str, int] = field(default_factory=dict)
    to_do: int | None = None


@dataclass(slots=True)
class RunContext:
    """One run of the importer.

    `reader` is the event loop's own connection to the store, for look-ups; everything is written through `writer`.
    `now` gives unix seconds; it dates runs and resolves ranges like "2y", and orders nothing. `spooling` writes into
    `spool`, and `reserve` gives the bytes to leave free on a folder's disk. `follows` is the run before, where this one
    need not list anew what a workspace of more than `large` conversations showed to that one.
    """

    run: int
    plan: Plan
    workspace: Workspace
    client: Intercom
    downloader: Downloader
    hosts: FileHosts
    writer: Writer
    reader: Store
    spool: Path
    spooling: Spooling
    now: Callable[[], int]
    reserve: Callable[[Path], int] = reserve
    limit: int | None = None
    follows: int | None = None
    large: int = LARGE
    controls: Controls = field(default_factory=Controls)
    progress: Progress = field(default_factory=Progress)
    failure: OchreTuiError | None = None

    def raise_if_stopped(self) -> None:
        """Raise StoppedError where a stop was asked for, or the failure that the run is to end with."""
        if self.controls.stopped:
            raise self.failure or stopped_error(self.controls)

    def fail(self, failure: OchreTuiError) -> None:
        """Finish what is in hand, then end with `failure`."""
        self.failure = failure
        self.controls.stop(failure.title)

    async def wait_while_paused(self) -> None:
        """Wait while the run is paused, then `raise_if_stopped`."""
        await self.controls.wait_while_paused()
        self.raise_if_stopped()
