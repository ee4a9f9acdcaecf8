"""Contacts, the customers they become, and the people that only conversations know."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Origin: TypeAlias = Literal["listed", "merged", "placeholder"]
PersonKind: TypeAlias = Literal["contact", "admin", "assignee"]

_TALKS = """EXISTS (SELECT 1 FROM person p JOIN sighting s ON s.kind = 'contact' AND s.person_id = p.contact_id
    WHERE p.customer_id = c.id)"""
_NOT_MET = """NOT EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'customers' AND o.id = c.id AND o.run = ?1)"""
_NOTE = """INSERT INTO outcome (kind, id, run, outcome, reason)
    SELECT 'customers', id, ?1, {outcome}, {reason} FROM customer c WHERE {condition} AND {not_met}
    ON CONFLICT (kind, id) DO UPDATE SET run = excluded.run, outcome = excluded.outcome, reason = excluded.reason"""
_LONGEST_CHAIN = 50
_NEXT_IN_CHAIN = """UPDATE merged_contact SET contact_id = next.contact_id FROM merged_contact next
    WHERE next.source_id = merged_contact.contact_id AND next.contact_id <> merged_contact.source_id"""
_TO_DO = """SELECT id FROM customer c WHERE need > 0 AND id > ?
    AND EXISTS (SELECT 1 FROM person WHERE customer_id = c.id)"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One appearance of a person in a conversation.

    `used` is what the conversion took for them: a contact's customer id, an assignee's e-mail. Of contacts and admins
    that Intercom lists no more than one appearance in a conversation is kept, of the others all.
    """

    kind: PersonKind
    person_id: str
    conversation_id: str
    at: int | None
    position: int
    role: str | None
    name: str | None
    email: str | None
    used: str | None


def contact_digests(conn: sqlite3.Connection, ids: Sequence[str]) -> dict[str, bytes]:
    """The digests of those of these contacts that are known."""
    marks = ",".join("?" * len(ids))
    return dict(conn.execute(f"SELECT id, digest FROM contact WHERE id IN ({marks})", tuple(ids)))  # noqa: S608


def take_contact(conn: sqlite3.Connection, run: int, id_: str, digest: bytes, keys: Iterable[str]) -> None:
    """A contact that is new or has changed: keep its keys and mark its customer."""
    conn.execute(
        """INSERT INTO contact VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, listed_run = excluded.listed_run""",
        (id_, digest, run),
    )
    conn.execute("DELETE FROM contact_key WHERE contact_id = ?", (id_,))
    conn.executemany("INSERT OR IGNORE INTO contact_key VALUES (?, ?)", [(key, id_) for key in keys])
    conn.execute(
        "UPDATE customer SET need = 1 WHERE id = (SELECT customer_id FROM person WHERE contact_id = ?)", (id_,)
    )


def merged_into(conn: sqlite3.Connection, id_: str, merged_ids: Iterable[str]) -> None:
    """Contacts that Intercom says were merged into this one; they are nobody of their own any more, for good."""
    conn.executemany(
        "INSERT OR REPLACE INTO merged_contact VALUES (?, ?)", [(merged, id_) for merged in merged_ids if merged != id_]
    )


def _follow_chains(conn: sqlite3.Connection) -> None:
    """Let those that were merged into a contact which was merged itself lead to the last one."""
    for _ in range(_LONGEST_CHAIN):
        if not conn.execute(_NEXT_IN_CHAIN).rowcount:
            return


def drop_merged(conn: sqlite3.Connection) -> None:
    """Contacts that were listed once and have been merged into another since, perhaps into one that was merged too."""
    _follow_chains(conn)
    gone = conn.execute("SELECT id FROM contact JOIN merged_contact ON source_id = id").fetchall()
    conn.executemany("DELETE FROM contact_key WHERE contact_id = ?", gone)
    conn.executemany("DELETE FROM contact WHERE id = ?", gone)


def merged_ids(conn: sqlite3.Connection, contact_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(merged id, id it became) for these contacts."""
    marks = ",".join("?" * len(contact_ids))
    query = f"SELECT source_id, contact_id FROM merged_contact WHERE contact_id IN ({marks})"  # noqa: S608
    return conn.execute(query, tuple(contact_ids)).fetchall()


def still_listed(conn: sqlite3.Connection, run: int, ids: Iterable[str]) -> None:
    conn.executemany("UPDATE contact SET listed_run = ? WHERE id = ?", [(run, id_) for id_ in ids])


def vanished(conn: sqlite3.Connection, run: int) -> list[str]:
    """Contacts that this run's listing does not show any more and that are not known as deleted or merged."""
    rows = conn.execute(
        """SELECT id FROM contact c WHERE listed_run < ?
            AND NOT EXISTS (SELECT 1 FROM merged_contact m WHERE m.source_id = c.id)
            AND NOT EXISTS (SELECT 1 FROM deleted d WHERE d.kind = 'contacts' AND d.id = c.id) ORDER BY id""",
        (run,),
    )
    return [row[0] for row in rows]


