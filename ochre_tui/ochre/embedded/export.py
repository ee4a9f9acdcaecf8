"""The export ZIP: everything in a workspace, as JSON lines and the bytes of the files.

One snapshot of the workspace, streamed, in a fixed order: equal workspaces give equal bytes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import orjson

from ochre_tui.core.encryption import BrokenSealError
from ochre_tui.core.errors import StoreError
from ochre_tui.core.wording import timestamp
from ochre_tui.ochre.columns import (
    COMPANIES,
    CONVERSATIONS,
    CUSTOM_FIELDS,
    CUSTOMERS,
    SAVED_REPLIES,
    SELECT_ATTACHMENTS,
    TAGS,
    USERS,
    Table,
    read_attachment,
)
from ochre_tui.ochre.embedded.database import translated_os
from ochre_tui.ochre.embedded.files import FileStore

R = TypeVar("R")

_FILES_OF_TABLES: list[tuple[str, Table[Any]]] = [
    ("team.jsonl", USERS),
    ("customers.jsonl", CUSTOMERS),
    ("companies.jsonl", COMPANIES),
    ("custom_fields.jsonl", CUSTOM_FIELDS),
    ("tags.jsonl", TAGS),
    ("saved_replies.jsonl", SAVED_REPLIES),
    ("conversations.jsonl", CONVERSATIONS),
]
_MESSAGES = """
SELECT messages.id, conversations.id, position, kind, source_id, source_type,
  author_kind, author_id, coalesce(users.email, customers.email),
  CASE WHEN author_id IS NULL THEN author_name ELSE coalesce(users.name, customers.name, author_name) END,
  author_source_name, messages.created_at, body_html, body_text, source_sha256, redacted, messages.tags, event,
  attachment_ids, mail_to, mail_cc, email_message_id, quoted_html, quoted_text
FROM conversations CROSS JOIN messages ON messages.conversation = conversations.n
  LEFT JOIN customers ON author_kind = 'customer' AND customers.id = author_id
  LEFT JOIN users ON author_kind IN ('user', 'bot') AND users.id = author_id
ORDER BY conversations.id, position
"""
_ALIASES = "SELECT kind, value, conversation_id, customer_id FROM aliases ORDER BY kind, value"
_CONTENTS = "SELECT DISTINCT sha256 FROM attachments WHERE sha256 IS NOT NULL AND state = 'stored' ORDER BY sha256"
_LINES_AT_ONCE = 1000
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # what a ZIP can say at the earliest: times would make equal exports differ
_UNIX = 3


def export_zip(conn: sqlite3.Connection, files: FileStore, head: Mapping[str, str], out: Path) -> None:
    """Write the export of a snapshot to `out` (0600), which appears, or is replaced, only when it is complete.

    `head` is what `workspace.json` says. Raises StoreError when the bytes of a stored attachment are not there.
    """
    with whole_file(out) as file, ZipFile(file, "w") as archive:
        _write_all(archive, conn, files, head)


@contextmanager
def whole_file(out: Path) -> Iterator[IO[bytes]]:
    """A private file (0600) that becomes `out`, durably, if all goes well, and is gone otherwise."""
    unfinished = out.with_name(f".{out.name}.partial")
    try:
        with translated_os(out):
            with _private(unfinished) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_all(archive: ZipFile, conn: sqlite3.Connection, files: FileStore, head: Mapping[str, str]) -> None:
    _write_lines(archive, "workspace.json", [head])
    for name, table in _FILES_OF_TABLES:
        _write_lines(archive, name, map(table.line, conn.execute(f"{table.select} ORDER BY id")))
    _write_lines(archive, "messages.jsonl", map(_message, conn.execute(_MESSAGES)))
    attachments = conn.execute(f"{SELECT_ATTACHMENTS} ORDER BY attachments.id")
    _write_lines(archive, "attachments.jsonl", map(read_attachment, attachments))
    _write_lines(archive, "aliases.jsonl", map(_alias, conn.execute(_ALIASES)))
    for (sha256,) in conn.execute(_CONTENTS):
        _write_file(archive, files, sha256)


def _message(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[0],
        "conversation_id": row[1],
        "position": row[2],
        "kind": row[3],
        "source_id": row[4],
        "source_type": row[5],
        "author": {"kind": row[6], "id": row[7], "email": row[8], "name": row[9], "source_name": row[10]},
        "created_at": None if row[11] is None else timestamp(row[11]),
        "body_html": row[12],
        "body_text": row[13],
        "source_sha256": row[14],
        "redacted": bool(row[15]),
        "tags": orjson.Fragment(row[16]),
        "event": None if row[17] is None else orjson.Fragment(row[17]),
        "to": orjson.Fragment(row[19]),
        "cc": orjson.Fragment(row[20]),
        "email_message_id": row[21],
        "quoted_html": row[22],
        "quoted_text": row[23],
        "attachment_ids": orjson.Fragment(row[18]),
    }


def _alias(row: tuple[Any, ...]) -> dict[str, Any]:
    return {"kind": row[0], "value": row[1], "conversation_id": row[2], "customer_id": row[3]}


def _write_lines(archive: ZipFile, name: str, lines: Iterable[object]) -> None:
    with archive.open(_entry(name, ZIP_DEFLATED), "w", force_zip64=True) as entry:
        encoded = (orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
        for part in _parts(encoded):
            entry.write(b"".join(part))


def _parts(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while part := list(islice(lines, _LINES_AT_ONCE)):
        yield part


def _write_file(archive: ZipFile, files: FileStore, sha256: str) -> None:
    name = f"attachments/{sha256[:2]}/{sha256}"
    try:
        with archive.open(_entry(name, ZIP_STORED), "w", force_zip64=True) as entry:
            for chunk in files.chunks(sha256):
                entry.write(chunk)
    except (FileNotFoundError, BrokenSealError) as error:
        what = "not in the workspace" if isinstance(error, FileNotFoundError) else "damaged"
        raise StoreError(
            f"The bytes of the attachment with SHA-256 {sha256} are {what}",
            meaning="No export was written: it would have been incomplete.",
            advice="Run `ochre-tui resync attachments`, then export again.",
        ) from error


def _entry(name: str, compression: int) -> ZipInfo:
    entry = ZipInfo(name, _EARLIEST)
    entry.compress_type = compression
    entry.create_system = _UNIX
    entry.external_attr = 0o100600 << 16
    return entry


def _private(path: Path) -> IO[bytes]:
    opened = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
    os.fchmod(opened, 0o600)
    return os.fdopen(opened, "w+b")
