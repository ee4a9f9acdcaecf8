"""Opening `workspace.db`, transactions on it, and what its failures mean."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from ochre_tui.core.errors import OchreTuiError, StoreError
from ochre_tui.core.failpoints import reach
from ochre_tui.core.files import disk_full, is_full, needing_room, refuse_foreign
from ochre_tui.core.sqlite import keep_copy, refuse_cut_off
from ochre_tui.ochre.embedded.schema import MIGRATIONS

_APPLICATION_ID = 0x4F636872  # "Ochr"
_BUSY_TIMEOUT_S = 30.0
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16000",
    "PRAGMA wal_autocheckpoint = 4000",
)


def private_folder(folder: Path) -> None:
    """Make `folder`, and those above it that are missing, for their owner alone (0700), whatever the umask."""
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o777 != 0o700:
        folder.chmod(0o700)


def open_database(path: Path) -> Database:
    """The workspace's database, made or brought to the present schema; StoreError when that can't be."""
    refuse_foreign(path)
    with translated(path), translated_os(path), _one_at_a_time(path.parent):
        _make_private_file(path)
        conn = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            return _prepared(conn, path)
        except BaseException:
            conn.close()
            raise


def _prepared(conn: sqlite3.Connection, path: Path) -> Database:
    db = Database(conn, execute_plugins=False)
    refuse_cut_off(conn, path)
    _refuse_foreign(conn, path)
    if db.journal_mode != "wal":
        conn.execute("PRAGMA journal_mode = WAL")
    for pragma in _PRAGMAS:
        conn.execute(pragma)
    _refuse_newer(db, path)
    pending = MIGRATIONS.pending(db)
    if pending:
        if MIGRATIONS.applied(db):
            keep_copy(conn, path, pending[0].name)
        with writing(conn):
            conn.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            MIGRATIONS.apply(db)
    return db


@contextmanager
def writing(conn: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: all of it or nothing."""
    reach("target.begin")
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        _count_write(conn)
        reach("target.commit")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    reach("target.committed")


def writes(conn: sqlite3.Connection) -> int:
    """How many transactions have been written."""
    (number,) = conn.execute("PRAGMA user_version").fetchone()
    return int(number)


def _count_write(conn: sqlite3.Connection) -> None:
    conn.execute(f"PRAGMA user_version = {(writes(conn) + 1) % 2**31}")


@contextmanager
def trying(conn: sqlite3.Connection) -> Iterator[None]:
    """A write transaction that is taken back."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")


@contextmanager
def reading(conn: sqlite3.Connection) -> Iterator[None]:
    """One state of the database for all reads inside, whatever others write meanwhile."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Failures of SQLite on `path` as failures that the operator can act on."""
    try:
        yield
    except sqlite3.Error as error:
        known = _known(error, path)
        if known is None:
            raise
        raise known from error


@contextmanager
def translated_os(path: Path) -> Iterator[None]:
    """Failures of the file system at `path` as failures that the operator can act on."""
    try:
        with needing_room(path.parent):
            yield
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _known(error: sqlite3.Error, path: Path) -> OchreTuiError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreError(
            f"{path.name} is damaged: {error}",
            meaning="The workspace can't be read; Intercom and the files beside it are not affected.",
            advice=f"Put {path} back from a backup, or move its folder away and run the import again.",
        )
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and is_full(path.parent)):
        return disk_full(path.parent)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(
            f"{path.name} is kept locked by another program",
            advice="Let the other program finish or end it, then run the same command again.",
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
        return _unusable(path, str(error))
    return None


def _unusable(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"{path} can't be used: {reason}",
        advice=f"Check that {path.parent} is a folder you may write to, on a healthy disk with room.",
    )


def _refuse_foreign(conn: sqlite3.Connection, path: Path) -> None:
    (application_id,) = conn.execute("PRAGMA application_id").fetchone()
    (tables,) = conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application_id != _APPLICATION_ID:
        raise StoreError(
            f"{path.name} is a database, but not an Ochre workspace",
            advice=f"Move {path} away, or choose another folder.",
        )


def _refuse_newer(db: Database, path: Path) -> None:
    known = {migration.name for migration in MIGRATIONS.pending(db)} | {step.name for step in MIGRATIONS.applied(db)}
    ours = {step.name for step in MIGRATIONS.pending(Database(memory=True, execute_plugins=False))}
    if known - ours:
        raise StoreError(
            f"{path.name} was made by a newer version of ochre-tui",
            advice="Use that version, or a newer one.",
        )


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep other threads and processes from making the same database at the same moment."""
    private_folder(folder)
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _make_private_file(path: Path) -> None:
    """An empty file with mode 0600 at `path`, if there is none; SQLite gives its own files the same mode."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    if path.stat().st_mode & 0o777 != 0o600:
        path.chmod(0o600)
