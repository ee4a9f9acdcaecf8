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
from ochre_tui.migration.importer.attachments import Fetched, FileFetcher
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
from ochre_tui.migration.importer.customers import People, write_customers
from ochre_tui.migration.importer.records import put_each
from ochre_tui.migration.importer.reference import Reference
from ochre_tui.migration.importer.run_context import Job
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


@dataclass(slots=True)
class _Line:
    """The conversations still to do, newest first, and the first error that ended the line."""

    job: Job
    most: Need
    left: int | None
    failure: BaseException | None = None
    _last: tuple[int, str] | None = None
    _chunk: Iterator[Pending] = field(default_factory=lambda: iter(()))

    @property
    def length(self) -> int:
        """How many there are to do."""
        waiting = self.job.progress.to_do or 0
        return waiting if self.left is None else min(waiting, self.left)

    async def next(self) -> Pending | None:
        await self.job.controls.turn()
        if self.failure is not None or self.job.controls.stopped or self.left == 0:
            return None
        found = next(self._chunk, None)
        if found is None:
            chunk = worklist.pending(self.job.reader.conn, self.job.run, self._last, _CHUNK, self.most)
            if not chunk:
                return None
            self._last = (chunk[-1].created_at, chunk[-1].id)
            self._chunk = iter(chunk)
            found = next(self._chunk)
        if self.left is not None:
            self.left -= 1
        return found


async def import_conversations(job: Job, reference: Reference) -> None:
    """Work off the list; whatever ends it, what is in hand is finished and committed first."""
    await _work_off(job, reference, _Line(job, Need.FETCH, job.limit))


async def convert_again(job: Job, reference: Reference) -> None:
    """Work off what needs no request, only another look at the archive."""
    await _work_off(job, reference, _Line(job, Need.CONVERT, None))


async def _work_off(job: Job, reference: Reference, line: _Line) -> None:
    job.progress.to_do = worklist.to_do(job.reader.conn, job.run)
    ready: asyncio.Queue[_Result | None] = asyncio.Queue(_WAITING)
    files = FileFetcher(job)
    lookups, listed_admins = reference.lookups, reference.listed_admins
    local = RecordConverter(lookups, listed_admins, People(job.reader.conn, lookups.workspace))
    setup = WorkerSetup(lookups, listed_admins, job.reader.path)
    async with asyncio.TaskGroup() as tasks, convert_pool(local, setup, line.length) as pool:
        preparer = _Preparer(job, lookups, pool, files, Archive(job.reader.seal))
        tasks.create_task(_commit(job, reference, files, ready, line))
        async with asyncio.TaskGroup() as workers:
            hands = [workers.create_task(_work(preparer, line, ready)) for _ in range(_IN_HAND)]
            letting_go = tasks.create_task(_let_go(job, hands))
        letting_go.cancel()
        await ready.put(None)
    if line.failure is not None:
        raise line.failure
    job.go_on()


async def _work(preparer: _Preparer, line: _Line, ready: asyncio.Queue[_Result | None]) -> None:
    while (pending := await line.next()) is not None:
        try:
            await ready.put(await preparer.prepare(pending))
        except (OchreTuiError, OSError) as error:
            line.failure = line.failure or error
            return


async def _let_go(job: Job, hands: Sequence[asyncio.Task[None]]) -> None:
    """Where a stop waits too long for answers, leave what is still asked for; what is read is written all the same."""
    await job.controls.overdue(_LONGEST_WAIT_S)
    for hand in hands:
        hand.cancel()


async def _commit(
    job: Job,
    reference: Reference,
    fetcher: FileFetcher,
    ready: asyncio.Queue[_Result | None],
    line: _Line,
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
            run=job.run,
            lookups=reference.lookups,
            converted=[item for item in items if isinstance(item, ConvertedRecord)],
            failed=[item for item in items if isinstance(item, FailedRecord)],
            files=fetcher.take(),
            customers_too=job.plan.import_.contacts == "with-conversations",
        )
        try:
            await job.keeper.do(functools.partial(write_batch, batch=batch))
        except (OchreTuiError, OSError) as error:
            line.failure = line.failure or error
            failed = True
            continue
        fetcher.settled(batch.files)
        done = len(batch.converted) + len(batch.failed)
        job.progress.records += done
        if job.progress.to_do is not None:
            job.progress.to_do -= done


@dataclass(slots=True)
class _Preparer:
    """Takes a conversation from the work list to the records that the target gets."""

    job: Job
    lookups: Lookups
    pool: ConvertPool
    files: FileFetcher
    archive: Archive

    async def prepare(self, pending: Pending) -> _Result:
        try:
            return await self.pool.convert(await self._record(pending), self._fetch)
        except (NotFound, Gone):
            return FailedRecord(pending, "deleted in Intercom since it was listed", gone=True)
        except RecordError as error:
            return FailedRecord(pending, error.title)

    async def _record(self, pending: Pending) -> SourceRecord:
        if pending.need is Need.CONVERT:
            archived = self.archive.read(self.job.reader.conn, "conversation", pending.id)
            if archived is not None:
                return SourceRecord(pending, archived, fresh=False)
        reply = await self.job.client.read(f"/conversations/{pending.id}")
        return SourceRecord(pending, reply.raw, fresh=True, answered_at=self.job.client.server_time)

    async def _fetch(self, wanted: WantedFiles) -> dict[str, StoredFile]:
        pending = wanted.pending

        async def refresh() -> Mapping[str, FileRef]:
            again = await self.job.client.get(f"/conversations/{pending.id}")
            return {ref.path: ref for ref in wanted_files(Conversation.read(again), pending, self.lookups).files}

        fetched = await self.files.fetch(wanted.files, refresh, retry=pending.need is Need.FETCH)
        return self.files.stored(wanted.left_out) | fetched


@dataclass(frozen=True, slots=True)
class Batch:
    """`customers_too`: the plan wants only customers who take part in a conversation, so they are written with it."""

    run: int
    lookups: Lookups
    converted: Sequence[ConvertedRecord]
    failed: Sequence[FailedRecord]
    files: Sequence[Fetched]
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
    files.attach(
        conn, ids, (attachment_row(item.source.id, one) for item in items for one in item.converted.thread.attachments)
    )
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


def attachment_row(intercom_id: str, attachment: Attachment) -> files.AttachmentRow:
    """An attachment of this conversation as the store counts it."""
    skipped = attachment.state == "missing" and attachment.reason == LEFT_OUT_REASON
    size = attachment.size or 0 if attachment.state == "stored" else 0
    return files.AttachmentRow(attachment.id, intercom_id, "skipped" if skipped else attachment.state, size)
