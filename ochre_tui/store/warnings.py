"""What the operator should know of single records: warnings, and contacts that were merged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warned:
    kind: str
    id: str
    text: str


def warn(conn: sqlite3.Connection, run: int, kind: str, warnings: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Replace the warnings on these records, as (id, sentences)."""
    for id_, texts in warnings:
        conn.execute("DELETE FROM warning WHERE kind = ? AND id = ?", (kind, id_))
        conn.executemany(
            "INSERT OR IGNORE INTO warning VALUES (?, ?, ?, ?)", [(run, kind, id_, text) for text in texts]
        )


def warnings(conn: sqlite3.Connection) -> list[Warned]:
    return [Warned(*row) for row in conn.execute("SELECT kind, id, text FROM warning ORDER BY kind, id, text")]


def merges(conn: sqlite3.Connection) -> Iterator[str]:
    """The reports (JSON) of all merges, by customer id."""
    for row in conn.execute("SELECT report FROM merge ORDER BY customer_id"):
        yield row[0]


def report_merge(conn: sqlite3.Connection, customer_id: str, report: str | None) -> None:
    """Keep the report (JSON) of the contacts that became this customer; None where it is a single one."""
    conn.execute("DELETE FROM merge WHERE customer_id = ?", (customer_id,))
    if report is not None:
        conn.execute("INSERT INTO merge VALUES (?, ?)", (customer_id, report))
