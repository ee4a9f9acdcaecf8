"""Conversations and contacts that were imported and that Intercom has deleted since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

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


REASON: Final = "forgotten on request"


@dataclass(frozen=True, slots=True)
class Traces:
    """A person's contacts, customers (Ochre's ids), and the conversations in which they take part or wrote."""

    contacts: list[str]
    customers: list[str]
    conversations: list[str]


def traces(conn: sqlite3.Connection, listed: Iterable[str], seen: Iterable[str]) -> Traces:
    """What there is of the people behind these contacts, listed or only seen in conversations."""
    contacts = {*listed, *seen}
    customers = _column(conn, "SELECT DISTINCT customer_id FROM person WHERE contact_id IN ({})", contacts)
    contacts.update(_column(conn, "SELECT contact_id FROM person WHERE customer_id IN ({})", customers))
    there = "SELECT DISTINCT conversation_id FROM sighting WHERE kind = 'contact' AND person_id IN ({})"
    return Traces(sorted(contacts), sorted(customers), sorted(_column(conn, there, contacts)))


def contacts_with_key(conn: sqlite3.Connection, key: str) -> list[str]:
    """The listed contacts that have this key."""
    return [row[0] for row in conn.execute("SELECT contact_id FROM contact_key WHERE key = ?", (key,))]


def emails_seen(conn: sqlite3.Connection) -> Iterable[tuple[str, str]]:
    """(contact id, e-mail) of everybody that conversations name with an e-mail."""
    yield from conn.execute(
        "SELECT DISTINCT person_id, email FROM sighting WHERE kind = 'contact' AND email IS NOT NULL"
    )


def erase(conn: sqlite3.Connection, found: Traces, file_paths: Iterable[str], words: Sequence[str], at: int) -> None:
    """Take these people out of the store; `words` are what the event log must not hold of them."""
    _delete(conn, "archive WHERE kind = 'contact' AND id", found.contacts)
    _delete(conn, "archive WHERE kind = 'conversation' AND id", found.conversations)
    for place in ("contact WHERE id", "contact_key WHERE contact_id", "person WHERE contact_id"):
        _delete(conn, place, found.contacts)
    _delete(conn, "sighting WHERE kind = 'contact' AND person_id", found.contacts)
    for place in ("customer WHERE id", "merge WHERE customer_id", "warning WHERE kind = 'customers' AND id"):
        _delete(conn, place, found.customers)
    _delete(conn, "warning WHERE kind = 'conversations' AND id", found.conversations)
    _delete(conn, "file WHERE path", file_paths)
    _delete(conn, "event WHERE record", [*found.contacts, *found.customers, *found.conversations])
    conn.executemany("DELETE FROM event WHERE instr(lower(text), lower(?))", [(word,) for word in words])
    conn.executemany(
        "UPDATE conversation SET in_scope = 0, need = 0, got_parts = NULL, expected_parts = NULL WHERE id = ?",
        [(id_,) for id_ in found.conversations],
    )
    for kind, ids_ in (("contact", found.contacts), ("conversation", found.conversations)):
        conn.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?, ?)", [(kind, id_, at) for id_ in ids_])


def contacts(conn: sqlite3.Connection) -> frozenset[str]:
    """The contacts that no listing may take in again."""
    return frozenset(row[0] for row in conn.execute("SELECT id FROM forgotten WHERE kind = 'contact'"))


def conversations(conn: sqlite3.Connection) -> frozenset[str]:
    """The conversations that are not to be read again."""
    return frozenset(row[0] for row in conn.execute("SELECT id FROM forgotten WHERE kind = 'conversation'"))


def _column(conn: sqlite3.Connection, query: str, ids: Iterable[str]) -> set[str]:
    values = tuple(ids)
    return {row[0] for row in conn.execute(query.format(",".join("?" * len(values))), values)}


def _delete(conn: sqlite3.Connection, place: str, ids: Iterable[str]) -> None:
    conn.executemany(f"DELETE FROM {place} = ?", [(id_,) for id_ in ids])  # noqa: S608 - our own names
