"""Whether the bytes of the files are what the attachments say."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ochre_tui.ochre.files import FileStore, is_sha256
from ochre_tui.ochre.target import FileDifference

_AT_ONCE = 1 << 18


def contents(conn: sqlite3.Connection, after: str, limit: int) -> list[str]:
    """The SHA-256 of what stored attachments refer to, ascending, from after the given one."""
    query = "SELECT DISTINCT sha256 FROM attachments WHERE sha256 > ? AND state = 'stored' ORDER BY sha256 LIMIT ?"
    return [sha256 for (sha256,) in conn.execute(query, (after, limit))]


def attachments_of(conn: sqlite3.Connection, sha256: str) -> list[tuple[str, int | None]]:
    """Id and size of the stored attachments with this content."""
    return conn.execute(
        "SELECT id, size FROM attachments WHERE sha256 = ? AND state = 'stored' ORDER BY id", (sha256,)
    ).fetchall()


def differences(conn: sqlite3.Connection, files: FileStore, sha256: str) -> Iterator[FileDifference]:
    """Hash one file again and yield what differs."""
    referring = attachments_of(conn, sha256)
    everyone = tuple(attachment for attachment, _ in referring)
    hashed = _hashed(files.path(sha256)) if is_sha256(sha256) else None
    if hashed is None:
        yield FileDifference(sha256, "missing", sha256, None, everyone)
        return
    actual, size = hashed
    if actual != sha256:
        yield FileDifference(sha256, "content", sha256, actual, everyone)
        return
    for wrong in sorted({told for _, told in referring if told != size}, key=str):
        ids = tuple(attachment for attachment, told in referring if told == wrong)
        yield FileDifference(sha256, "size", str(wrong), str(size), ids)


def _hashed(path: Path) -> tuple[str, int] | None:
    """SHA-256 and size of a file; None where there is none."""
    if not path.is_file():
        return None
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while part := file.read(_AT_ONCE):
            digest.update(part)
            size += len(part)
    return digest.hexdigest(), size
