"""What the screens mend and prove with, on the migration that the desk has chosen; nothing of a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson

from ochre_tui import __version__
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.process import actor
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import audit, connection
from ochre_tui.migration.importer.reference import latest_plan
from ochre_tui.migration.importer.run import usable_plan
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.repair import attribution, fields
from ochre_tui.migration.repair import undo as undoing
from ochre_tui.migration.repair.attachments import fetch_missing
from ochre_tui.migration.repair.remapping import with_admins_of, with_fields_of
from ochre_tui.migration.repair.undo import Kept, Page
from ochre_tui.migration.report.gather import gather, note_export
from ochre_tui.migration.report.model import Export
from ochre_tui.migration.report.write import write_report
from ochre_tui.migration.session import Desk
from ochre_tui.migration.verify import run
from ochre_tui.migration.verify.context import Told
from ochre_tui.migration.verify.model import MEND, RESYNC_FILES, RETRY, Check, Incomplete
from ochre_tui.migration.verify.run import Verified
from ochre_tui.ochre.target import Target
from ochre_tui.store import admin_parts, deleted, lease, runs, warnings
from ochre_tui.store.deleted import Deleted
from ochre_tui.store.outcomes import Kind
from ochre_tui.store.store import Store


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

    @property
    def incomplete(self) -> tuple[Incomplete, ...]:
        """Conversations of which Intercom gives out only a part, as the last verification found."""
        return self.verified.incomplete if self.verified else ()

    def address(self, conversation: str) -> str:
        """Where a conversation can be looked at in Intercom."""
        return connection.inbox_address(self.intercom, conversation)


@dataclass(frozen=True, slots=True)
class AdminChanges:
    """Admins whom the plan makes somebody else now; in how many conversations any of them has a part, and messages."""

    changes: list[attribution.Change]
    conversations: int
    messages: int


@dataclass(frozen=True, slots=True)
class FieldChanges:
    """Attributes that the plan sends elsewhere now."""

    changes: list[fields.Change]


@dataclass(slots=True)
class Undone:
    """How many records of each kind are taken out, and those that are kept."""

    out: Counter[Kind] = field(default_factory=Counter)
    kept: list[Kept] = field(default_factory=list)

    def add(self, page: Page) -> None:
        self.out[page.kind] += len(page.out)
        self.kept += page.kept


def proof(desk: Desk) -> Proof:
    """What the last verification found, who was merged, and what Intercom has deleted since."""
    with desk.store() as store:
        merged = [_merged(report) for report in warnings.merges(store.conn)]
        return Proof(connection.pinned(store), run.last_verified(store), merged, deleted.all_deleted(store.conn))


def verify(desk: Desk, done: Callable[[Check], None], told: Told) -> Verified:
    """Compare everything, and keep what was found."""
    with desk.store() as store:
        return run.verify_and_keep(store, desk.paths, desk.now, done, told, rng=desk.rng)


def mend(desk: Desk, command: str, told: Told, wait: Callable[[], None]) -> None:
    """Do what one of the commands that mend differences does, and wait for its end.

    What needs Intercom runs as the import of this process, `told` hearing what is left; `wait` passes a moment, and
    raises where nobody waits any more. Raises MigrationHeldError while a process works on the migration.
    """
    lease.refuse_held(desk.paths.lock)
    if command == MEND:
        with desk.store() as store:
            run.mend(store, desk.paths, told)
        return
    if command == RESYNC_FILES:
        fetch_files(desk)
    elif command == RETRY:
        desk.retry_all()
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
    desk.start(ImportThread(importer, partial(importer.repair, fetch_missing)))


def admin_changes(desk: Desk) -> AdminChanges:
    """What the plan's present mapping of admins changes; UsageError before the first import."""
    with _offline(desk) as (plan, store, target, workspace):
        found = with_admins_of(store, target, plan, workspace, connection.attachment_hosts())
        changes = attribution.changes(store, found)
        conversations = admin_parts.count_conversations(store.conn, [change.admin_id for change in changes])
    return AdminChanges(changes, conversations, sum(change.messages for change in changes))


def resync_attribution(desk: Desk, told: Callable[[int, int], None]) -> int:
    """Rewrite authors and assignees by the plan's present mapping; how many conversations were rewritten."""
    with lease.held(desk.paths.lock), _offline(desk) as (plan, store, target, workspace):
        found = with_admins_of(store, target, plan, workspace, connection.attachment_hosts())
        changes = attribution.changes(store, found)
        rewritten = attribution.resync(store, target, found, changes, int(desk.now()), told)
    audit.note(desk.paths, "resync", rewritten=rewritten, kind="conversations")
    return rewritten


def field_changes(desk: Desk) -> FieldChanges:
    """What the plan's present mapping of attributes changes; UsageError before the first import."""
    with _offline(desk) as (plan, store, target, workspace):
        found = with_fields_of(store, target, plan, workspace, connection.attachment_hosts())
        return FieldChanges(fields.changes(store, target, found))


def resync_fields(desk: Desk) -> int:
    """Move values by the plan's present mapping; how many records were rewritten."""
    with lease.held(desk.paths.lock), _offline(desk) as (plan, store, target, workspace):
        found = with_fields_of(store, target, plan, workspace, connection.attachment_hosts())
        rewritten = fields.resync(store, target, found, int(desk.now()))
    audit.note(desk.paths, "resync", rewritten=rewritten, kind="records")
    return rewritten


def undo_preview(desk: Desk) -> Undone:
    """What an undo would take out, and what it would keep; nothing is taken out."""
    with lease.held(desk.paths.lock), desk.store() as store, desk.target() as target:
        found = Undone()
        for page in undoing.pages(store, target, connection.pinned(store).id_code, int(desk.now())):
            found.add(page)
        return found


def undo(desk: Desk, told: Callable[[int], bool]) -> Undone:
    """Take out what the migration put in; `told` hears how many records are out, and says whether to go on."""
    audit.note(desk.paths, "undo")
    with lease.held(desk.paths.lock), desk.store() as store, desk.target() as target:
        found = Undone()
        for page in undoing.undo(store, target, connection.pinned(store).id_code, int(desk.now())):
            found.add(page)
            if not told(found.out.total()):
                break
        return found


def save_report(paths: MigrationPaths, now: float) -> Path:
    """Write the report on a migration; the file."""
    out = paths.reports / "report.html"
    with Store(paths.state_db) as store:
        report = gather(store, paths, now=int(now), by=actor(), version=__version__)
    write_report(report, out, "html")
    return out


def save_export(desk: Desk) -> tuple[Path, Export]:
    """Write everything in the Ochre workspace to a ZIP; the file, with its size and digest."""
    paths, out, now = desk.paths, desk.paths.reports / "export.zip", int(desk.now())
    with desk.target() as target:
        target.export(out, exported_at=now, tool_version=__version__, migration=paths.name)
    with desk.store() as store:
        found = note_export(store, out, now)
    audit.note(paths, "export", file=str(out), bytes=found.bytes, sha256=found.sha256)
    return out, found


@contextmanager
def _offline(desk: Desk) -> Iterator[tuple[Plan, Store, Target, str]]:
    """What works without requests: the plan, both sides, and Intercom's id of the workspace."""
    plan = usable_plan(desk.paths)
    with desk.store() as store, desk.target() as target:
        yield plan, store, target, connection.pinned(store).id_code


def _merged(report: str) -> Merged:
    found = orjson.loads(report)
    contacts = sorted({*found["contact_ids"], *found["joined"]} - {found["survivor"]})
    return Merged(found["customer_id"], found["survivor"], tuple(contacts), tuple(found["emails"]))
