"""Operations that write: batches of records, removals, and the bytes of files."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ochre_tui.core.encryption import Spooling
from ochre_tui.core.errors import RecordError
from ochre_tui.ochre.embedded.database import private_folder, translated_os
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Company, Customer, CustomField, SavedReply, Tag, Thread, User
from ochre_tui.ochre.target import Record, id_of
from ochre_tui.server.import_api import models
from ochre_tui.server.import_api.errors import ApiError, path_of
from ochre_tui.server.import_api.models import Batch, BatchRefused, BatchResult, Problem, Result
from ochre_tui.server.import_api.operation import Call, Operation

_TYPES: dict[models.Kind, type[Record]] = {
    "user": User,
    "custom_field": CustomField,
    "tag": Tag,
    "company": Company,
    "customer": Customer,
    "saved_reply": SavedReply,
    "thread": Thread,
}


async def put_batch(call: Call) -> BatchResult:
    """Write the records of a batch, all or none."""
    batch: Batch = call.body
    return await call.pool.write(lambda workspace: _put(workspace, batch))


def _put(workspace: EmbeddedWorkspace, batch: Batch) -> BatchResult:
    records = [item.record for item in batch.records]
    try:
        outcomes = workspace.put(batch.run, records)
    except RecordError as error:
        raise _refused(batch, workspace.unfit(records), error) from error
    return BatchResult(
        results=[
            Result(kind=item.kind, id=id_of(item.record), outcome=outcome)
            for item, outcome in zip(batch.records, outcomes, strict=True)
        ],
        writes=workspace.writes(),
    )


def _refused(batch: Batch, unfit: dict[int, RecordError], first: RecordError) -> ApiError:
    problems = {i: Problem(code="unstorable", message=error.title) for i, error in unfit.items()}
    known = [(item.kind, id_of(item.record)) for item in batch.records]
    return _not_written(known, problems, first.title)


def malformed(error: ValidationError, sent: bytes) -> ApiError | None:
    """The answer to a batch some of whose records are malformed; None where the batch as a whole is."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if any(len(each["loc"]) < 2 or each["loc"][0] != "records" for each in errors):
        return None
    items = from_json(sent)["records"]
    problems: dict[int, Problem] = {}
    for each in errors:
        index = each["loc"][1]
        if isinstance(index, int):
            # The kind stands in pydantic's path, but not in what was sent.
            inside = [part for i, part in enumerate(each["loc"][2:]) if i or part not in _TYPES]
            field = path_of(["records", index, *inside])
            problems.setdefault(index, Problem(code="invalid", message=each["msg"], field=field))
    return _not_written([_kind_and_id(item) for item in items], problems, errors[0]["msg"])


def _kind_and_id(item: Any) -> tuple[models.Kind | None, str | None]:
    """Kind and id of a record that may be anything."""
    kind = item.get("kind") if isinstance(item, dict) else None
    record = item.get("record") if isinstance(item, dict) else None
    holder = record.get("conversation") if kind == "thread" and isinstance(record, dict) else record
    id_ = holder.get("id") if isinstance(holder, dict) else None
    known = kind if isinstance(kind, str) and kind in _TYPES else None
    return known, id_ if isinstance(id_, str) else None


def _not_written(
    known: Sequence[tuple[models.Kind | None, str | None]], problems: dict[int, Problem], message: str
) -> ApiError:
    results = [
        Result(kind=kind, id=id_, outcome="error" if i in problems else "not_written", error=problems.get(i))
        for i, (kind, id_) in enumerate(known)
    ]
    refused = BatchRefused(error=Problem(code="batch_refused", message=message), results=results)
    return ApiError(422, "batch_refused", message, body=refused)


async def remove(call: Call) -> None:
    """Take records out."""
    named = _records(call.body)
    await call.pool.write(lambda workspace: workspace.remove(named))


async def edits(call: Call) -> models.Edits:
    """Which records people changed; what is found is kept, so that a later write does not hide it."""
    named, now = _records(call.body), int(call.clock())
    return models.Edits(edited=await call.pool.write(lambda workspace: workspace.edited(named, now)))


def _records(names: models.Names) -> list[tuple[type[Record], str]]:
    return [(_TYPES[record.kind], record.id) for record in names.records]


async def sweep_files(call: Call) -> models.Swept:
    """Delete the bytes that no attachment refers to."""
    return models.Swept(files=await call.pool.write(lambda workspace: workspace.sweep()))


async def known_files(call: Call) -> models.Known:
    """Which of these files need not be sent."""
    contents: models.Contents = call.body

    def work(workspace: EmbeddedWorkspace) -> list[str]:
        return [file.sha256 for file in contents.files if workspace.files.has(file.sha256, file.size)]

    return models.Known(sha256=await call.pool.read(work))


def _take_over(workspace: EmbeddedWorkspace, *, spool: Path, sha256: str) -> None:
    """Keep the bytes, also in the place of some of the same length that are damaged."""
    if any(difference.problem == "content" for difference in workspace.differences_of(sha256)):
        workspace.discard_file(sha256)
    workspace.add_files([(spool, sha256)])


async def put_file(call: Call) -> Response:
    """Take a file over once its bytes have the hash that it is named by."""
    sha256 = call.parameters.sha256
    incoming = call.pool.folder / "attachments" / "incoming"
    spool = incoming / f"{secrets.token_hex(8)}.partial"  # the name by which a sweep knows what may go
    try:
        with translated_os(incoming):
            private_folder(incoming)
            actual = await _received(call, await call.pool.read(lambda workspace: workspace.spooling), spool)
        if actual != sha256:
            raise ApiError(422, "hash_mismatch", f"The bytes hash to {actual}", field="sha256")
        # Nothing is written to the database: so several at a time, in the threads that read.
        await call.pool.read(partial(_take_over, spool=spool, sha256=sha256))
    except ClientDisconnect as error:
        raise ApiError(400, "incomplete", "The connection ended before the file did") from error
    finally:
        spool.unlink(missing_ok=True)
    return Response(status_code=204)


async def _received(call: Call, spooling: Spooling, spool: Path) -> str:
    hashing, size = hashlib.sha256(), 0
    with spooling(spool) as file:
        async for chunk in call.request.stream():
            size += len(chunk)
            if size > call.limits.file_bytes:
                raise ApiError(413, "file_too_large", f"At most {call.limits.file_bytes} bytes are taken")
            hashing.update(chunk)
            file.write(chunk)
    return hashing.hexdigest()


def operations() -> Iterable[Operation]:
    """Every operation that writes, and the one that spares sending."""
    yield Operation(
        "POST",
        "/batches",
        "put_batch",
        "Write records, idempotent by id: all of them or none",
        put_batch,
        body=Batch,
        answer=BatchResult,
        refusals={422: BatchRefused},
    )
    yield Operation("POST", "/removals", "remove", "Take records out", remove, body=models.Names, status=204)
    yield Operation(
        "POST",
        "/edits",
        "edits",
        "Which records people changed since they were written",
        edits,
        body=models.Names,
        answer=models.Edits,
    )
    yield Operation(
        "POST",
        "/files/sweep",
        "sweep_files",
        "Delete files that nothing refers to, while nobody imports",
        sweep_files,
        answer=models.Swept,
    )
    yield Operation(
        "POST",
        "/files/known",
        "known_files",
        "Which files are there already",
        known_files,
        body=models.Contents,
        answer=models.Known,
    )
    yield Operation(
        "PUT",
        "/files/{sha256}",
        "put_file",
        "Send the bytes of a file",
        put_file,
        models.FilePath,
        sends_bytes=True,
        status=204,
    )
