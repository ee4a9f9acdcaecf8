"""Attachments that are missing, or whose bytes are damaged: fetched again, and nothing else touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from ochre_tui.core.errors import RecordError
from ochre_tui.core.tasks import gather_or_raise
from ochre_tui.intercom.errors import Gone, NotFound
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attachments import FileRef, files_of
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.importer.attachments import FetchedFile, FileFetcher
from ochre_tui.migration.importer.conversations import attachment_row
from ochre_tui.migration.importer.reconvert import Reconverter, reconverter
from ochre_tui.migration.importer.reference import latest_plan
from ochre_tui.migration.importer.run import importer_for
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.session import Session
from ochre_tui.ochre.records import Thread
from ochre_tui.ochre.target import Target
from ochre_tui.store import events, files, runs
from ochre_tui.store.store import Store

PHASE: Final = "attachments"
_AT_ONCE: Final = 16


def prepare_resync(session: Session) -> ImportThread:
    """What fetches the missing attachments, by the plan of the latest run, once it is started."""
    with session.store() as store:
        plan = latest_plan(store)
    importer = importer_for(session, plan)
    return ImportThread(importer, partial(importer.repair, fetch_missing))


async def fetch_missing(context: RunContext) -> None:
    """Read the conversations concerned once more for fresh URLs, fetch their files and put them where they belong.

    What still can't be had stays missing, with its reason. The archive and all other records stay as they are.
    """
    ids, again = await context.writer.do(partial(_to_mend, context=context))
    mending = _Mending(context, FileFetcher(context), again, iter(ids))
    await gather_or_raise(*(mending.work() for _ in range(_AT_ONCE)))


def _to_mend(store: Store, target: Target, *, context: RunContext) -> tuple[list[str], Reconverter]:
    """The conversations (Intercom's ids) that lack bytes; contents that are damaged are dropped first."""
    damaged = list(target.file_differences())
    for difference in damaged:
        target.discard_file(difference.sha256)
    attachments = [id_ for difference in damaged for id_ in difference.attachment_ids]
    ids = sorted({*files.missing(store.conn).values(), *files.showing(store.conn, attachments)})
    with store.transaction() as conn:
        files.forget(conn, [difference.sha256 for difference in damaged])
        runs.enter(conn, context.run, PHASE)
        events.note(conn, context.now(), "info", "phase", PHASE)
    context.progress.to_do = len(ids)
    return ids, reconverter(store, target, context.workspace.id_code, context.hosts)


@dataclass(slots=True)
class _Mending:
    """The conversations that are left; `again` belongs to the writer's thread."""

    context: RunContext
    files: FileFetcher
    again: Reconverter
    ids: Iterator[str]

    async def work(self) -> None:
        """Take one after the other."""
        for id_ in self.ids:
            await self.context.wait_while_paused()
            await self._fetch(id_)
            fetched = self.files.take_fetched()
            await self.context.writer.do(partial(self._mend, intercom_id=id_, fetched=fetched))
            self.files.forget_fetched(fetched)
            self.context.progress.records += 1
            self.context.progress.to_do = max(0, (self.context.progress.to_do or 0) - 1)

    async def _fetch(self, intercom_id: str) -> None:
        """Fetch what the conversation lacks; where Intercom has it no more, there is nothing to fetch."""
        wanted = self.context.plan.import_

        async def refresh() -> Mapping[str, FileRef]:
            source = Conversation.read(await self.context.client.get(f"/conversations/{intercom_id}"))
            refs = files_of(
                source, self.context.hosts, attachments=wanted.attachments, inline_images=wanted.inline_images
            )
            return {ref.path: ref for ref in refs}

        try:
            refs = await refresh()
        except (NotFound, Gone, RecordError):
            return
        await self.files.fetch(list(refs.values()), refresh, retry=True)

    def _mend(self, store: Store, target: Target, *, intercom_id: str, fetched: Sequence[FetchedFile]) -> None:
        """Bytes first, then the attachments that name them, then the note of both."""
        target.add_files(
            [(file.spooled, file.stored.sha256) for file in fetched if file.spooled and file.stored.sha256]
        )
        with store.transaction() as conn:
            files.keep(conn, [file.row() for file in fetched])
        thread = target.thread(conversation_id(self.context.workspace.id_code, intercom_id))
        mended = self._mended(intercom_id, thread) if thread is not None else None
        if mended is None:
            return
        if mended != thread:
            target.edited([(Thread, mended.conversation.id)], self.context.now())  # noted before a put would hide it
            target.put(self.context.run, [mended])
        with store.transaction() as conn:
            runs.target_took(conn, target.writes())
            files.attach(conn, [intercom_id], [attachment_row(intercom_id, one) for one in mended.attachments])

    def _mended(self, intercom_id: str, thread: Thread) -> Thread | None:
        """The thread with its attachments as the store knows their files now; None where its original is damaged."""
        try:
            wanted = {attachment.id: attachment for attachment in self.again.thread(intercom_id).attachments}
        except RecordError:
            return None
        return replace(thread, attachments=tuple(wanted.get(one.id, one) for one in thread.attachments))
