"""Files by URL path, and the attachments that use them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

FileState: TypeAlias = Literal["stored", "missing"]
AttachmentState: TypeAlias = Literal["stored", "missing", "skipped"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """What became of the file behind a URL path; `size` in bytes."""

    path: str
    state: FileState
    sha256: str | None
    size: int | None
    content_type: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    id: str
    conversation_id: str
    state: AttachmentState
    size: int


@dataclass(frozen=True, slots=True)
class AttachmentTally:
    """How many attachments there are, by what became of them; `bytes` of those stored."""

    found: int
    stored: int
    missing: int
    skipped: int
    bytes: int


def known(conn: sqlite3.Connection, paths: Sequence[str]) -> dict[str, FileRow]:
    """The files among these paths that were tried before."""
    marks = ",".join("?" * len(paths))
    query = f"SELECT path, state, sha256, size, content_type, reason FROM file WHERE path IN ({marks})"  # noqa: S608
    return {row[0]: FileRow(*row) for row in conn.execute(query, tuple(paths))}


def paths(conn: sqlite3.Connection) -> Iterator[str]:
    """Every file that was tried."""
    for row in conn.execute("SELECT path FROM file ORDER BY path"):
        yield row[0]


def keep(conn: sqlite3.Connection, rows: Iterable[FileRow]) -> None:
    """Note what became of files; one that is stored stays stored."""
    conn.executemany(
        """INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET state = excluded.state, sha256 = excluded.sha256, size = excluded.size,
            content_type = excluded.content_type, reason = excluded.reason WHERE state <> 'stored'""",
        [(row.path, row.state, row.sha256, row.size, row.content_type, row.reason) for row in rows],
    )


def stored_contents(conn: sqlite3.Connection) -> list[str]:
    """The hashes of everything that is stored."""
    return [row[0] for row in conn.execute("SELECT DISTINCT sha256 FROM file WHERE state = 'stored'")]


def is_stored(conn: sqlite3.Connection, sha256: str) -> bool:
    """Whether some file that was stored has this content."""
    row = conn.execute("SELECT 1 FROM file WHERE state = 'stored' AND sha256 = ? LIMIT 1", (sha256,)).fetchone()
    return row is not None


def forget(conn: sqlite3.Connection, contents: Iterable[str]) -> None:
    """The target has lost these contents: whoever shows them fetches them again."""
    conn.executemany("DELETE FROM file WHERE sha256 = ?", [(sha256,) for sha256 in contents])


def showing(conn: sqlite3.Connection, attachment_ids: Sequence[str]) -> list[str]:
    """The conversations (Intercom's ids) that these attachments are in."""
    found = (conn.execute("SELECT conversation_id FROM attachment WHERE id = ?", (id_,)) for id_ in attachment_ids)
    return sorted({row[0] for rows in found for row in rows})


def attach(conn: sqlite3.Connection, conversation_ids: Iterable[str], rows: Iterable[AttachmentRow]) -> None:
    """Replace the attachments of these conversations."""
    conn.executemany("DELETE FROM attachment WHERE conversation_id = ?", [(id_,) for id_ in conversation_ids])
    conn.executemany(
        "INSERT INTO attachment VALUES (?, ?, ?, ?)",
        [(row.id, row.conversation_id, row.state, row.size) for row in rows],
    )


def missing(conn: sqlite3.Connection) -> dict[str, str]:
    """The conversation (Intercom's id) of each attachment that is missing."""
    return dict(conn.execute("SELECT id, conversation_id FROM attachment WHERE state = 'missing'"))


def missing_reasons(conn: sqlite3.Connection) -> list[tuple[str, int]]:
    """(reason, how many) of the files that could not be had."""
    return conn.execute(
        """SELECT coalesce(reason, ''), count(*) FROM file WHERE state = 'missing'
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200"""
    ).fetchall()


def sizes(conn: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """(size in bytes, how many) of the attachments that are stored."""
    yield from conn.execute("SELECT size, count(*) FROM attachment WHERE state = 'stored' GROUP BY 1")


def attachment_tally(conn: sqlite3.Connection) -> AttachmentTally:
    rows = {state: (n, size) for state, n, size in conn.execute("SELECT state, n, bytes FROM attachment_tally")}
    stored, stored_bytes = rows.get("stored", (0, 0))
    missing, skipped = rows.get("missing", (0, 0))[0], rows.get("skipped", (0, 0))[0]
    return AttachmentTally(stored + missing + skipped, stored, missing, skipped, stored_bytes)
