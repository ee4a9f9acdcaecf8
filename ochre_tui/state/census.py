"""What a complete target has to hold, as the store knows it; for verification."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """A conversation's parts, as Intercom counts them and as it gave them out."""

    id: str
    expected_parts: int
    got_parts: int


@dataclass(frozen=True, slots=True)
class Undone:
    """A record that is not in the target as the source has it, and why."""

    kind: str
    id: str
    reason: str


def conversations(conn: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """(id, parts that Intercom gave out) of every conversation in scope that was imported."""
    yield from conn.execute("SELECT id, coalesce(got_parts, 0) FROM conversation WHERE in_scope = 1 AND got_parts >= 0")


def undone(conn: sqlite3.Connection) -> list[Undone]:
    """Conversations in scope of which the target lacks the latest version, or any.

    Not those that Intercom lists no more: the last complete listing tells.
    """
    rows = conn.execute(
        """SELECT 'conversations', c.id, coalesce(o.reason, 'not imported yet') FROM conversation c
        LEFT JOIN outcome o ON o.kind = 'conversations' AND o.id = c.id
        WHERE in_scope = 1 AND (got_parts IS NULL OR need = 2) AND coalesce(o.outcome, '') <> 'skipped'
            AND c.listed_run >= (SELECT coalesce(max(run), 0) FROM listing_window w
                WHERE NOT EXISTS (SELECT 1 FROM listing_window u WHERE u.run = w.run AND u.done = 0))
        ORDER BY c.id"""
    )
    return [Undone(*row) for row in rows]


def quarantined(conn: sqlite3.Connection) -> list[Undone]:
    """Records other than conversations that could not be imported."""
    rows = conn.execute(
        """SELECT kind, id, coalesce(reason, '') FROM outcome WHERE outcome = 'quarantined' AND kind <> 'conversations'
            AND (kind IN ('customers', 'companies') OR run = (SELECT max(id) FROM run)) ORDER BY kind, id"""
    )
    return [Undone(*row) for row in rows]


def saved_replies(conn: sqlite3.Connection) -> Iterator[str]:
    """The macro of every saved reply that was written."""
    for row in conn.execute(
        """SELECT id FROM outcome WHERE kind = 'saved_replies' AND outcome NOT IN ('skipped', 'quarantined')
        ORDER BY id"""
    ):
        yield row[0]


def incomplete(conn: sqlite3.Connection) -> list[Parts]:
    """Conversations of which Intercom gave out fewer parts than it counts."""
    rows = conn.execute(
        """SELECT id, expected_parts, got_parts FROM conversation
        WHERE in_scope = 1 AND got_parts < expected_parts ORDER BY id"""
    )
    return [Parts(*row) for row in rows]


def part_sums(conn: sqlite3.Connection) -> tuple[int, int]:
    """Parts of all imported conversations: as Intercom counts them, and as it gave them out."""
    row = conn.execute(
        """SELECT coalesce(sum(coalesce(expected_parts, got_parts)), 0), coalesce(sum(got_parts), 0)
        FROM conversation WHERE in_scope = 1 AND got_parts IS NOT NULL"""
    ).fetchone()
    return int(row[0]), int(row[1])


def customers(conn: sqlite3.Connection) -> Iterator[str]:
    """Every customer that was written and not left out since."""
    for row in conn.execute(
        """SELECT id FROM customer c WHERE EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'customers' AND o.id = c.id
            AND o.outcome NOT IN ('skipped', 'quarantined')) ORDER BY id"""
    ):
        yield row[0]


def companies(conn: sqlite3.Connection) -> Iterator[str]:
    """Every company that was written, by Intercom's id."""
    for row in conn.execute(
        """SELECT id FROM company c WHERE EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'companies' AND o.id = c.id
            AND o.outcome <> 'quarantined') ORDER BY id"""
    ):
        yield row[0]


def contacts(conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """(contact id, customer id) of everybody who is a customer that was written."""
    yield from conn.execute(
        """SELECT contact_id, customer_id FROM person p WHERE EXISTS (SELECT 1 FROM outcome o
            WHERE o.kind = 'customers' AND o.id = p.customer_id AND o.outcome NOT IN ('skipped', 'quarantined'))"""
    )