def is_contact(conn: sqlite3.Connection, id_: str) -> bool:
    """Whether this contact was listed once and is nobody else by now."""
    return conn.execute("SELECT 1 FROM contact WHERE id = ?", (id_,)).fetchone() is not None


def drop_contacts(conn: sqlite3.Connection, ids: Sequence[str]) -> list[str]:
    """Forget contacts and those that were merged into them, as if they had never been listed; all that were forgotten.

    A customer that nobody is any more stays marked as a placeholder's, until somebody is it or it is removed.
    """
    _follow_chains(conn)
    everybody = sorted({*ids, *(merged for id_ in ids for merged, _ in merged_ids(conn, [id_]))})
    for id_ in everybody:
        customer = conn.execute("DELETE FROM person WHERE contact_id = ? RETURNING customer_id", (id_,)).fetchone()
        conn.execute("DELETE FROM contact_key WHERE contact_id = ?", (id_,))
        conn.execute("DELETE FROM merged_contact WHERE contact_id = ?", (id_,))
        conn.execute("DELETE FROM contact WHERE id = ?", (id_,))
        if customer is not None:
            conn.execute(
                """UPDATE customer SET need = 1, placeholder = NOT EXISTS (
                    SELECT 1 FROM person WHERE customer_id = customer.id AND origin <> 'placeholder') WHERE id = ?""",
                customer,
            )
    return everybody


def drop_unseen(conn: sqlite3.Connection) -> None:
    """Forget the placeholders of people that no conversation names any more."""
    conn.execute(
        """DELETE FROM person WHERE origin = 'placeholder' AND NOT EXISTS (
            SELECT 1 FROM sighting s WHERE s.kind = 'contact' AND s.person_id = person.contact_id)"""
    )


def conversations_of(conn: sqlite3.Connection, customer_id: str, limit: int) -> list[str]:
    """The conversations that were imported of a customer, by Intercom's id, the latest update first."""
    rows = conn.execute(
        """SELECT c.id FROM conversation c WHERE c.got_parts IS NOT NULL AND c.id IN (
            SELECT s.conversation_id FROM person p JOIN sighting s ON s.kind = 'contact' AND s.person_id = p.contact_id
            WHERE p.customer_id = ?) ORDER BY c.updated_at DESC, c.id DESC LIMIT ?""",
        (customer_id, limit),
    )
    return [row[0] for row in rows]


def contacts_read(conn: sqlite3.Connection, run: int) -> int:
    return int(conn.execute("SELECT count(*) FROM contact WHERE listed_run = ?", (run,)).fetchone()[0])


def count_contacts(conn: sqlite3.Connection, run: int) -> tuple[int, int, int]:
    """Contacts read in this run, those that share another one's customer, and placeholders; walks whole tables."""
    listed, customers = conn.execute(
        "SELECT count(*), count(DISTINCT customer_id) FROM person WHERE origin = 'listed'"
    ).fetchone()
    placeholders = conn.execute("SELECT count(*) FROM customer WHERE placeholder = 1").fetchone()[0]
    return contacts_read(conn, run), listed - customers, placeholders


