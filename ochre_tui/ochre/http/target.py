"""Ochre over HTTP, as a target: the same methods as the embedded workspace, by the import API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

from ochre_tui.core.encryption import Spooling, plain_spooling
from ochre_tui.core.errors import OchreTuiError, RecordError
from ochre_tui.core.exact_json import dumps
from ochre_tui.core.secret import Secret
from ochre_tui.ochre.columns import CUSTOM_FIELDS, USERS, Table
from ochre_tui.ochre.embedded.database import translated_os
from ochre_tui.ochre.embedded.export import whole_file
from ochre_tui.ochre.embedded.files import checked
from ochre_tui.ochre.http import api_paths
from ochre_tui.ochre.http.capabilities import Capabilities, read_capabilities
from ochre_tui.ochre.http.client import HttpClient, RefusedError, Waits
from ochre_tui.ochre.records import AliasKind, Attachment, CustomField, Thread, User
from ochre_tui.ochre.target import FileDifference, Hit, Outcome, Record, id_of

R = TypeVar("R")
T = TypeVar("T")

_UPLOADS = 8
_IDS_AT_ONCE = 1000
_ROOM = 1000  # bytes of a batch that are not records


class _Exact(BaseModel):
    model_config = ConfigDict(strict=True)


class _Page(_Exact, Generic[R]):
    records: list[R]
    next: str | None


class _Result(_Exact):
    outcome: Literal["created", "changed", "unchanged"]


class _Results(_Exact):
    results: list[_Result]
    writes: int


class _Behind(_Exact):
    id: str


class _Known(_Exact):
    sha256: list[str]


class _Edits(_Exact):
    edited: dict[str, bool]


class _Swept(_Exact):
    files: int


class _Hits(_Exact):
    customers: list[Hit]


class _FileCheck(_Exact):
    differences: list[FileDifference]
    next: str | None


@lru_cache(maxsize=64)
def _reads(kind: Any) -> TypeAdapter[Any]:
    """What reads answers of this type; made once, as that takes a while."""
    return TypeAdapter(kind)


def open_http_target(
    url: str, token: Secret, *, transport: httpx.BaseTransport | None = None, waits: Waits | None = None
) -> HttpTarget:
    """The workspace that answers at `url`. Raises what `read_capabilities` does, UnreachableError where nobody does."""
    client = HttpClient(url, token, transport=transport, waits=waits)
    try:
        return HttpTarget(client, read_capabilities(client))
    except BaseException:
        client.close()
        raise


class HttpTarget:
    """Fulfils `ochre.target.Target`."""

    def __init__(self, client: HttpClient, capabilities: Capabilities) -> None:
        self._client = client
        self.capabilities = capabilities
        self._doubted: set[str] = set()
        self._writes = capabilities.writes

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._client.url

    @property
    def name(self) -> str:
        return self.capabilities.name

    @property
    def slug(self) -> str:
        return self.capabilities.slug

    @property
    def largest_file(self) -> int:
        return self.capabilities.file_bytes

    def refuse_damaged(self) -> None:
        return

    def writes(self) -> int:
        """As it was last told."""
        return self._writes

    def users(self) -> list[User]:
        return list(self.records(USERS))

    def custom_fields(self) -> list[CustomField]:
        return list(self.records(CUSTOM_FIELDS))

    def put(self, run: int, records: Sequence[Record]) -> list[Outcome]:
        return [outcome for part in self._parts(records) for outcome in self._put(run, part)]

    def _put(self, run: int, items: list[bytes]) -> list[Outcome]:
        body = b'{"run":%d,"records":[%s]}' % (run, b",".join(items))
        try:
            answer = self._client.send(api_paths.BATCHES, body, _reads(_Results))
        except RefusedError as error:
            if error.status in (400, 413, 422):
                raise RecordError(error.message, meaning="Nothing of this batch was written.") from error
            raise
        if answer is None or len(answer.results) != len(items):
            raise OchreTuiError("Ochre's answer does not say what became of each record.", advice="Run again.")
        self._writes = answer.writes
        return [result.outcome for result in answer.results]

    def _parts(self, records: Iterable[Record]) -> Iterator[list[bytes]]:
        """The records as JSON, in batches as large as the server takes them."""
        most, room = self.capabilities.records_per_batch, self.capabilities.batch_bytes - _ROOM
        part: list[bytes] = []
        size = 0
        for record in records:
            item = _item(record)
            if part and (len(part) == most or size + len(item) + 1 > room):
                yield part
                part, size = [], 0
            part.append(item)
            size += len(item) + 1
        if part:
            yield part

    def remove(self, records: Iterable[tuple[type[Record], str]]) -> None:
        for names in self._names(records):
            self._client.send(api_paths.REMOVALS, names, _reads(None))

    def edited(self, records: Iterable[tuple[type[Record], str]], now: int) -> dict[str, bool]:
        """As the target has it; what it finds is dated by its own clock."""
        del now
        edited: dict[str, bool] = {}
        for names in self._names(records):
            answer = self._client.send(api_paths.EDITS, names, _reads(_Edits))
            edited |= answer.edited if answer else {}
        return edited

    def _names(self, records: Iterable[tuple[type[Record], str]]) -> Iterator[bytes]:
        """Kinds and ids as JSON, as many at a time as the server takes."""
        named = ({"kind": api_paths.KINDS[kind], "id": record_id} for kind, record_id in records)
        while part := list(islice(named, self.capabilities.records_per_batch)):
            yield orjson.dumps({"records": part})

    def sweep(self) -> int:
        answer = self._client.send(api_paths.SWEEP_FILES, b"", _reads(_Swept))
        return answer.files if answer else 0

    def rewrite(self, run: int, records: Sequence[Record]) -> None:
        for record in records:
            self.remove([(type(record), id_of(record))])
            self.put(run, [record])

    @property
    def spooling(self) -> Spooling:
        return plain_spooling

    def has_file(self, sha256: str) -> bool:
        return sha256 in self._known([{"sha256": checked(sha256)}])

    def add_files(self, spooled: Sequence[tuple[Path, str]]) -> None:
        paths = {checked(sha256): path for path, sha256 in spooled}
        # A spool that is gone was taken over by an earlier call.
        known = self._known([{"sha256": sha256, "size": _size(path)} for sha256, path in paths.items()])
        missing = [(path, sha256) for sha256, path in paths.items() if sha256 not in known or sha256 in self._doubted]
        if missing:
            with ThreadPoolExecutor(_UPLOADS, thread_name_prefix="upload") as threads:
                for _ in threads.map(self._upload, missing):
                    pass
        for path, _ in spooled:
            path.unlink(missing_ok=True)

    def _upload(self, spooled: tuple[Path, str]) -> None:
        path, sha256 = spooled
        with translated_os(path):
            size = path.stat().st_size
            self._client.upload(api_paths.file(sha256), lambda: path.open("rb"), size)

    def _known(self, contents: Sequence[dict[str, str | int | None]]) -> set[str]:
        known: set[str] = set()
        for start in range(0, len(contents), _IDS_AT_ONCE):
            body = orjson.dumps({"files": contents[start : start + _IDS_AT_ONCE]})
            answer = self._client.send(api_paths.KNOWN_FILES, body, _reads(_Known))
            known.update(answer.sha256 if answer else ())
        return known

    def discard_file(self, sha256: str) -> None:
        """They are sent in spite of the server's having some; it looks at its own when it gets them."""
        self._doubted.add(sha256)

    def state(self) -> str | None:
        """As the server tells it now."""
        return read_capabilities(self._client).state

    def threads(self, after: str | None = None) -> Iterator[Thread]:
        return self._pages(api_paths.THREADS, _reads(_Page[Thread]), after or "")

    def thread(self, conversation_id: str) -> Thread | None:
        return self._client.get(api_paths.record(api_paths.THREADS, conversation_id), _reads(Thread))

    def attachments(self, after: str = "") -> Iterator[Attachment]:
        return self._pages(api_paths.ATTACHMENTS, _reads(_Page[Attachment]), after)

    def records(self, table: Table[R], after: str = "") -> Iterator[R]:
        return self._pages(api_paths.records(table), _reads(_page(table.record)), after)

    def record(self, table: Table[R], record_id: str) -> R | None:
        return self._client.get(api_paths.record(api_paths.records(table), record_id), _reads(table.record))

    def _pages(self, path: str, read: TypeAdapter[_Page[T]], after: str) -> Iterator[T]:
        following: str | None = after
        while following is not None:
            page = self._client.get(path, read, after=following)
            if page is None:
                return
            yield from page.records
            following = page.next

    def behind_alias(self, kind: AliasKind, value: str) -> str | None:
        answer = self._client.get(api_paths.alias(kind, value), _reads(_Behind))
        return None if answer is None else answer.id

    def file_differences(self) -> Iterator[FileDifference]:
        following: str | None = ""
        while following is not None:
            page = self._client.get(api_paths.FILE_DIFFERENCES, _reads(_FileCheck), after=following)
            if page is None:
                return
            yield from page.differences
            following = page.next

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        answer = self._client.get(api_paths.CUSTOMER_SEARCH, _reads(_Hits), q=text, limit=limit)
        return answer.customers if answer else []

    def export(self, out: Path, *, exported_at: int, tool_version: str, migration: str) -> None:
        """The export that the server makes: time and version in it are the server's."""
        del exported_at, tool_version
        with self._client.download(api_paths.EXPORT, migration=migration) as parts, whole_file(out) as file:
            for part in parts:
                file.write(part)

    def close(self) -> None:
        self._client.close()


def _page(record: Callable[..., Any]) -> Any:
    return _Page[record]  # type: ignore[valid-type]  # a type, which mypy can't know


def _item(record: Record) -> bytes:
    try:
        return dumps({"kind": api_paths.KINDS[type(record)], "record": record})
    except TypeError as error:
        raise RecordError(
            f"The {type(record).__name__.lower()} {id_of(record)} can't be stored: {error}",
            meaning="It was not written, nor was what was to be written together with it.",
            advice="Write the others without it; this one belongs in quarantine.",
        ) from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
