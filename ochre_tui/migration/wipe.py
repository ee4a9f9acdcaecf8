"""Deleting what a migration has on this machine, so that nothing of it can be read back from the files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import size, timestamp
from ochre_tui.migration.audit.log import entries
from ochre_tui.migration.connection import forget
from ochre_tui.migration.session import Session

_BLOCK = 1024 * 1024
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a migration on this machine."""

    what: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was deleted, when (unix seconds) and by whom.

    `audit` is the hash of the last line of the audit log, which went with the rest; `elsewhere` the exports that the
    log names and that are still there.
    """

    name: str
    folder: Path
    at: int
    who: str
    items: list[Item]
    token_forgotten: bool
    audit: str | None
    elsewhere: list[str]


def contents(paths: MigrationPaths) -> list[Item]:
    """What there is, by kind."""
    inside = (
        ("what was read from Intercom (state.db)", _of_database(paths.state_db)),
        ("the Ochre workspace (workspace.db)", _of_database(paths.workspace / "workspace.db")),
        ("attachments", _all_in(paths.workspace / "attachments")),
        ("downloads that were not finished", _all_in(paths.spool)),
        ("reports", _all_in(paths.reports)),
        ("logs, the audit log too", _all_in(paths.logs)),
    )
    found = [(what, set(files)) for what, files in inside]
    rest = set(_all_in(paths.folder)).difference(*(files for _, files in found))
    return [_item(what, files) for what, files in [*found, ("the plan, and what else lies there", rest)] if files]


def wipe(session: Session) -> Receipt:
    """Empty and delete the migration's folder, and the token that the keyring has for it.

    Raises MigrationHeldError while a process works on it. An embedded workspace lies in the folder and goes with it.
    """
    paths = session.paths
    with session.lease():
        items = contents(paths)
        elsewhere = _exports(paths)
        last: str | None = None
        with suppress(OchreTuiError):  # a damaged store, or a full disk, takes no note, and is deleted all the same
            # Noted before it is done, as the log goes with the rest.
            last = session.audit("wipe", files=sum(i.files for i in items), bytes=sum(i.bytes for i in items))
        forgotten = forget(session)
        try:
            for database in _databases(paths):
                empty(database)
            shutil.rmtree(paths.folder)
            _sync(paths.folder.parent)
        except OSError as error:
            raise UsageError(
                f"{paths.folder} can't be deleted completely: {error.strerror}.",
                meaning="A part of the local data may be left.",
                advice="Check the folder's owner and permissions, then delete it again.",
            ) from error
    return Receipt(paths.name, paths.folder, int(session.now()), session.actor, items, forgotten, last, elsewhere)


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """The receipt, to be printed or read in the app."""
    yield "Receipt"
    yield f"  deleted    {clean_line(str(receipt.folder))} (migration {receipt.name})"
    yield f"  when       {timestamp(receipt.at)}"
    yield f"  by         {receipt.who}"
    yield from item_lines(receipt.items)
    yield f"  keyring    {'its token was deleted' if receipt.token_forgotten else 'had no token of it'}"
    yield f"  audit log  {receipt.audit or 'could not be written any more'} (hash of its last line)"
    for file in receipt.elsewhere:
        yield f"  left       {clean_line(file)}, an export"
    yield "The databases were overwritten first. Backups, snapshots and worn blocks of an SSD may still hold copies."


def item_lines(items: list[Item]) -> Iterator[str]:
    """What there is, and its sum."""
    total = Item("in all", sum(item.files for item in items), sum(item.bytes for item in items))
    for item in [*items, total]:
        yield f"  {item.files:>7,} files  {size(item.bytes):>10}  {item.what}"


def empty(database: Path) -> None:
    """Overwrite what a database holds, in its file and beside it; whole where SQLite can't."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # No journal from here on: it would be one more copy of everything.
            for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "secure_delete = ON", "foreign_keys = OFF"):
                conn.execute(f"PRAGMA {pragma}")
            _drop_all(conn)
            conn.execute("VACUUM")
    except sqlite3.Error:
        for path in (database, *(database.with_name(database.name + ending) for ending in _BESIDE)):
            if path.is_file():
                _overwrite(path)


def _drop_all(conn: sqlite3.Connection) -> None:
    # A virtual table takes the tables behind it along, so it goes first.
    for kind in ("sql LIKE 'CREATE VIRTUAL%'", "name NOT LIKE 'sqlite_%'"):
        names = conn.execute(f"SELECT name FROM sqlite_schema WHERE type = 'table' AND {kind}").fetchall()  # noqa: S608 - our own constants
        for (name,) in names:
            conn.execute(f'DROP TABLE IF EXISTS "{name}"')


def _overwrite(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        for start in range(0, size, _BLOCK):
            file.write(bytes(min(_BLOCK, size - start)))
        file.flush()
        os.fsync(file.fileno())


def _exports(paths: MigrationPaths) -> list[str]:
    files = dict.fromkeys(str(entry.facts.get("file")) for entry in entries(paths) if entry.what == "export")
    return [file for file in files if Path(file).exists()]


def _databases(paths: MigrationPaths) -> list[Path]:
    """Both, and the copies that were kept of them before they changed their form."""
    found = (path for folder in (paths.folder, paths.workspace) for path in folder.glob("*.db*"))
    return [path for path in found if path.is_file() and not path.name.endswith(_BESIDE)]


def _of_database(path: Path) -> list[Path]:
    return [file for file in path.parent.glob(f"{path.name}*") if file.is_file()]


def _all_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _item(what: str, files: set[Path]) -> Item:
    return Item(what, len(files), sum(path.lstat().st_size for path in files))


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
