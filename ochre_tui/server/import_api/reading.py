"""Operations that read: what the server can do, records, look-ups, files and the export."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, get_args

import orjson
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from ochre_tui import __version__
from ochre_tui.core.exact_json import dumps
from ochre_tui.ochre.columns import (
    COMPANIES,
    CONVERSATIONS,
    CUSTOM_FIELDS,
    CUSTOMERS,
    SAVED_REPLIES,
    TAGS,
    USERS,
    Table,
)
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Attachment, Thread
from ochre_tui.ochre.target import FileDifference, id_of
from ochre_tui.server.import_api import models
from ochre_tui.server.import_api.errors import ApiError
from ochre_tui.server.import_api.operation import Call, Operation

_TABLES: tuple[Table[Any], ...] = (USERS, CUSTOM_FIELDS, TAGS, COMPANIES, CUSTOMERS, SAVED_REPLIES, CONVERSATIONS)
_BYTES_AT_ONCE = 1 << 18
_PAGE_BYTES = 1 << 23
_HASHED_AT_ONCE = 1 << 28  # bytes of files, so that an answer does not take minutes


async def capabilities(call: Call) -> models.Capabilities:
    """What this server is, what the token may do, and how much it takes at a time."""
    limits = call.limits
    workspace, writes, state = await call.pool.read(
        lambda workspace: (_workspace_info(workspace), workspace.writes(), workspace.state())
    )
    return models.Capabilities(
        workspace=workspace,
        role=call.role,
        kinds=list(get_args(models.Kind)),
        limits=models.LimitsInfo(
            records_per_batch=models.MOST_RECORDS,
            batch_bytes=limits.batch_bytes,
            file_bytes=limits.file_bytes,
            requests_per_window=limits.requests_per_window,
            window_s=limits.window_s,
        ),
        writes=writes,
        state=hashlib.sha256(state.encode()).hexdigest(),
    )


def _workspace_info(workspace: EmbeddedWorkspace) -> models.WorkspaceInfo:
    return models.WorkspaceInfo(id=workspace.id, slug=workspace.slug, name=workspace.name)


async def page(call: Call, table: Table[Any]) -> bytes:
    """Records of a table, from after an id."""
    query = call.parameters
    return await call.pool.read(lambda workspace: _page(workspace.records(table, query.after), query.limit))


async def record_by_id(call: Call, table: Table[Any]) -> bytes:
    """The record with this id."""
    return _json_or_404(await call.pool.read(lambda workspace: workspace.record(table, call.parameters.id)))


async def threads(call: Call) -> bytes:
    query = call.parameters
    return await call.pool.read(lambda workspace: _page(workspace.threads(query.after), query.limit))


async def thread(call: Call) -> bytes:
    return _json_or_404(await call.pool.read(lambda workspace: workspace.thread(call.parameters.id)))


async def attachments(call: Call) -> bytes:
    query = call.parameters
    return await call.pool.read(lambda workspace: _page(workspace.attachments(query.after), query.limit))


async def behind_alias(call: Call) -> models.Behind:
    query = call.parameters
    record_id = await call.pool.read(lambda workspace: workspace.behind_alias(query.kind, query.value))
    if record_id is None:
        raise ApiError(404, "not_found", "No record has this alias")
    return models.Behind(id=record_id)


async def search(call: Call) -> models.Hits:
    query = call.parameters
    return models.Hits(customers=await call.pool.read(lambda workspace: workspace.search(query.q, query.limit)))


async def file_differences(call: Call) -> models.FileCheck:
    """Hash files again and tell which are not what the attachments say."""
    query = call.parameters

    def work(workspace: EmbeddedWorkspace) -> models.FileCheck:
        contents = workspace.file_contents(query.after, query.limit)
        differences: list[FileDifference] = []
        hashed = 0
        for number, sha256 in enumerate(contents, start=1):
            differences += workspace.differences_of(sha256)
            hashed += workspace.files.size(sha256)
            if hashed > _HASHED_AT_ONCE or number == query.limit:
                return models.FileCheck(differences=differences, next=sha256)
        return models.FileCheck(differences=differences, next=None)

    return await call.pool.read(work)


async def export(call: Call) -> Response:
    """Everything, as a ZIP that is made now."""
    file = await call.pool.read(partial(_exported, int(call.clock()), call.parameters.migration))
    size = file.seek(0, 2)
    file.seek(0)
    return StreamingResponse(_chunks(file), media_type="application/zip", headers={"Content-Length": str(size)})


def _exported(now: int, migration: str, workspace: EmbeddedWorkspace) -> IO[bytes]:
    """The export as an open file that is nowhere any more, so that nothing is left if the server is killed."""
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=workspace.folder))
    try:
        out = folder / "export.zip"
        workspace.export(out, exported_at=now, tool_version=__version__, migration=migration)
        return out.open("rb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        async for chunk in iterate_in_threadpool(iter(lambda: file.read(_BYTES_AT_ONCE), b"")):
            yield chunk


def _page(records: Iterator[Any], limit: int) -> bytes:
    """Up to `limit` records, fewer where they are large."""
    lines: list[bytes] = []
    size = 0
    following = b"null"
    for record in islice(records, limit):
        lines.append(dumps(record))
        size += len(lines[-1])
        if len(lines) == limit or size > _PAGE_BYTES:
            following = orjson.dumps(id_of(record))
            break
    return b'{"records":[%s],"next":%s}' % (b",".join(lines), following)


def _json_or_404(record: object) -> bytes:
    if record is None:
        raise ApiError(404, "not_found", "There is no record with this id")
    return dumps(record)


def operations() -> Iterable[Operation]:
    """Every operation that reads."""
    yield Operation(
        "GET",
        "/capabilities",
        "capabilities",
        "What this server is and what the token may do",
        capabilities,
        answer=models.Capabilities,
    )
    for table in _TABLES:
        name, record = table.name, models.of_record(table.record)
        listed, single = partial(page, table=table), partial(record_by_id, table=table)
        answer = models.page_of(table.record)
        yield Operation("GET", f"/{name}", f"list_{name}", f"List {name}", listed, models.After, answer=answer)
        yield _single(f"/{name}/{{id}}", f"get_{name}", f"One of {name}, by id", single, record)
    yield Operation(
        "GET",
        "/threads",
        "list_threads",
        "List conversations with their messages and attachments",
        threads,
        models.AfterThread,
        answer=models.page_of(Thread),
    )
    yield _single("/threads/{id}", "get_thread", "One conversation with all of it", thread, models.of_record(Thread))
    yield Operation(
        "GET",
        "/attachments",
        "list_attachments",
        "List attachments",
        attachments,
        models.After,
        answer=models.page_of(Attachment),
    )
    yield _single(
        "/aliases/{kind}/{value}",
        "get_alias",
        "The record that had this id in Intercom",
        behind_alias,
        models.Behind,
        models.AliasPath,
    )
    yield Operation(
        "GET",
        "/customer-search",
        "search_customers",
        "Find customers by name, e-mail, phone, external id or company",
        search,
        models.Words,
        answer=models.Hits,
    )
    yield Operation(
        "GET",
        "/file-differences",
        "check_files",
        "Hash stored files again",
        file_differences,
        models.AfterFile,
        answer=models.FileCheck,
    )
    yield Operation(
        "GET",
        "/export",
        "export",
        "Everything as a ZIP of JSON lines and files",
        export,
        models.ForMigration,
        answer_type="application/zip",
    )


def _single(path: str, name: str, summary: str, handle: Any, answer: Any, parameters: Any = models.ById) -> Operation:
    return Operation("GET", path, name, summary, handle, parameters, answer=answer)
