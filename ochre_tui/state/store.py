"""`state.db`: opening it, its transactions, and its small named values."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import orjson
from sqlite_utils import Database

from ochre_tui.errors import DiskFullError, OchreTuiError, StoreError, UsageError
from ochre_tui.state.schema import migrations


class Store:
    """One connection to a migration's `state.db`; each thread opens its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with store_errors(path):
            _make_private(path)
            self.db = Database(path)
            self.conn.execute("PRAGMA busy_timeout = 30000")
            self.conn.execute("PRAGMA journal_mode = WAL")
            self.conn.execute("PRAGMA synchronous = FULL")
            self.conn.execute("PRAGMA foreign_keys = ON")
            self._bring_up_to_date()

    @property
    def conn(self) -> sqlite3.Connection:
        connection = self.db.conn
        if connection is None:
            raise StoreError("The store is closed.")
        return connection

    def _bring_up_to_date(self) -> None:
        ours = {migration.name for migration in migrations.pending(Database(memory=True))}
        if {migration.name for migration in migrations.applied(self.db)} - ours:
            raise UsageError(
                f"{self.path} was made by a newer version of ochre-tui.",
                advice="Use that version or a later one; nothing was touched.",
            )
        tables = set(self.db.table_names())
        if tables and migrations.migrations_table not in tables:
            raise StoreError(f"{self.path} is not a store of ochre-tui.", advice="Choose another --home or name.")
        if migrations.pending(self.db):
            migrations.apply(self.db)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; the connection to write on."""
        with store_errors(self.path), self.db.atomic():
            yield self.conn

    def get(self, key: str) -> Any:
        """The JSON value kept under `key`, or None."""
        row = self.conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON value under `key`."""
        text = orjson.dumps(value).decode()
        with self.transaction() as conn:
            conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, text))

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors on `path` into ones that say what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _explained(path, error) from error
    except OSError as error:
        raise UsageError(
            f"{path} can't be opened: {error.strerror}.", advice="Check the folder's owner and permissions."
        ) from error


def _explained(path: Path, error: sqlite3.DatabaseError) -> OchreTuiError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL") or "disk is full" in str(error):
        return DiskFullError(
            f"The disk is full: {path} can't grow.",
            meaning="What was committed is kept; nothing is half-written.",
            advice="Free some room and run again; it goes on from here.",
        )
    if name in {"SQLITE_NOTADB", "SQLITE_CORRUPT"} or name.startswith("SQLITE_CORRUPT"):
        return StoreError(
            f"{path} is damaged ({error}).",
            meaning="What is in the Ochre workspace is not affected.",
            advice="Restore the file from a backup, or move it away and run again: what is there is recognised.",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")):
        return UsageError(f"{path} can't be written ({error}).", advice="Check the disk and the folder's permissions.")
    return StoreError(f"{path}: {error}.", advice="Run again; if it stays, look into the log.")


def _make_private(path: Path) -> None:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
