"""The event log: what happened in the runs, for the operator to read; the oldest go when there are too many."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["info", "warning", "error"]
Topic: TypeAlias = Literal["state", "phase", "limit", "pace", "quarantine", "file", "watch", "deleted"]

_COLUMNS = "id, at, level, topic, text, kind, record"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `at` (unix seconds); `kind` and `record` name what it happened to, if anything."""

    id: int
    at: int
    level: Level
    topic: Topic
    text: str
    kind: str | None = None
    record: str | None = None


def note(conn: sqlite3.Connection, at: int, level: Level, topic: Topic, text: str) -> None:
    conn.execute("INSERT INTO event (at, level, topic, text) VALUES (?, ?, ?, ?)", (at, level, topic, text))


def after(conn: sqlite3.Connection, id_: int, most: int) -> list[Event]:
    """The events after the given one, oldest first; of more than `most` the newest."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM event WHERE id > ? ORDER BY id DESC LIMIT ?", (id_, most))  # noqa: S608 - constants
    return [Event(*row) for row in rows][::-1]


def latest(conn: sqlite3.Connection, topic: Topic) -> Event | None:
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM event WHERE topic = ? ORDER BY id DESC LIMIT 1",  # noqa: S608 - constants
        (topic,),
    ).fetchone()
    return None if row is None else Event(*row)
