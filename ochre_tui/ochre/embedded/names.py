"""What people are called in a workspace, by their ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_AT_ONCE = 500


def names(conn: sqlite3.Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these customers and users, else their e-mails; who has neither, or is not there, is left out."""
    wanted = sorted({one for one in ids if one})
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        for table in ("customers", "users"):
            query = f"SELECT id, coalesce(nullif(name, ''), email) FROM {table} WHERE id IN ({marks})"  # noqa: S608 - our own names
            found.update((id_, name) for id_, name in conn.execute(query, some) if name)
    return found
