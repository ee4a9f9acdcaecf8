"""A batch of conversations on its way into the target and the store, in the keeper's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ochre_tui.core.encryption import Seal
from ochre_tui.core.errors import RecordError
from ochre_tui.migration.convert.attachments import LEFT_OUT_REASON
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.importer.attachments import Fetched
from ochre_tui.migration.importer.convert_record import Failed, Read
from ochre_tui.migration.importer.customers import write_customers
from ochre_tui.migration.importer.records import put_each
from ochre_tui.ochre.records import Attachment
from ochre_tui.ochre.target import Outcome, Target
from ochre_tui.store import admin_parts, archive, companies, files, outcomes, people, runs, tags, warnings, worklist
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Done


@dataclass(frozen=True, slots=True)
class Batch:
    """`customers_too`: the plan wants only customers who take part in a conversation, so they are written with it."""

    run: int
    lookups: Lookups
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
        runs.target_took(conn, target.writes())
        files.keep(conn, [file.row() for file in batch.files])
        _note_written(conn, store.seal, batch, written)
        _note_failed(conn, batch.run, [*batch.failed, *refused])


def _put(target: Target, batch: Batch) -> tuple[list[tuple[Read, Outcome]], list[Failed]]:
    written: list[tuple[Read, Outcome]] = []
    refused: list[Failed] = []
    made = put_each(target, batch.run, [item.converted.thread for item in batch.read])
    for item, outcome in zip(batch.read, made, strict=True):
        if isinstance(outcome, RecordError):
            refused.append(Failed(item.pending, outcome.title))
        else:
            written.append((item, outcome))
    return written, refused


def _note_written(
    conn: sqlite3.Connection, seal: Seal | None, batch: Batch, written: Sequence[tuple[Read, Outcome]]
) -> None:
    items = [item for item, _ in written]
    ids = [item.source.id for item in items]
    archive.write(conn, seal, "conversation", [(item.source.id, item.packed) for item in items if item.packed])
    people.see(conn, ids, (seen for item in items for seen in item.seen))
    admin_parts.note(conn, ids, (part for item in items for part in item.staff))
    files.attach(
        conn, ids, (attachment_row(item.source.id, one) for item in items for one in item.converted.thread.attachments)
    )
    companies.name(conn, [item.source.company_id for item in items if item.source.company_id])
    tags.see(conn, [seen for item in items for seen in item.converted.tags_seen.items()])
    warnings.warn(conn, batch.run, "conversations", [(item.source.id, item.converted.warnings) for item in items])
    worklist.finish(conn, batch.run, [_done(item) for item in items])
    outcomes.record(conn, batch.run, "conversations", [(item.source.id, outcome, None) for item, outcome in written])


def _note_failed(conn: sqlite3.Connection, run: int, failed: Iterable[Failed]) -> None:
    items = list(failed)
    worklist.set_aside(conn, run, [item.pending.id for item in items])
    outcomes.record(
        conn,
        run,
        "conversations",
        [(item.pending.id, "skipped" if item.gone else "quarantined", item.reason) for item in items],
    )


def _done(item: Read) -> Done:
    known = item.packed is not None and not item.warm
    version = max(filter(None, (read_time(item.source.updated_at), item.pending.updated_at)), default=None)
    return Done(item.source.id, version if known else None, item.source.part_count, item.source.got_parts)


def attachment_row(intercom_id: str, attachment: Attachment) -> files.AttachmentRow:
    """An attachment of this conversation as the store counts it."""
    skipped = attachment.state == "missing" and attachment.reason == LEFT_OUT_REASON
    size = attachment.size or 0 if attachment.state == "stored" else 0
    return files.AttachmentRow(attachment.id, intercom_id, "skipped" if skipped else attachment.state, size)
