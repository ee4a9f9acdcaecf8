"""Conversations: fetched once each, with their files, converted, and written in batches."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ochre_tui.core.encryption import Seal
from ochre_tui.core.errors import OchreTuiError, RecordError
from ochre_tui.intercom.errors import Gone, NotFound
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attachments import LEFT_OUT_REASON, FileRef
from ochre_tui.migration.convert.context import Lookups, StoredFile
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.importer.attachments import FetchedFile, FileFetcher
from ochre_tui.migration.importer.convert_pool import ConvertPool, convert_pool
from ochre_tui.migration.importer.convert_record import (
    ConvertedRecord,
    FailedRecord,
    RecordConverter,
    SourceRecord,
    WantedFiles,
    wanted_files,
)
from ochre_tui.migration.importer.convert_worker import WorkerSetup
from ochre_tui.migration.importer.customers import CustomerLookup, write_customers
from ochre_tui.migration.importer.records import put_each
from ochre_tui.migration.importer.reference import Reference
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.records import Attachment
from ochre_tui.ochre.target import Outcome, Target
from ochre_tui.store import admin_parts, archive, companies, files, outcomes, people, runs, tags, warnings, worklist
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Done, Need, Pending

_Result: TypeAlias = ConvertedRecord | FailedRecord
_IN_HAND = 96
_BATCH = 100
_WAITING = 200
_CHUNK = 500
_LONGEST_WAIT_S = 4.0


async def import_conversations(context: RunContext, reference: Reference) -> None:
    """Work off the list; whatever ends it, what is in hand is finished and committed first."""
    await _work_off(context, reference, _WorkQueue(context, Need.FETCH, context.limit))


async def convert_again(context: RunContext, reference: Reference) -> None:
    """Work off what needs no request, only another look at the archive."""
    await _work_off(context, reference, _WorkQueue(context, Need.CONVERT, None))


async def _work_off(context: RunContext, reference: Reference, queue: _WorkQueue) -> None:
    context.progress.to_do = worklist.to_do(context.reader.conn, context.run)
    ready: asyncio.Queue[_Result | None] = asyncio.Queue(_WAITING)
    files = FileFetcher(context)
    lookups, listed_admins = reference.lookups, reference.listed_admins
    local = RecordConverter(lookups, listed_admins, CustomerLookup(context.reader.conn, lookups.workspace))
    setup = WorkerSetup(lookups, listed_admins, context.reader.path)
    async with asyncio.TaskGroup() as tasks, convert_pool(local, setup, queue.length) as pool:
        pipeline = _Pipeline(context, lookups, pool, files, Archive(context.reader.seal))
        tasks.create_task(_commit(context, reference, files, ready, queue))
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(_work(pipeline, queue, ready)) for _ in range(_IN_HAND)]
            cancelling = tasks.create_task(_cancel_overdue(context, workers))
        cancelling.cancel()
        await ready.put(None)
    if queue.failure is not None:
        raise queue.failure
    context.raise_if_stopped()


async def _work(pipeline: _Pipeline, queue: _WorkQueue, ready: asyncio.Queue[_Result | None]) -> None:
    while (pending := await queue.next()) is not None:
        try:
            await ready.put(await pipeline.process(pending))
        except (OchreTuiError, OSError) as error:
            queue.failure = queue.failure or error
            return


async def _cancel_overdue(context: RunContext, workers: Sequence[asyncio.Task[None]]) -> None:
    """Where a stop waits too long for answers, leave what is still asked for; what is read is written all the same."""
    await context.controls.overdue(_LONGEST_WAIT_S)
    for worker in workers:
        worker.cancel()


@dataclass(slots=True)
class _WorkQueue:
    """The conversations still to do, newest first, and the first error that ended the work."""

    context: RunContext
    most: Need
    left: int | None
    failure: BaseException | None = None
    _last: tuple[int, str] | None = None
    _chunk: Iterator[Pending] = field(default_factory=lambda: iter(()))

    @property
    def length(self) -> int:
        """How many there are to do."""
        waiting = self.context.progress.to_do or 0
        return waiting if self.left is None else min(waiting, self.left)

    async def next(self) -> Pending | None:
        await self.context.controls.wait_while_paused()
        if self.failure is not None or self.context.controls.stopped or self.left == 0:
            return None
        pending = next(self._chunk, None)
        if pending is None:
            chunk = worklist.pending(self.context.reader.conn, self.context.run, self._last, _CHUNK, self.most)
            if not chunk:
                return None
            self._last = (chunk[-1].created_at, chunk[-1].id)
            self._chunk = iter(chunk)
            pending = next(self._chunk)
        if self.left is not None:
            self.left -= 1
        return pending


@dataclass(slots=True)
class _Pipeline:
    """Takes a conversation from the work list to the records that the target gets."""

    context: RunContext
    lookups: Lookups
    pool: ConvertPool
    files: FileFetcher
    archive: Archive

    async def process(self, pending: Pending) -> _Result:
        try:
            return await self.pool.convert(await self._record(pending), self._fetch)
        except (NotFound, Gone):
            return FailedRecord(pending, "deleted in Intercom since it was listed", gone=True)
        except RecordError as error:
            return FailedRecord(pending, error.title)

    async def _record(self, pending: Pending) -> SourceRecord:
        if pending.need is Need.CONVERT:
            archived = self.archive.read(self.context.reader.conn, "conversation", pending.id)
            if archived is not None:
                return SourceRecord(pending, archived, fresh=False)
        reply = await self.context.client.read(f"/conversations/{pending.id}")
        return SourceRecord(pending, reply.raw, fresh=True, answered_at=self.context.client.server_time)

    async def _fetch(self, wanted: WantedFiles) -> dict[str, StoredFile]:
        pending = wanted.pending

        async def refresh() -> Mapping[str, FileRef]:
            again = await self.context.client.get(f"/conversations/{pending.id}")
            return {ref.path: ref for ref in wanted_files(Conversation.read(again), pending, self.lookups).files}

        fetched = await self.files.fetch(wanted.files, refresh, retry=pending.need is Need.FETCH)
        return self.files.stored(wanted.left_out) | fetched


async def _commit(
    context: RunContext,
    reference: Reference,
    files: FileFetcher,
    ready: asyncio.Queue[_Result | None],
    queue: _WorkQueue,
) -> None:
    """Write what is ready, batch after batch; while one is written the next one gathers.

    After one that fails none is written any more: those that follow may count on its files. They are still taken from
    the queue, so that nobody waits for ever, and done again when the run goes on.
    """
    ended = failed = False
    while not ended:
        items = [await ready.get()]
        while len(items) < _BATCH and not ready.empty():
            items.append(ready.get_nowait())
        ended = items[-1] is None
        if failed:
            continue
        batch = Batch(
            run=context.run,
            lookups=reference.lookups,
            converted=[item for item in items if isinstance(item, ConvertedRecord)],
            failed=[item for item in items if isinstance(item, FailedRecord)],
            files=files.take_fetched(),
            customers_too=context.plan.import_.contacts == "with-conversations",
        )
        try:
            await context.writer.do(functools.partial(write_batch, batch=batch))
        except (OchreTuiError, OSError) as error:
            queue.failure = queue.failure or error
            failed = True
            continue
        files.forget_fetched(batch.files)
        done = len(batch.converted) + len(batch.failed)
        context.progress.records += done
        if context.progress.to_do is not None:
            context.progress.to_do -= done


@dataclass(frozen=True, slots=True)
class Batch:
    """`customers_too`: the plan wants only customers who take part in a conversation, so they are written with it."""

    run: int
    lookups: Lookups
    converted: Sequence[ConvertedRecord]
    failed: Sequence[FailedRecord]
    files: Sequence[FetchedFile]
    customers_too: bool = field(default=False)


def write_batch(store: Store, target: Target, batch: Batch) -> None:
    """Bytes first, then the records that name them, then the note that they are done."""
    target.add_files(
        [(file.spooled, file.stored.sha256) for file in batch.files if file.spooled and file.stored.sha256]
    )
    if batch.customers_too:
        wanted = {customer for item in batch.converted for customer in item.customers.by_contact.values()}
        write_customers(store, target, batch.run, batch.lookups, people.customers_among(store.conn, sorted(wanted)))
    written, refused = _put(target, batch)
    with store.transaction() as conn:
        runs.target_took(conn, target.writes())
        files.keep(conn, [file.row() for file in batch.files])
        _note_written(conn, store.seal, batch, written)
        _note_failed(conn, batch.run, [*batch.failed, *refused])


def _put(target: Target, batch: Batch) -> tuple[list[tuple[ConvertedRecord, Outcome]], list[FailedRecord]]:
    written: list[tuple[ConvertedRecord, Outcome]] = []
    refused: list[FailedRecord] = []
    made = put_each(target, batch.run, [item.converted.thread for item in batch.converted])
    for item, outcome in zip(batch.converted, made, strict=True):
        if isinstance(outcome, RecordError):
            refused.append(FailedRecord(item.pending, outcome.title))
        else:
            written.append((item, outcome))
    return written, refused


def _note_written(
    conn: sqlite3.Connection, seal: Seal | None, batch: Batch, written: Sequence[tuple[ConvertedRecord, Outcome]]
) -> None:
    items = [item for item, _ in written]
    ids = [item.source.id for item in items]
    archive.write(conn, seal, "conversation", [(item.source.id, item.packed) for item in items if item.packed])
    people.see(conn, ids, (seen for item in items for seen in item.seen))
    admin_parts.note(conn, ids, (part for item in items for part in item.staff))
    files.attach(conn, ids, (row for item in items for row in _attachment_rows(item)))
    companies.name(conn, [item.source.company_id for item in items if item.source.company_id])
    tags.see(conn, [seen for item in items for seen in item.converted.tags_seen.items()])
    warnings.warn(conn, batch.run, "conversations", [(item.source.id, item.converted.warnings) for item in items])
    worklist.finish(conn, batch.run, [_done(item) for item in items])
    outcomes.record(conn, batch.run, "conversations", [(item.source.id, outcome, None) for item, outcome in written])


def _note_failed(conn: sqlite3.Connection, run: int, failed: Iterable[FailedRecord]) -> None:
    items = list(failed)
    worklist.set_aside(conn, run, [item.pending.id for item in items])
    outcomes.record(
        conn,
        run,
        "conversations",
        [(item.pending.id, "skipped" if item.gone else "quarantined", item.reason) for item in items],
    )


def _done(item: ConvertedRecord) -> Done:
    known = item.packed is not None and not item.warm
    version = max(filter(None, (read_time(item.source.updated_at), item.pending.updated_at)), default=None)
    return Done(item.source.id, version if known else None, item.source.part_count, item.source.got_parts)


def _attachment_rows(item: ConvertedRecord) -> Iterator[files.AttachmentRow]:
    for attachment in item.converted.thread.attachments:
        yield attachment_row(item.source.id, attachment)


def attachment_row(intercom_id: str, attachment: Attachment) -> files.AttachmentRow:
    """An attachment of this conversation as the store counts it."""
    skipped = attachment.state == "missing" and attachment.reason == LEFT_OUT_REASON
    size = attachment.size or 0 if attachment.state == "stored" else 0
    return files.AttachmentRow(attachment.id, intercom_id, "skipped" if skipped else attachment.state, size)
