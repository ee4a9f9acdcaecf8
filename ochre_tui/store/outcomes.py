"""What became of each record, and the counts of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["conversations", "customers", "companies", "tags", "saved_replies", "custom_fields", "users"]
Outcome: TypeAlias = Literal["created", "changed", "unchanged", "skipped", "quarantined"]

KINDS: tuple[Kind, ...] = (
    "conversations",
    "customers",
    "companies",
    "tags",
    "saved_replies",
    "custom_fields",
    "users",
)
OUTCOMES: tuple[Outcome, ...] = ("created", "changed", "unchanged", "skipped", "quarantined")

_RECORD = """
INSERT INTO outcome (kind, id, run, outcome, reason, attempts) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET run = excluded.run, outcome = excluded.outcome, reason = excluded.reason,
    attempts = CASE excluded.attempts WHEN 0 THEN 0 ELSE attempts + 1 END
"""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that could not be read, converted or written, and why."""

    kind: Kind
    id: str
    reason: str
    attempts: int


def record(conn: sqlite3.Connection, run: int, kind: Kind, outcomes: Iterable[tuple[str, Outcome, str | None]]) -> None:
    """Note (id, outcome, reason) of records of one kind in this run."""
    rows = [(kind, id_, run, outcome, reason, int(outcome == "quarantined")) for id_, outcome, reason in outcomes]
    conn.executemany(_RECORD, rows)


def skip_known(conn: sqlite3.Connection, run: int, kind: Kind, ids: Iterable[str], reason: str) -> None:
    """Note those of these records that are known as skipped."""
    conn.executemany(
        "UPDATE outcome SET run = ?, outcome = 'skipped', reason = ? WHERE kind = ? AND id = ?",
        [(run, reason, kind, id_) for id_ in ids],
    )


def forget(conn: sqlite3.Connection, kind: Kind, ids: Iterable[str]) -> None:
    """Drop records that are no longer anything: a customer that was merged into another."""
    conn.executemany("DELETE FROM outcome WHERE kind = ? AND id = ?", [(kind, id_) for id_ in ids])


def ids(conn: sqlite3.Connection, kind: Kind) -> set[str]:
    """Every record of a kind that is known."""
    return {row[0] for row in conn.execute("SELECT id FROM outcome WHERE kind = ?", (kind,))}


def counts(conn: sqlite3.Connection, run: int) -> dict[Kind, dict[str, int]]:
    """For each kind `found` and every outcome in this run; `found` is the sum of the others."""
    table: dict[Kind, dict[str, int]] = {kind: {"found": 0, **dict.fromkeys(OUTCOMES, 0)} for kind in KINDS}
    for kind, outcome, n in conn.execute("SELECT kind, outcome, n FROM tally WHERE run = ?", (run,)):
        table[kind][outcome] += n
        table[kind]["found"] += n
    return table


def reasons(conn: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
    """(kind, outcome, reason, how many) of all that was skipped or quarantined when it was last met."""
    return conn.execute(
        """SELECT kind, outcome, coalesce(reason, ''), count(*) FROM outcome
        WHERE outcome IN ('skipped', 'quarantined') GROUP BY 1, 2, 3 ORDER BY outcome, kind, 4 DESC, 3 LIMIT 200"""
    ).fetchall()


def quarantined(conn: sqlite3.Connection, run: int, most: int = -1) -> list[Quarantined]:
    """The records that this run left in quarantine; all of them, or the first `most`."""
    rows = conn.execute(
        """SELECT kind, id, reason, attempts FROM outcome WHERE outcome = 'quarantined' AND run = ?
        ORDER BY kind, id LIMIT ?""",
        (run, most),
    )
    return [Quarantined(kind, id_, reason or "", attempts) for kind, id_, reason, attempts in rows]
