"""The embedded workspace: Ochre's records in a folder, as a target that needs no service."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from ochre_tui.core.encryption import KEY_FILE, Spooling, read_key
from ochre_tui.core.errors import RecordError
from ochre_tui.core.files import needing_room
from ochre_tui.core.sqlite import refuse_damaged
from ochre_tui.core.wording import timestamp
from ochre_tui.ochre.columns import CUSTOM_FIELDS, USERS, Table
from ochre_tui.ochre.embedded import database, files, reads, search_index, writes
from ochre_tui.ochre.embedded.database import open_database, reading, translated, trying, writing
from ochre_tui.ochre.embedded.export import export_zip
from ochre_tui.ochre.embedded.files import FileStore
from ochre_tui.ochre.embedded.schema import BULK
from ochre_tui.ochre.embedded.search import search_customers
from ochre_tui.ochre.records import AliasKind, Attachment, CustomField, Thread, User
from ochre_tui.ochre.target import FileDifference, Hit, Outcome, Record

DATABASE = "workspace.db"
BY_HAND = 0  # the `run` of what the operator enters: no import run has this number
_FILES_AT_ONCE = 500
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
        self.files = FileStore(folder / "attachments", read_key(folder.with_name(KEY_FILE)))
        self._database = folder / DATABASE

    @property
    def largest_file(self) -> None:
        return None

    def rename(self, name: str) -> None:
        """Give the workspace another name."""
        with self.known_failures(), writing(self.conn):
            self.conn.execute("UPDATE workspace SET name = ?", (name,))
        self.name = name

    @property
    def id(self) -> str:
        """What tells this workspace from every other."""
        with self.known_failures():
            return str(self.conn.execute("SELECT id FROM identity").fetchone()[0])

    def refuse_damaged(self) -> None:
        with self.known_failures():
            refuse_damaged(self.conn, BULK)

    def writes(self) -> int:
        with self.known_failures():
            return database.writes(self.conn)

    def users(self) -> list[User]:
        """Every team record, by id."""
        return list(self.records(USERS))

    def custom_fields(self) -> list[CustomField]:
        """Every custom field, by id."""
        return list(self.records(CUSTOM_FIELDS))

    def put(self, run: int, records: Sequence[Record]) -> list[Outcome]:
        """Write `records` in one durable transaction; RecordError, and nothing written, when one can't be stored."""
        with self.known_failures(), writing(self.conn):
            return writes.put_all(self.conn, run, records)

    def unfit(self, records: Sequence[Record]) -> dict[int, RecordError]:
        """Which of `records` can't be stored, by their place among them; nothing is written."""
        with self.known_failures(), trying(self.conn):
            return writes.unfit(self.conn, records)

    def remove(self, records: Iterable[tuple[type[Record], str]]) -> None:
        """Take records out, with all that belongs to them; bytes of files stay until `sweep`."""
        with self.known_failures(), writing(self.conn):
            writes.remove(self.conn, records)

    def rewrite(self, run: int, records: Sequence[Record]) -> None:
        with self.known_failures(), writing(self.conn):
            writes.rewrite(self.conn, run, records)

    def edited(self, records: Iterable[tuple[type[Record], str]], now: int) -> dict[str, bool]:
        with self.known_failures(), writing(self.conn):
            return writes.edited(self.conn, records, now)

    @property
    def spooling(self) -> Spooling:
        return self.files.spooling

    def has_file(self, sha256: str) -> bool:
        return self.files.has(sha256)

    def add_files(self, spooled: Sequence[tuple[Path, str]]) -> None:
        with needing_room(self.folder):
            self.files.add(spooled)

    def sweep(self) -> int:
        with self.known_failures():
            with writing(self.conn):
                search_index.drop_removed(self.conn)
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            used = self.conn.execute("SELECT DISTINCT sha256 FROM attachments WHERE state = 'stored'").fetchall()
        return self.files.keep_only({sha256 for (sha256,) in used})

    def discard_file(self, sha256: str) -> None:
        self.files.discard(sha256)

    def state(self) -> str:
        files = (self._database, self._database.with_name(f"{DATABASE}-wal"))
        there = [file.stat() for file in files if file.exists()]
        return repr([(found.st_size, found.st_mtime_ns) for found in there if found.st_size])

    def threads(self, after: str | None = None) -> Iterator[Thread]:
        with self.known_failures():
            yield from reads.threads(self.conn, after or "")

    def thread(self, conversation_id: str) -> Thread | None:
        with self.known_failures():
            return reads.thread(self.conn, conversation_id)

    def attachments(self, after: str = "") -> Iterator[Attachment]:
        """Every attachment, by ascending id."""
        with self.known_failures():
            yield from reads.attachments(self.conn, after)

    def records(self, table: Table[R], after: str = "") -> Iterator[R]:
        """Every record of a table of `columns`, by ascending id."""
        with self.known_failures():
            yield from reads.records(self.conn, table, after)

    def record(self, table: Table[R], record_id: str) -> R | None:
        with self.known_failures():
            return reads.record(self.conn, table, record_id)

    def behind_alias(self, kind: AliasKind, value: str) -> str | None:
        with self.known_failures():
            return reads.behind_alias(self.conn, kind, value)

    def file_differences(self) -> Iterator[FileDifference]:
        after = ""
        while contents := self.file_contents(after, _FILES_AT_ONCE):
            for sha256 in contents:
                yield from self.differences_of(sha256)
            after = contents[-1]

    def file_contents(self, after: str, limit: int) -> list[str]:
        """The SHA-256 of what stored attachments refer to, ascending, from after the given one."""
        with self.known_failures():
            return files.contents(self.conn, after, limit)

    def differences_of(self, sha256: str) -> list[FileDifference]:
        """Hash one file again: what differs."""
        with self.known_failures():
            return list(files.differences(self.conn, self.files, sha256))

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        """Customers by name (beginnings of words, typos), e-mail, alias, external id, phone, company or Intercom id."""
        with self.snapshot() as conn:
            return search_customers(conn, text, limit)

    def export(self, out: Path, *, exported_at: int, tool_version: str, migration: str) -> None:
        head = {
            "name": self.name,
            "slug": self.slug,
            "exported_at": timestamp(exported_at),
            "tool_version": tool_version,
            "migration": migration,
        }
        with self.snapshot() as conn:
            export_zip(conn, self.files, head, out)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """The connection, seeing one state of the workspace for all reads inside."""
        with self.known_failures(), reading(self.conn):
            yield self.conn

    def known_failures(self) -> AbstractContextManager[None]:
        """Failures of SQLite inside, as errors that say what to do."""
        return translated(self._database)

    def close(self) -> None:
        self.conn.close()
