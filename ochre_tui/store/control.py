"""What people ask of an import: kept for ever, taken by the process that imports."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["pause", "resume", "stop", "throttle"]

_COLUMNS = "id, at, who, action, value, reason, taken_at"


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asked for at `at` (unix seconds), and when the importer obeyed; `value` is a throttle's percent."""

    id: int
    at: int
    who: str
    action: Action
    value: int | None
    reason: str | None
    taken_at: int | None


def give(
    conn: sqlite3.Connection, at: int, who: str, action: Action, value: int | None = None, reason: str | None = None
) -> int:
    """Ask for something; the command's number."""
    row = conn.execute(
        "INSERT INTO command (at, who, action, value, reason) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (at, who, action, value, reason),
    ).fetchone()
    return int(row[0])


def after(conn: sqlite3.Connection, id_: int) -> list[Command]:
    """What was asked for since the given one, oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM command WHERE id > ? ORDER BY id", (id_,))  # noqa: S608 - constants
    return [Command(*row) for row in rows]


def last(conn: sqlite3.Connection) -> int:
    """The number of the latest command; 0 before the first."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM command").fetchone()[0])


def pace(conn: sqlite3.Connection) -> Command | None:
    """The throttle that holds: the latest one, until there is another."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM command WHERE action = 'throttle' ORDER BY id DESC LIMIT 1"  # noqa: S608 - constants
    ).fetchone()
    return None if row is None else Command(*row)


def take(conn: sqlite3.Connection, up_to: int, now: int) -> None:
    """Note that the commands up to this one were obeyed, or have nobody left who could."""
    conn.execute("UPDATE command SET taken_at = ? WHERE id <= ? AND taken_at IS NULL", (now, up_to))


def is_taken(conn: sqlite3.Connection, id_: int) -> bool:
    return conn.execute("SELECT taken_at FROM command WHERE id = ?", (id_,)).fetchone()[0] is not None
