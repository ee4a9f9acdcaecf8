"""What the operator has looked at and ticked off, and when (unix seconds)."""

from __future__ import annotations

import sqlite3

_IMPORTED = """FROM conversation WHERE in_scope = 1 AND got_parts IS NOT NULL
    AND (:all OR id NOT IN (SELECT id FROM spot_check))"""


def looked_at(conn: sqlite3.Connection) -> dict[str, int]:
    """The conversations, by Intercom's id, that were marked as looked at."""
    return dict(conn.execute("SELECT id, at FROM spot_check ORDER BY at, id"))


def mark_looked_at(conn: sqlite3.Connection, id_: str, at: int | None) -> None:
    """Mark a conversation as looked at; None takes the mark away."""
    conn.execute("DELETE FROM spot_check WHERE id = ?", (id_,))
    if at is not None:
        conn.execute("INSERT INTO spot_check VALUES (?, ?)", (id_, at))


def imported(conn: sqlite3.Connection, *, unseen: bool) -> int:
    """How many conversations were imported; `unseen`: and not looked at."""
    return int(conn.execute(f"SELECT count(*) {_IMPORTED}", {"all": not unseen}).fetchone()[0])


def nth_imported(conn: sqlite3.Connection, number: int, *, unseen: bool) -> str:
    """Intercom's id of one of them, counted from 0."""
    query = f"SELECT id {_IMPORTED} ORDER BY id LIMIT 1 OFFSET :number"
    return str(conn.execute(query, {"all": not unseen, "number": number}).fetchone()[0])


def ticked(conn: sqlite3.Connection) -> dict[str, int]:
    """The items of the check-lists that are done."""
    return dict(conn.execute("SELECT item, at FROM checklist ORDER BY at, item"))


def tick(conn: sqlite3.Connection, item: str, at: int | None) -> None:
    """Note an item as done; None takes that back."""
    conn.execute("DELETE FROM checklist WHERE item = ?", (item,))
    if at is not None:
        conn.execute("INSERT INTO checklist VALUES (?, ?)", (item, at))


def findings(conn: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
    """What was looked up about the items: (item, state, evidence, when)."""
    return conn.execute("SELECT item, state, evidence, at FROM finding ORDER BY item").fetchall()


def keep_finding(conn: sqlite3.Connection, item: str, state: str, evidence: str, at: int) -> None:
    """Keep what was looked up about an item, in place of what was before."""
    conn.execute("INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?)", (item, state, evidence, at))
