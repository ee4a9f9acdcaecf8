"""`state.db`: opening it, its transactions, and its small named values."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from ochre_tui.core.encryption import KEY_FILE, Seal, SealedKey, read_key
from ochre_tui.core.errors import OchreTuiError, StoreError, UsageError
from ochre_tui.core.exact_json import dumps, loads
from ochre_tui.core.failpoints import reach
from ochre_tui.core.files import disk_full, is_full, needing_room, refuse_foreign
from ochre_tui.core.sqlite import keep_copy, refuse_cut_off, refuse_damaged
from ochre_tui.store.schema import BULK, STEPS

_STEPS_TAKEN = "_sqlite_migrations"  # where sqlite-utils notes them
_NAME = "ochre-tui-state"
ENCRYPTED = "encrypted"
"""The value that says that there has to be a key."""


class Store:
    """One connection to a migration's `state.db`; each thread opens its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        refuse_foreign(path)
        with store_errors(path):
            _make_private(path)
            self.conn = sqlite3.connect(path)
            try:
                with _one_at_a_time(path.parent):
                    self._prepare()
            except BaseException:
                self.conn.close()
                raise

    def _prepare(self) -> None:
        conn = self.conn
        conn.execute("PRAGMA busy_timeout = 30000")
        refuse_cut_off(conn, self.path)
        taken = self._steps_taken()
        if conn.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA secure_delete = ON")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        if taken != STEPS.keys():
            from ochre_tui.store.migrations import take_steps  # here, so that looking on starts quickly

            if taken:
                keep_copy(conn, self.path, next(step for step in STEPS if step not in taken))
            with self.transaction():
                take_steps(conn, _NAME)

    def _steps_taken(self) -> set[str]:
        """The steps of the schema that the file has been through; one of another program or a later version is refused
        before anything is written."""
        tables = {row[0] for row in self.conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if not tables:
            return set()
        if _STEPS_TAKEN not in tables:
            raise StoreError(f"{self.path} is not a store of ochre-tui.", advice="Choose another --home or name.")
        rows = self.conn.execute(f"SELECT name FROM {_STEPS_TAKEN} WHERE migration_set = ?", (_NAME,))  # noqa: S608 - our own constant
        taken = {row[0] for row in rows}
        if taken - STEPS.keys():
            raise StoreError(
                f"{self.path} was made by a newer version of ochre-tui.",
                advice="Use that version or a later one; nothing was touched.",
            )
        return taken

    @cached_property
    def seal(self) -> Seal | None:
        """What the archive is encrypted with, None where it is not; LockedError where the passphrase is needed."""
        return None if self.key is None else self.key.seal

    @cached_property
    def key(self) -> SealedKey | None:
        """The key beside the store, where the archive is encrypted; StoreError where it is gone."""
        key = read_key(self.path.with_name(KEY_FILE))
        if key is None and self.get(ENCRYPTED):
            raise StoreError(
                f"{self.path.with_name(KEY_FILE)} is gone: the key of what is encrypted.",
                advice="Put it back from a backup. Without it nobody can read the archive and the attachments.",
            )
        return key

    def refuse_damaged(self) -> None:
        """Raise StoreError where the file is damaged; of a very large one the archive is not looked through."""
        with store_errors(self.path):
            refuse_damaged(self.conn, BULK)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; the connection to write on.

        It takes the right to write at its start: one that read first would be refused, not made to wait, when another
        process has written since.
        """
        conn = self.conn
        with store_errors(self.path):
            reach("store.begin")
            conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
                reach("store.commit")
                conn.execute("COMMIT")
            except BaseException:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                raise
            reach("store.committed")

    def get(self, key: str) -> Any:
        """The JSON value kept under `key`, or None."""
        row = self.conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else loads(row[0])

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON value under `key`."""
        text = dumps(value).decode()
        with self.transaction() as conn:
            conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, text))

    def shrink(self) -> None:
        """Give back the space of what was deleted, and leave no trace of it in the file or its log."""
        with store_errors(self.path):
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.conn.execute("VACUUM")
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
        if isinstance(error, sqlite3.Error) and (known := _known(self.path, error)) is not None:
            raise known from error


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors on `path` into ones that say what to do."""
    try:
        with needing_room(path.parent):
            yield
    except sqlite3.Error as error:
        known = _known(path, error)
        if known is None:
            raise
        raise known from error
    except OSError as error:
        raise UsageError(
            f"{path} can't be opened: {error.strerror}.", advice="Check the folder's owner and permissions."
        ) from error


def _known(path: Path, error: sqlite3.Error) -> OchreTuiError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and is_full(path.parent)):
        return disk_full(path.parent)
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return StoreError(
            f"{path} is damaged ({error}).",
            meaning="What is in the Ochre workspace is not affected.",
            advice="Restore it from a backup; or move it away, then `ochre-tui connect` and `ochre-tui run`: what is "
            "in Ochre is recognised, nothing is imported twice.",
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(
            f"{path} is kept locked by another program.",
            advice="Let the other program finish or end it, then run the same command again.",
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
        return UsageError(f"{path} can't be used ({error}).", advice="Check the disk and the folder's permissions.")
    return None


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep others from preparing the same store meanwhile: SQLite fails where two turn a file to its WAL mode."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _make_private(path: Path) -> None:
    """An empty file with mode 0600 at `path`, if there is none; SQLite gives its own files beside it the same mode."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
