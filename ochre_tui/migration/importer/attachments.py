"""Files of a conversation: fetched once per URL path, right after the conversation whose URLs live for minutes."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ochre_tui.core.failpoints import reach
from ochre_tui.core.files import needing_room
from ochre_tui.intercom.errors import FileUnavailable
from ochre_tui.intercom.files import Downloaded
from ochre_tui.migration.convert.attachments import FileRef
from ochre_tui.migration.convert.context import StoredFile
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.store import files

Refresh: TypeAlias = Callable[[], Awaitable[Mapping[str, FileRef]]]
Renewed: TypeAlias = Callable[[str], Awaitable[FileRef | None]]


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What became of a file in this run; `spooled` holds bytes that the target has still to take over."""

    path: str
    stored: StoredFile
    spooled: Path | None = None

    def row(self) -> files.FileRow:
        stored = self.stored
        return files.FileRow(self.path, stored.state, stored.sha256, stored.size, stored.content_type, stored.reason)


def stored_file(row: files.FileRow) -> StoredFile:
    """A file of the store as the conversion looks it up."""
    return StoredFile(row.state, row.sha256, row.size, row.content_type, row.reason)


@dataclass(slots=True)
class FileFetcher:
    """Fetches files; two conversations that show the same one share the download.

    Every download is handed over with the next batch, whatever becomes of the conversation that asked for it: another
    one may count on the bytes.
    """

    context: RunContext
    _under_way: dict[str, asyncio.Task[FetchedFile]] = field(default_factory=dict)
    _fetched: list[FetchedFile] = field(default_factory=list)

    async def fetch(self, refs: Sequence[FileRef], refresh: Refresh, *, retry: bool) -> dict[str, StoredFile]:
        """What became of each file, by URL path; those stored earlier are not fetched again, nor, without `retry`,
        those that failed.

        `refresh` re-reads the conversation for fresh URLs and is called at most once, when one has expired.
        """
        if not refs:
            return {}
        known = files.known(self.context.reader.conn, [ref.path for ref in refs])
        lock = asyncio.Lock()
        fresh: dict[str, FileRef] = {}

        async def renewed(path: str) -> FileRef | None:
            async with lock:
                if not fresh:
                    fresh.update(await refresh())
            return fresh.get(path)

        async def fetch_or_know(ref: FileRef) -> StoredFile:
            row = known.get(ref.path)
            if row is not None and (row.state == "stored" or not retry):
                return stored_file(row)
            return (await asyncio.shield(self._shared_fetch(ref, renewed))).stored

        stored = await asyncio.gather(*(fetch_or_know(ref) for ref in refs))
        return {ref.path: file for ref, file in zip(refs, stored, strict=True)}

    def stored(self, refs: Sequence[FileRef]) -> dict[str, StoredFile]:
        """Those of these files that were stored earlier, by URL path."""
        known = files.known(self.context.reader.conn, [ref.path for ref in refs])
        return {path: stored_file(row) for path, row in known.items() if row.state == "stored"}

    def take_fetched(self) -> list[FetchedFile]:
        """What was fetched since the last call, for the writer to hand over."""
        fetched, self._fetched = self._fetched, []
        return fetched

    def forget_fetched(self, fetched: Sequence[FetchedFile]) -> None:
        """The store knows these now and answers for them."""
        for item in fetched:
            self._under_way.pop(item.path, None)

    def _shared_fetch(self, ref: FileRef, renewed: Renewed) -> asyncio.Task[FetchedFile]:
        task = self._under_way.get(ref.path)
        if task is None:
            task = asyncio.ensure_future(self._fetch(ref, renewed))
            self._under_way[ref.path] = task
        return task

    async def _fetch(self, ref: FileRef, renewed: Renewed) -> FetchedFile:
        if ref.data is not None:
            fetched = self._spool_data(ref, ref.data)
        else:
            fetched = await self._download(ref, renewed)
        self._fetched.append(fetched)
        return fetched

    async def _download(self, ref: FileRef, renewed: Renewed) -> FetchedFile:
        spool = self._spool_file()
        try:
            downloaded = await self._download_with_retry(ref, spool, renewed)
        except FileUnavailable as error:
            spool.unlink(missing_ok=True)
            return FetchedFile(ref.path, StoredFile("missing", reason=error.reason))
        stored = StoredFile("stored", downloaded.sha256, downloaded.size, downloaded.content_type)
        return FetchedFile(ref.path, stored, downloaded.path)

    async def _download_with_retry(self, ref: FileRef, spool: Path, renewed: Renewed) -> Downloaded:
        """Download; once more, with a fresh link, where that may help, and not before Intercom is there again."""
        began_at = self.context.client.clock.monotonic()
        try:
            return await self.context.downloader.download(ref.url, spool, expected_size=ref.declared_size)
        except FileUnavailable as error:
            if error.permanent:
                raise
            if not error.expired:
                await self.context.client.outlast(began_at)
            fresh = await renewed(ref.path)
            if fresh is None:
                raise
            return await self.context.downloader.download(fresh.url, spool, expected_size=fresh.declared_size)

    def _spool_data(self, ref: FileRef, data: bytes) -> FetchedFile:
        spool = self._spool_file()
        with needing_room(spool.parent):
            reach("spool.write")
            with self.context.spooling(spool) as file:
                file.write(data)
        digest = hashlib.sha256(data).hexdigest()
        return FetchedFile(ref.path, StoredFile("stored", digest, len(data), ref.declared_type), spool)

    def _spool_file(self) -> Path:
        return self.context.spool / secrets.token_hex(12)
