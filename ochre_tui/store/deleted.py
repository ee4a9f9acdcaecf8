"""Conversations and contacts that were imported and that Intercom has deleted since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

DeletedKind: TypeAlias = Literal["conversations", "contacts"]


@dataclass(frozen=True, slots=True)
class Deleted:
    """A record by Intercom's id, the run that found it deleted or took it out, and when it was found (unix seconds).

    `removed`: it was taken out of Ochre too, as the plan says; else it is there as it was read last.
    """

    kind: DeletedKind
    id: str
    run: int
    at: int
    removed: bool


def note(conn: sqlite3.Connection, run: int, at: int, kind: DeletedKind, ids: Iterable[str]) -> None:
    conn.executemany(
        "INSERT OR IGNORE INTO deleted (kind, id, run, at) VALUES (?, ?, ?, ?)", [(kind, id_, run, at) for id_ in ids]
    )


def forget_listed(conn: sqlite3.Connection, run: int) -> None:
    """What this run's listing shows is not deleted, or no longer."""
    for kind, table in (("conversations", "conversation"), ("contacts", "contact")):
        conn.execute(
            f"DELETE FROM deleted WHERE kind = ? AND id IN (SELECT id FROM {table} WHERE listed_run = ?)",  # noqa: S608 - constants
            (kind, run),
        )


def removed(conn: sqlite3.Connection, run: int, kind: DeletedKind, ids: Iterable[str]) -> None:
    """Note these as taken out of Ochre by this run."""
    conn.executemany(
        "UPDATE deleted SET removed = 1, run = ? WHERE kind = ? AND id = ?", [(run, kind, id_) for id_ in ids]
    )


def kept(conn: sqlite3.Connection, kind: DeletedKind) -> list[str]:
    """The ids of those that are in Ochre still."""
    rows = conn.execute("SELECT id FROM deleted WHERE kind = ? AND removed = 0 ORDER BY id", (kind,))
    return [row[0] for row in rows]


def all_deleted(conn: sqlite3.Connection, *, since_run: int = 0) -> list[Deleted]:
    """Every deleted record, or those that this run and later ones found or took out."""
    rows = conn.execute("SELECT kind, id, run, at, removed FROM deleted WHERE run >= ? ORDER BY kind, id", (since_run,))
    return [Deleted(kind, id_, run, at, bool(gone)) for kind, id_, run, at, gone in rows]