def shared_keys(conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """(contact id, key) for every key that more than one contact has."""
    yield from conn.execute(
        """SELECT contact_id, key FROM contact_key
        WHERE key IN (SELECT key FROM contact_key GROUP BY key HAVING count(*) > 1) ORDER BY key, contact_id"""
    )


def contact_ids(conn: sqlite3.Connection, after: str, limit: int) -> list[str]:
    rows = conn.execute("SELECT id FROM contact WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
    return [row[0] for row in rows]


def contact_by_key(conn: sqlite3.Connection, key: str) -> str | None:
    """A listed contact with this key (the lowest id), or None."""
    row = conn.execute("SELECT min(contact_id) FROM contact_key WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def assign(conn: sqlite3.Connection, members: Iterable[tuple[str, str, Origin]]) -> int:
    """Say which customer each contact is, as (contact id, customer id, origin); how many moved.

    Both the old and the new customer of one that moved are marked to be written again.
    """
    moved = 0
    for contact_id, customer_id, origin in members:
        row = conn.execute("SELECT customer_id, origin FROM person WHERE contact_id = ?", (contact_id,)).fetchone()
        if row == (customer_id, origin):
            continue
        moved += 1
        conn.execute(
            """INSERT INTO person VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET customer_id = excluded.customer_id, origin = excluded.origin""",
            (contact_id, customer_id, origin),
        )
        conn.execute(
            """INSERT INTO customer VALUES (?, 1, ?)
            ON CONFLICT (id) DO UPDATE SET need = 1, placeholder = min(placeholder, excluded.placeholder)""",
            (customer_id, int(origin == "placeholder")),
        )
        if row is not None:
            conn.execute("UPDATE customer SET need = 1 WHERE id = ?", (row[0],))
    return moved


def customer_ids(conn: sqlite3.Connection, contact_ids: Sequence[str]) -> dict[str, tuple[str, Origin]]:
    """(customer id, origin) of each of these contacts that is somebody."""
    marks = ",".join("?" * len(contact_ids))
    query = f"SELECT contact_id, customer_id, origin FROM person WHERE contact_id IN ({marks})"  # noqa: S608
    return {row[0]: (row[1], row[2]) for row in conn.execute(query, tuple(contact_ids))}


def members(conn: sqlite3.Connection, customer_id: str) -> list[tuple[str, Origin]]:
    """(contact id, origin) of everybody who is this customer."""
    return conn.execute(
        "SELECT contact_id, origin FROM person WHERE customer_id = ? ORDER BY contact_id", (customer_id,)
    ).fetchall()


def customers_to_do(conn: sqlite3.Connection, after: str, limit: int) -> list[str]:
    """Customers to be converted and written, by id from after the given one."""
    rows = conn.execute(f"{_TO_DO} ORDER BY id LIMIT ?", (after, limit))
    return [row[0] for row in rows]


def talking_customers_to_do(conn: sqlite3.Connection, after: str, limit: int) -> list[str]:
    """Those of `customers_to_do` who take part in a conversation that was imported."""
    rows = conn.execute(f"{_TO_DO} AND {_TALKS} ORDER BY id LIMIT ?", (after, limit))
    return [row[0] for row in rows]


def convert_all_again(conn: sqlite3.Connection) -> None:
    """The mapping has changed: convert every customer again."""
    conn.execute("UPDATE customer SET need = 1")


def take_again(conn: sqlite3.Connection, contact_ids: Iterable[str]) -> None:
    """What is kept of these contacts is no good: take them as changed when they are listed next."""
    conn.executemany("UPDATE contact SET digest = x'' WHERE id = ?", [(id_,) for id_ in contact_ids])


def customers_done(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    conn.executemany("UPDATE customer SET need = 0 WHERE id = ?", [(id_,) for id_ in ids])


def drop_customer(conn: sqlite3.Connection, id_: str) -> None:
    conn.execute("DELETE FROM customer WHERE id = ?", (id_,))


def see(conn: sqlite3.Connection, conversation_ids: Iterable[str], seen: Iterable[Seen]) -> None:
    """Replace who was seen in these conversations."""
    conn.executemany("DELETE FROM sighting WHERE conversation_id = ?", [(id_,) for id_ in conversation_ids])
    conn.executemany(
        "INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(s.kind, s.person_id, s.conversation_id, s.at, s.position, s.role, s.name, s.email, s.used) for s in seen],
    )


def unlisted_contacts(conn: sqlite3.Connection) -> list[str]:
    """Contacts that conversations name and no listing does."""
    rows = conn.execute(
        """SELECT DISTINCT person_id FROM sighting s WHERE kind = 'contact'
            AND NOT EXISTS (SELECT 1 FROM person p WHERE p.contact_id = s.person_id AND p.origin <> 'placeholder')
        ORDER BY person_id"""
    )
    return [row[0] for row in rows]


def unlisted_admins(conn: sqlite3.Connection, listed: Iterable[str]) -> list[str]:
    """Admins that conversations name and Intercom's list does not."""
    known = set(listed)
    rows = conn.execute("SELECT DISTINCT person_id FROM sighting WHERE kind = 'admin' ORDER BY person_id")
    return [row[0] for row in rows if row[0] not in known]


def sightings(conn: sqlite3.Connection, kind: PersonKind, person_id: str) -> list[Seen]:
    """Every appearance of one person."""
    rows = conn.execute(
        """SELECT kind, person_id, conversation_id, at, position, role, name, email, used FROM sighting
        WHERE kind = ? AND person_id = ?""",
        (kind, person_id),
    )
    return [Seen(*row) for row in rows]


def nobodies(conn: sqlite3.Connection) -> list[str]:
    """Customers that no contact is any more."""
    rows = conn.execute("SELECT id FROM customer c WHERE NOT EXISTS (SELECT 1 FROM person WHERE customer_id = c.id)")
    return [row[0] for row in rows]


def note_silent(conn: sqlite3.Connection, run: int) -> None:
    """Note as skipped the customers who take part in no conversation that was imported."""
    reason = "'takes part in no conversation in scope'"
    conn.execute(_NOTE.format(outcome="'skipped'", reason=reason, condition=f"NOT {_TALKS}", not_met=_NOT_MET), (run,))


def note_unchanged(conn: sqlite3.Connection, run: int) -> None:
    """Note the customers that this run had nothing to write for."""
    conn.execute(_NOTE.format(outcome="'unchanged'", reason="NULL", condition="need = 0", not_met=_NOT_MET), (run,))


def touch_placeholders(conn: sqlite3.Connection) -> None:
    """Convert again every customer that stands for a contact which Intercom lists no more: new sightings tell more."""
    conn.execute(
        "UPDATE customer SET need = 1 WHERE id IN (SELECT customer_id FROM person WHERE origin = 'placeholder')"
    )


def customers_among(conn: sqlite3.Connection, ids: Sequence[str]) -> list[str]:
    """Those of these customers that exist and have to be written."""
    found = []
    for id_ in ids:
        if conn.execute("SELECT 1 FROM customer WHERE id = ? AND need > 0", (id_,)).fetchone() is not None:
            found.append(id_)
    return found
