"""What the next run has to read from Intercom once more, because verification found it damaged here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["conversation", "contact", "company", "file"]


def ask(conn: sqlite3.Connection, kind: Kind, ids: Iterable[str]) -> None:
    """Have these read again: records by Intercom's id, files by their SHA-256."""
    conn.executemany("INSERT OR IGNORE INTO reread VALUES (?, ?)", [(kind, id_) for id_ in ids])


def asked(conn: sqlite3.Connection, kind: Kind) -> list[str]:
    return [row[0] for row in conn.execute("SELECT id FROM reread WHERE kind = ? ORDER BY id", (kind,))]


def forget(conn: sqlite3.Connection) -> None:
    """Nothing is to be read again: it was seen to, or a new verification looks for itself."""
    conn.execute("DELETE FROM reread")
