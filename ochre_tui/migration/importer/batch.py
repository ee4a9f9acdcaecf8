"""A batch of conversations on its way into the target and the store, in the keeper's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ochre_tui.errors import RecordError
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attachments import LEFT_OUT_REASON
from ochre_tui.migration.convert.conversation import Converted
from ochre_tui.migration.convert.lookups import Lookups
from ochre_tui.migration.convert.sightings import Sighting, involvements
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.importer.files import Fetched
from ochre_tui.migration.importer.people import Found, write_customers
from ochre_tui.ochre.records import Attachment
from ochre_tui.ochre.target import Outcome, Target
from ochre_tui.state import archive, companies, files, notes, outcomes, people, staff, tags, work
from ochre_tui.state.archive import Archive
from ochre_tui.state.people import Seen
from ochre_tui.state.staff import StaffPart
from ochre_tui.state.store import Store
from ochre_tui.state.work import Done, Pending


@dataclass(frozen=True, slots=True)
class Read:
    """A conversation read and converted; `raw` is the record for the archive, None where it came from there."""

    pending: Pending
    source: Conversation
    converted: Converted
    people: Sequence[Sighting]
    staff: Sequence[Sighting]
    found: Found
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A conversation that did not come through: `gone` from Intercom, or stopped by a problem."""

    pending: Pending
    reason: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """`customers_too`: the plan wants only customers who take part in a conversation, so they are written with it."""

    run: int
    lookups: Lookups
    listed_admins: frozenset[str]
    read: Sequence[Read]
    failed: Sequence[Failed]
    files: Sequence[Fetched]
    customers_too: bool = field(default=False)


def write_batch(store: Store, target: Target, batch: Batch) -> None:
    """Bytes first, then the records that name them, then the note that they are done."""
    target.add_files(
        [(file.spooled, file.stored.sha256) for file in batch.files if file.spooled and file.stored.sha256]
    )
    if batch.customers_too:
        wanted = {customer for item in batch.read for customer in item.found.customers.values()}
        write_customers(store, target, batch.run, batch.lookups, people.customers_among(store.conn, sorted(wanted)))
    written, refused = _put(target, batch)
    with store.transaction() as conn:
        files.keep(conn, [file.row() for file in batch.files])
        _note_written(conn, batch, written)
        _note_failed(conn, batch.run, [*batch.failed, *refused])


def _put(target: Target, batch: Batch) -> tuple[list[tuple[Read, Outcome]], list[Failed]]:
    """All at once; where that fails one by one, so that a single bad record does not hold up the others."""
    try:
        results = target.put(batch.run, [item.converted.thread for item in batch.read])
        return list(zip(batch.read, results, strict=True)), []
    except RecordError:
        written: list[tuple[Read, Outcome]] = []
        refused: list[Failed] = []
        for item in batch.read:
            try:
                written.append((item, target.put(batch.run, [item.converted.thread])[0]))
            except RecordError as error:
                refused.append(Failed(item.pending, error.title))
        return written, refused


def _note_written(conn: sqlite3.Connection, batch: Batch, written: Sequence[tuple[Read, Outcome]]) -> None:
    items = [item for item, _ in written]
    ids = [item.source.id for item in items]
    pack = Archive()
    archive.write(conn, "conversation", [(item.source.id, pack.pack(item.raw)) for item in items if item.raw])
    people.see(conn, ids, (seen for item in items for seen in _seen(item, batch.listed_admins)))
    staff.note(conn, ids, (part for item in items for part in staff_parts(item.source)))
    files.attach(conn, ids, (_row(item, attached) for item in items for attached in item.converted.thread.attachments))
    companies.name(conn, [item.source.company.id for item in items if item.source.company and item.source.company.id])
    tags.see(conn, [seen for item in items for seen in item.converted.tags_seen.items()])
    notes.warn(conn, batch.run, "conversations", [(item.source.id, item.converted.warnings) for item in items])
    work.finish(conn, batch.run, [_done(item) for item in items])
    outcomes.record(conn, batch.run, "conversations", [(item.source.id, outcome, None) for item, outcome in written])


def _note_failed(conn: sqlite3.Connection, run: int, failed: Iterable[Failed]) -> None:
    items = list(failed)
    work.set_aside(conn, run, [item.pending.id for item in items])
    outcomes.record(
        conn,
        run,
        "conversations",
        [(item.pending.id, "skipped" if item.gone else "quarantined", item.reason) for item in items],
    )


def _done(item: Read) -> Done:
    fetched = item.raw is not None
    version = max(filter(None, (read_time(item.source.updated_at), item.pending.updated_at)), default=None)
    return Done(item.source.id, version if fetched else None, item.source.part_count, len(item.source.parts))


def _row(item: Read, attachment: Attachment) -> files.AttachmentRow:
    skipped = attachment.state == "missing" and attachment.reason == LEFT_OUT_REASON
    size = attachment.size or 0 if attachment.state == "stored" else 0
    return files.AttachmentRow(attachment.id, item.source.id, "skipped" if skipped else attachment.state, size)


def staff_parts(source: Conversation) -> Iterator[StaffPart]:
    """The parts that admins have in a conversation, as the store keeps them."""
    for found in involvements(source):
        yield StaffPart(found.admin_id, source.id, found.messages, found.assigned)


def _seen(item: Read, listed_admins: frozenset[str]) -> Iterator[Seen]:
    email = item.converted.thread.conversation.assignee_email
    return sightings(item.source, item.people, item.staff, item.found, email, listed_admins)


def sightings(
    source: Conversation,
    met: Sequence[Sighting],
    admins: Sequence[Sighting],
    found: Found,
    assignee_email: str | None,
    listed_admins: frozenset[str],
) -> Iterator[Seen]:
    """A row for each person that Intercom lists, every appearance of those that it does not."""
    noted: set[str] = set()
    for sighting in met:
        used = found.customers.get(sighting.person_id)
        if sighting.person_id in found.unlisted:
            yield _appearance("contact", sighting, used)
        elif sighting.person_id not in noted:
            noted.add(sighting.person_id)
            yield Seen("contact", sighting.person_id, source.id, None, 0, None, None, None, used)
    for sighting in admins:
        if sighting.person_id not in listed_admins:
            yield _appearance("admin", sighting, None)
    assignee = source.admin_assignee_id
    if assignee and assignee not in listed_admins:
        yield Seen("assignee", assignee, source.id, None, 0, None, None, None, assignee_email)


def _appearance(kind: people.PersonKind, sighting: Sighting, used: str | None) -> Seen:
    return Seen(
        kind,
        sighting.person_id,
        sighting.conversation_id,
        sighting.at,
        sighting.position,
        sighting.role,
        sighting.name,
        sighting.email,
        used,
    )
