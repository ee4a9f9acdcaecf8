"""Tags that Intercom lists, and those that only old records still carry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping


def take(conn: sqlite3.Connection, run: int, names: Mapping[str, str]) -> None:
    """Take the listed tags in, by Intercom id; one that is listed no more keeps its name."""
    conn.executemany(
        """INSERT INTO tag VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, listed_run = excluded.listed_run""",
        [(id_, name, run) for id_, name in names.items()],
    )


def see(conn: sqlite3.Connection, names: Iterable[tuple[str, str]]) -> None:
    """Take in tags that a record carries; the first name by the alphabet stays, so that no order matters."""
    conn.executemany(
        """INSERT INTO tag VALUES (?, ?, NULL)
        ON CONFLICT (id) DO UPDATE SET name = min(name, excluded.name) WHERE listed_run IS NULL""",
        names,
    )


def all_names(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    return conn.execute("SELECT id, name FROM tag ORDER BY id").fetchall()


def replace_records(conn: sqlite3.Connection, ids: Iterable[str]) -> list[str]:
    """Keep the ids of the tags that are in the target; the ids that were there before and are no longer."""
    now = set(ids)
    gone = [row[0] for row in conn.execute("SELECT id FROM tag_record") if row[0] not in now]
    conn.executemany("DELETE FROM tag_record WHERE id = ?", [(id_,) for id_ in gone])
    conn.executemany("INSERT OR IGNORE INTO tag_record VALUES (?)", [(id_,) for id_ in now])
    return gone
