"""What this migration has put into the target, and forgetting it once it was taken out again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator


def conversations(conn: sqlite3.Connection) -> Iterator[str]:
    """Every conversation that was imported, by Intercom's id."""
    for row in conn.execute("SELECT id FROM conversation WHERE got_parts IS NOT NULL ORDER BY id"):
        yield row[0]


def customers(conn: sqlite3.Connection) -> Iterator[str]:
    """Every customer, by Ochre's id."""
    for row in conn.execute("SELECT id FROM customer ORDER BY id"):
        yield row[0]


def companies(conn: sqlite3.Connection) -> Iterator[str]:
    """Every company, by Intercom's id."""
    for row in conn.execute("SELECT id FROM company ORDER BY id"):
        yield row[0]


def saved_replies(conn: sqlite3.Connection) -> Iterator[str]:
    """The macro of every saved reply, by Intercom's id."""
    for row in conn.execute("SELECT id FROM outcome WHERE kind = 'saved_replies' ORDER BY id"):
        yield row[0]


def tags(conn: sqlite3.Connection) -> Iterator[str]:
    """Every tag, by Ochre's id."""
    for row in conn.execute("SELECT id FROM tag_record ORDER BY id"):
        yield row[0]


def forget(conn: sqlite3.Connection) -> None:
    """Nothing is in the target any more, as far as the store is concerned; what is archived stays."""
    for table in ("outcome", "tag_record", "attachment", "warning", "merge"):
        conn.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
