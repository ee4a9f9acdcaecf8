"""Doing what the commands do that repair differences, in the app's own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ochre_tui.migration.importer.in_process import InProcessImport
from ochre_tui.migration.importer.thread import ImportThread, prepare_import
from ochre_tui.migration.repair.attachments import prepare_resync
from ochre_tui.migration.repair.quarantine import prepare_retry
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.context import Told
from ochre_tui.migration.verify.model import MEND, RESYNC_FILES, RETRY
from ochre_tui.migration.verify.run import mend
from ochre_tui.store import runs
from ochre_tui.store.lease import refuse_held

_PREPARE: Mapping[str, Callable[[Session], ImportThread]] = {RESYNC_FILES: prepare_resync, RETRY: prepare_retry}


def apply(
    session: Session, running: InProcessImport, command: str, on_progress: Told, wait: Callable[[], None]
) -> None:
    """Do what one of the commands does that repair differences, and wait for its end.

    What needs Intercom is done by the import of this process, `on_progress` hearing what is left; `wait` passes a
    moment, and raises where nobody waits any more. Raises MigrationHeldError while a process works on the migration.
    """
    refuse_held(session.paths.lock)
    if command == MEND:
        mend(session, on_progress)
        return
    running.begin(partial(_PREPARE.get(command, prepare_import), session))
    while running.alive:
        wait()
        with session.store() as store:
            pulse = runs.pulse(store.conn)
        on_progress(command, (pulse[1].get("to_do") if pulse else None) or 0)
    failure = running.take_failure()
    if failure is not None:
        raise failure
