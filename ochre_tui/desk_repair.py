"""What the screens mend and prove with, on the migration that the desk has chosen; nothing of a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import orjson

from ochre_tui.desk import Desk
from ochre_tui.intercom.session import Workspace
from ochre_tui.migration import connection, verified
from ochre_tui.migration.importer.reference import latest_plan
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.repair.attachments import fetch_missing
from ochre_tui.migration.verified import Verified
from ochre_tui.migration.verify.findings import MEND, RESYNC_FILES, Check
from ochre_tui.migration.verify.verifying import Told
from ochre_tui.state import deleted, lease, notes, runs
from ochre_tui.state.deleted import Deleted


@dataclass(frozen=True, slots=True)
class Merged:
    """A customer (by Ochre's id) that several contacts became; `survivor` is the contact that gave the values."""

    customer: str
    survivor: str
    contacts: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The last verification, None before the first, and what else is to be known of what was imported."""

    intercom: Workspace
    verified: Verified | None
    merged: list[Merged]
    deleted: list[Deleted]

    def address(self, conversation: str) -> str:
        """Where a conversation can be looked at in Intercom."""
        return connection.inbox_address(self.intercom, conversation)


def proof(desk: Desk) -> Proof:
    """What the last verification found, who was merged, and what Intercom has deleted since."""
    with desk.store() as store:
        merged = [_merged(report) for report in notes.merges(store.conn)]
        return Proof(connection.pinned(store), verified.last_verified(store), merged, deleted.all_deleted(store.conn))


def verify(desk: Desk, done: Callable[[Check], None], told: Told) -> Verified:
    """Compare everything, and keep what was found."""
    with desk.store() as store:
        return verified.verify_and_keep(store, desk.place, desk.now, done, told, rng=desk.rng)


def mend(desk: Desk, command: str, told: Told, wait: Callable[[], None]) -> None:
    """Do what one of the commands that mend differences does, and wait for its end.

    What needs Intercom runs as the import of this process, `told` hearing what is left; `wait` passes a moment, and
    raises where nobody waits any more. Raises MigrationHeldError while a process works on the migration.
    """
    lease.refuse_held(desk.place.lock)
    if command == MEND:
        with desk.store() as store:
            verified.mend(store, desk.place, told)
        return
    if command == RESYNC_FILES:
        fetch_files(desk)
    else:
        desk.start_import()
    while desk.running is not None and desk.running.alive:
        wait()
        with desk.store() as store:
            pulse = runs.pulse(store.conn)
        told(command, (pulse[1].get("to_do") if pulse else None) or 0)
    failure = desk.take_failure()
    if failure is not None:
        raise failure


def fetch_files(desk: Desk) -> None:
    """Fetch what attachments lack, in a thread of this process."""
    with desk.store() as store:
        plan = latest_plan(store)
    importer = desk.importer(plan)
    desk.start(ImportThread(importer, partial(importer.mend, fetch_missing)))


def _merged(report: str) -> Merged:
    found = orjson.loads(report)
    contacts = sorted({*found["contact_ids"], *found["joined"]} - {found["survivor"]})
    return Merged(found["customer_id"], found["survivor"], tuple(contacts), tuple(found["emails"]))
