"""Runs of the importer: their state, phase, checkpoints and pulse."""

from __future__ import annotations

import os
import socket
import sqlite3
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

RunState: TypeAlias = Literal["queued", "importing", "paused", "failed", "completed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run; times in unix seconds."""

    id: int
    state: RunState
    reason: str | None
    phase: str | None
    started_at: int
    ended_at: int | None
    pid: int
    host: str


_COLUMNS = "id, state, reason, phase, started_at, ended_at, pid, host"


def every(conn: sqlite3.Connection) -> list[Run]:
    """All runs, the first one first."""
    return [Run(*row) for row in conn.execute(f"SELECT {_COLUMNS} FROM run ORDER BY id")]  # noqa: S608 - a constant


def latest(conn: sqlite3.Connection) -> Run | None:
    row = conn.execute(f"SELECT {_COLUMNS} FROM run ORDER BY id DESC LIMIT 1").fetchone()  # noqa: S608 - a constant
    return None if row is None else Run(*row)


def begin(conn: sqlite3.Connection, now: int, number: int = 1) -> Run:
    """Take up the latest run where it was not completed, else begin a new one, numbered `number` or higher.

    A number made from the time keeps a store that begins anew from repeating those that the target knows.
    """
    last = latest(conn)
    me = (os.getpid(), socket.gethostname())
    if last is not None and last.state != "completed":
        conn.execute(
            "UPDATE run SET state = 'importing', reason = NULL, ended_at = NULL, pid = ?, host = ? WHERE id = ?",
            (*me, last.id),
        )
    else:
        conn.execute(
            "INSERT INTO run (id, state, started_at, pid, host) VALUES (?, 'importing', ?, ?, ?)",
            (max(number, last.id + 1 if last is not None else 1), now, *me),
        )
    begun = latest(conn)
    assert begun is not None
    return begun


def reopen(conn: sqlite3.Connection, reason: str) -> None:
    """Have the latest run taken up again, also where it was complete."""
    conn.execute(
        """UPDATE run SET state = 'paused', reason = ?
        WHERE state = 'completed' AND id = (SELECT max(id) FROM run)""",
        (reason,),
    )


def enter(conn: sqlite3.Connection, run: int, phase: str) -> None:
    conn.execute("UPDATE run SET phase = ? WHERE id = ?", (phase, run))


def go_on(conn: sqlite3.Connection, run: int) -> None:
    """The run is no longer paused."""
    conn.execute("UPDATE run SET state = 'importing', reason = NULL, ended_at = NULL WHERE id = ?", (run,))


def end(conn: sqlite3.Connection, run: int, state: RunState, reason: str | None, now: int) -> None:
    """The run has come to an end, or to a pause."""
    conn.execute("UPDATE run SET state = ?, reason = ?, ended_at = ? WHERE id = ?", (state, reason, now, run))


@dataclass(frozen=True, slots=True)
class Step:
    """How far a listing of this run has come."""

    done: bool
    cursor: str | None


def step(conn: sqlite3.Connection, run: int, name: str) -> Step:
    row = conn.execute("SELECT done, cursor FROM step WHERE run = ? AND name = ?", (run, name)).fetchone()
    return Step(False, None) if row is None else Step(bool(row[0]), row[1])


def checkpoint(conn: sqlite3.Connection, run: int, name: str, *, done: bool, cursor: str | None = None) -> None:
    conn.execute(
        "INSERT INTO step VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET done = excluded.done, cursor = excluded.cursor",
        (run, name, int(done), cursor),
    )


def beat(conn: sqlite3.Connection, at: int, value: dict[str, Any]) -> None:
    """Say that the importer lives, and how it does."""
    conn.execute(
        "INSERT INTO pulse VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, value = excluded.value",
        (at, orjson.dumps(value).decode()),
    )


def pulse(conn: sqlite3.Connection) -> tuple[int, dict[str, Any]] | None:
    row = conn.execute("SELECT at, value FROM pulse").fetchone()
    return None if row is None else (row[0], orjson.loads(row[1]))


def target_took(conn: sqlite3.Connection, writes: int) -> None:
    """Note how many writes the target has taken, so that it is noticed when some of them are lost."""
    conn.execute(
        "INSERT INTO meta VALUES ('target_writes', ?) ON CONFLICT DO UPDATE SET value = excluded.value", (str(writes),)
    )


def target_writes(conn: sqlite3.Connection) -> int:
    """How many writes the target had taken when that was noted last; 0 where it never was."""
    row = conn.execute("SELECT value FROM meta WHERE key = 'target_writes'").fetchone()
    return 0 if row is None else int(row[0])
