"""Whether a workspace is whole: its database, and the bytes of its files."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ochre_tui.ochre.workspace import EmbeddedWorkspace

_PAGE = 500


@dataclass(frozen=True, slots=True)
class FileDifference:
    """Stored bytes that are not what the attachments say; `expected` and `actual` are SHA-256 or sizes in bytes."""

    sha256: str
    problem: Literal["missing", "content", "size"]
    expected: str
    actual: str | None
    attachment_ids: tuple[str, ...]


def check_database(workspace: EmbeddedWorkspace) -> list[str]:
    """What is wrong inside `workspace.db`, nothing if it is whole; reads all of it."""
    try:
        found = [str(row[0]) for row in workspace.conn.execute("PRAGMA integrity_check")]
        dangling = workspace.conn.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [line for line in found if line != "ok"] + [
        f"{table}: row {row} has no parent" for table, row, *_ in dangling
    ]


def verify_files(workspace: EmbeddedWorkspace) -> Iterator[FileDifference]:
    """Hash every stored file again and yield what differs, by ascending SHA-256."""
    after = ""
    while contents := _contents(workspace, after):
        for sha256 in contents:
            yield from _differences(workspace, sha256)
        after = contents[-1]


def sweep_files(workspace: EmbeddedWorkspace) -> int:
    """Delete the bytes that no attachment refers to, and give their number; only while nothing is imported."""
    workspace.files.discard_half_copied()
    unused = 0
    for sha256 in workspace.files.stored():
        if not _attachments_of(workspace, sha256):
            workspace.files.discard(sha256)
            unused += 1
    return unused


def _contents(workspace: EmbeddedWorkspace, after: str) -> list[str]:
    query = "SELECT DISTINCT sha256 FROM attachments WHERE sha256 > ? AND state = 'stored' ORDER BY sha256 LIMIT ?"
    with workspace.known_failures():
        return [sha256 for (sha256,) in workspace.conn.execute(query, (after, _PAGE))]


def _attachments_of(workspace: EmbeddedWorkspace, sha256: str) -> list[tuple[str, int | None]]:
    with workspace.known_failures():
        return workspace.conn.execute(
            "SELECT id, size FROM attachments WHERE sha256 = ? AND state = 'stored' ORDER BY id", (sha256,)
        ).fetchall()


def _differences(workspace: EmbeddedWorkspace, sha256: str) -> Iterator[FileDifference]:
    referring = _attachments_of(workspace, sha256)
    everyone = tuple(attachment for attachment, _ in referring)
    path = workspace.files.path(sha256)
    if not path.is_file():
        yield FileDifference(sha256, "missing", sha256, None, everyone)
        return
    actual, size = _hashed(path)
    if actual != sha256:
        yield FileDifference(sha256, "content", sha256, actual, everyone)
        return
    for wrong in sorted({told for _, told in referring if told != size}, key=str):
        ids = tuple(attachment for attachment, told in referring if told == wrong)
        yield FileDifference(sha256, "size", str(wrong), str(size), ids)


def _hashed(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
