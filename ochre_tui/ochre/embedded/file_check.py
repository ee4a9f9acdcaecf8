"""Whether the bytes of the files are what the attachments say."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

from ochre_tui.core.encryption import BrokenSealError
from ochre_tui.ochre.embedded.files import FileStore, is_sha256
from ochre_tui.ochre.target import FileDifference


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
    if not is_sha256(sha256) or not files.has(sha256):
        yield FileDifference(sha256, "missing", sha256, None, everyone)
        return
    actual, size = _hashed(files.chunks(sha256))
    if actual != sha256:
        yield FileDifference(sha256, "content", sha256, actual, everyone)
        return
    for wrong in sorted({told for _, told in referring if told != size}, key=str):
        ids = tuple(attachment for attachment, told in referring if told == wrong)
        yield FileDifference(sha256, "size", str(wrong), str(size), ids)


def _hashed(chunks: Iterator[bytes]) -> tuple[str | None, int]:
    """The hash and the number of these bytes; no hash where they are encrypted and damaged."""
    hashing, size = hashlib.sha256(), 0
    try:
        for chunk in chunks:
            hashing.update(chunk)
            size += len(chunk)
    except BrokenSealError:
        return None, size
    return hashing.hexdigest(), size
