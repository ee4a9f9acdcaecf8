"""What holds for both databases: how damage is found at the start, and the copy that is kept before they change."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path

from ochre_tui.core.failpoints import reach

CHECKED_WHOLE = 512 * 1024 * 1024
"""Up to this size a database is checked page by page at the start of each run: a second or two."""


def refuse_cut_off(conn: sqlite3.Connection, path: Path) -> None:
    """Raise what SQLite raises on a damaged file where the end of the one at `path` is missing.

    To be called before anything is written, which would fill the gap. While there is a write-ahead log, it may hold it.
    """
    with suppress(FileNotFoundError):  # whoever closes the database last takes the log away, at any moment
        if path.with_name(f"{path.name}-wal").stat().st_size:
            return
    (page_size,), (pages,) = (conn.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "page_count"))
    if path.stat().st_size < page_size * pages:
        raise _damage("its end is missing")


def refuse_damaged(conn: sqlite3.Connection, bulk: Collection[str], whole: int = CHECKED_WHOLE) -> None:
    """Raise what SQLite raises on a damaged file where this one is.

    Of a file larger than `whole` bytes, the tables in `bulk` are left out: their damage shows when they are read.
    """
    (page_size,), (pages,) = (conn.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "page_count"))
    tables = conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").fetchall()
    for (name,) in tables:
        if name in bulk and page_size * pages > whole:
            continue
        found = [line for (line,) in conn.execute(f"PRAGMA quick_check('{name}')") if not _false_alarm(line)]
        if found:
            raise _damage(found[0].splitlines()[-1])


def _damage(what: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _false_alarm(line: str) -> bool:
    # SQLite before 3.41 looks for null in the wrong column of a table without row ids.
    return line == "ok" or line.startswith("NULL value in ")


def keep_copy(conn: sqlite3.Connection, path: Path, step: str) -> None:
    """Keep the database as it is before it takes `step`, beside it and as private as it is."""
    copy = path.with_name(f"{path.name}.before-{step}")
    unfinished = copy.with_name(f".{copy.name}.partial")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(unfinished)) as target:
            conn.backup(target)
        reach("copy.replace")
        unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)
