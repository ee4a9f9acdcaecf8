"""The embedded workspace: Ochre's records in a folder, as a target that needs no service."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ochre_tui.disk import needing_room
from ochre_tui.ochre import read, write
from ochre_tui.ochre.columns import CUSTOM_FIELDS, USERS, Table
from ochre_tui.ochre.database import open_database, reading, translated, writing
from ochre_tui.ochre.files import FileStore
from ochre_tui.ochre.records import Attachment, CustomField, Thread, User
from ochre_tui.ochre.target import Outcome, Record

DATABASE = "workspace.db"
BY_HAND = 0  # the `run` of what the operator enters: no import run has this number
R = TypeVar("R")


def open_workspace(folder: Path, slug: str, name: str) -> EmbeddedWorkspace:
    """The workspace in `folder`, made there (0700) with this slug and name if there is none.

    An existing one keeps its own slug and name. Raises StoreError when it is damaged, foreign or of a newer version.
    """
    database = open_database(folder / DATABASE)
    with translated(folder / DATABASE):
        database.conn.execute("INSERT OR IGNORE INTO workspace (one, name, slug) VALUES (1, ?, ?)", (name, slug))
        slug, name = database.conn.execute("SELECT slug, name FROM workspace").fetchone()
    return EmbeddedWorkspace(folder, slug, name, database.conn)


class EmbeddedWorkspace:
    """Fulfils `ochre.target.Target`; every thread opens its own."""

    def __init__(self, folder: Path, slug: str, name: str, conn: sqlite3.Connection) -> None:
        self.folder = folder
        self.slug = slug
        self.name = name
        self.conn = conn
        self.files = FileStore(folder / "attachments")

    def rename(self, name: str) -> None:
        """Give the workspace another name."""
        with self.known_failures(), writing(self.conn):
            self.conn.execute("UPDATE workspace SET name = ?", (name,))
        self.name = name

    def users(self) -> list[User]:
        """Every team record, by id."""
        return list(self.records(USERS))

    def custom_fields(self) -> list[CustomField]:
        """Every custom field, by id."""
        return list(self.records(CUSTOM_FIELDS))

    def put(self, run: int, records: Sequence[Record]) -> list[Outcome]:
        """Write `records` in one durable transaction; RecordError, and nothing written, when one can't be stored."""
        with self.known_failures(), writing(self.conn):
            return write.put_all(self.conn, run, records)

    def remove(self, records: Iterable[tuple[type[Record], str]]) -> None:
        """Take records out, with all that belongs to them; bytes of files stay until `check.sweep_files`."""
        with self.known_failures(), writing(self.conn):
            write.remove(self.conn, records)

    def has_file(self, sha256: str) -> bool:
        return self.files.has(sha256)

    def add_files(self, spooled: Sequence[tuple[Path, str]]) -> None:
        with needing_room(self.folder):
            self.files.add(spooled)

    def threads(self, after: str | None = None) -> Iterator[Thread]:
        with self.known_failures():
            yield from read.threads(self.conn, after or "")

    def thread(self, conversation_id: str) -> Thread | None:
        with self.known_failures():
            return read.thread(self.conn, conversation_id)

    def attachments(self) -> Iterator[Attachment]:
        """Every attachment, by ascending id."""
        with self.known_failures():
            yield from read.attachments(self.conn)

    def records(self, table: Table[R], after: str = "") -> Iterator[R]:
        """Every record of a table of `columns`, by ascending id."""
        with self.known_failures():
            yield from read.records(self.conn, table, after)

    def record(self, table: Table[R], record_id: str) -> R | None:
        with self.known_failures():
            return read.record(self.conn, table, record_id)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """The connection, seeing one state of the workspace for all reads inside."""
        with self.known_failures(), reading(self.conn):
            yield self.conn

    @contextmanager
    def known_failures(self) -> Iterator[None]:
        """Failures of SQLite inside, as errors that say what to do."""
        with translated(self.folder / DATABASE):
            yield

    def close(self) -> None:
        self.conn.close()
