"""Putting records into `workspace.db` and taking them out, idempotent by id."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ochre_tui.core.errors import RecordError
from ochre_tui.core.exact_json import dumps
from ochre_tui.ochre.columns import (
    INSERT_ATTACHMENT,
    INSERT_MESSAGE,
    TABLES,
    Table,
    attachment_row,
    message_row,
    read_list,
)
from ochre_tui.ochre.embedded import reads, search_index
from ochre_tui.ochre.records import Company, Customer, Thread
from ochre_tui.ochre.target import Outcome, Record

# What a value that does not fit its column raises: in the JSON, on the way into SQLite, and there.
_UNFIT = (TypeError, ValueError, OverflowError, sqlite3.IntegrityError, sqlite3.DataError)

# Fields that records have had since 0.2.0, as they are written where they hold nothing: they count only where they hold
# something, so that what 0.1.0 wrote is still recognised.
_LATER_FIELDS = (
    b',"cc":[]',
    b',"email_message_id":null',
    b',"notes":[]',
    b',"quoted_html":null',
    b',"quoted_text":null',
    b',"to":[]',
)
# Whoever deletes a row by hand leaves behind what belonged to it, which would be in the way of the row's return.
_CLEAR = (
    "DELETE FROM messages WHERE conversation NOT IN (SELECT n FROM conversations)",
    "DELETE FROM attachments WHERE conversation NOT IN (SELECT n FROM conversations)",
    "DELETE FROM conversation_customers WHERE conversation NOT IN (SELECT n FROM conversations)",
    "DELETE FROM customer_companies WHERE customer NOT IN (SELECT n FROM customers)",
    "DELETE FROM customer_search WHERE rowid NOT IN (SELECT n FROM customers)",
    "DELETE FROM company_search WHERE rowid NOT IN (SELECT n FROM companies)",
)


def put(conn: sqlite3.Connection, run: int, record: Record) -> Outcome:
    """Write one record inside the transaction under way; RecordError when it can't be stored."""
    try:
        return _put(conn, run, record)
    except _UNFIT as error:
        what = type(record).__name__.lower()
        raise RecordError(
            f"The {what} {_row_record(record).id} can't be stored: {error}",
            meaning="It was not written, nor was what was to be written together with it.",
            advice="Write the others without it; this one belongs in quarantine.",
        ) from error


def unfit(conn: sqlite3.Connection, records: Sequence[Record]) -> dict[int, RecordError]:
    """Which of `records` can't be stored, by their place among them; to be taken back by the transaction under way."""
    found: dict[int, RecordError] = {}
    for place, record in enumerate(records):
        conn.execute("SAVEPOINT one")
        try:
            put(conn, 0, record)
        except RecordError as error:
            found[place] = error
            conn.execute("ROLLBACK TO one")
        conn.execute("RELEASE one")
    return found


def _put(conn: sqlite3.Connection, run: int, record: Record) -> Outcome:
    table, row_record = TABLES[type(record)], _row_record(record)
    content = digest(record)
    stored = conn.execute(table.state, (row_record.id,)).fetchone()
    if stored is None:
        n = conn.execute(table.insert, [*table.row(row_record), content, run]).lastrowid or 0
        _add_what_belongs(conn, n, record)
        return "created"
    n, old_digest, created_run, changed_run = stored
    if old_digest != content:
        _take_out_what_belongs(conn, n, type(record))
        conn.execute(table.update, [*table.row(row_record), content, run, n])
        _add_what_belongs(conn, n, record)
        changed_run = run
    if created_run == run:
        return "created"
    return "changed" if changed_run == run else "unchanged"


def remove(conn: sqlite3.Connection, records: Iterable[tuple[type[Record], str]]) -> None:
    """Take records out by type and id, with all that belongs to them, inside the transaction under way."""
    for kind, record_id in records:
        table = TABLES[kind]
        found = conn.execute(table.state, (record_id,)).fetchone()
        if found:
            _take_out_what_belongs(conn, found[0], kind)
            conn.execute(table.delete, (found[0],))


def _row_record(record: Record) -> Any:
    return record.conversation if isinstance(record, Thread) else record


def digest(record: Record) -> bytes:
    """By which a repeated write is recognised."""
    content = dumps(record, sort_keys=True)
    for field in _LATER_FIELDS:
        content = content.replace(field, b"")
    return hashlib.blake2b(content, digest_size=16).digest()


def _add_what_belongs(conn: sqlite3.Connection, n: int, record: Record) -> None:
    if isinstance(record, Thread):
        _add_messages(conn, n, record)
    elif isinstance(record, Customer):
        _add_customer_links(conn, n, record)
    elif isinstance(record, Company):
        search_index.add_company(conn, n, record)


def _take_out_what_belongs(conn: sqlite3.Connection, n: int, kind: type[Record]) -> None:
    if kind is Thread:
        _take_out_messages(conn, n)
    elif kind is Customer:
        _take_out_customer_links(conn, n)
    elif kind is Company:
        search_index.remove_company(conn, n)


def _add_messages(conn: sqlite3.Connection, n: int, thread: Thread) -> None:
    conn.executemany(INSERT_MESSAGE, [message_row(n, message) for message in thread.messages])
    conn.executemany(INSERT_ATTACHMENT, [attachment_row(n, attachment) for attachment in thread.attachments])
    conversation = thread.conversation
    conn.execute(
        "INSERT OR REPLACE INTO aliases (kind, value, conversation_id) VALUES ('intercom_conversation', ?, ?)",
        (conversation.intercom_id, conversation.id),
    )


def _take_out_messages(conn: sqlite3.Connection, n: int) -> None:
    conn.execute("DELETE FROM attachments WHERE conversation = ?", (n,))
    conn.execute("DELETE FROM messages WHERE conversation = ?", (n,))
    conn.execute(
        "DELETE FROM aliases WHERE (kind, value, conversation_id) ="
        " (SELECT 'intercom_conversation', intercom_id, id FROM conversations WHERE n = ?)",
        (n,),
    )


def _add_customer_links(conn: sqlite3.Connection, n: int, customer: Customer) -> None:
    conn.executemany(
        "INSERT OR REPLACE INTO aliases (kind, value, customer_id) VALUES ('intercom_contact', ?, ?)",
        [(contact, customer.id) for contact in customer.intercom_ids],
    )
    conn.executemany(
        "INSERT OR IGNORE INTO customer_companies (company_id, customer) VALUES (?, ?)",
        [(company, n) for company in customer.company_ids],
    )
    search_index.add_customer(conn, n, customer)


def _take_out_customer_links(conn: sqlite3.Connection, n: int) -> None:
    customer_id, name, contacts = conn.execute(
        "SELECT id, name, intercom_ids FROM customers WHERE n = ?", (n,)
    ).fetchone()
    conn.executemany(
        "DELETE FROM aliases WHERE kind = 'intercom_contact' AND value = ? AND customer_id = ?",
        [(contact, customer_id) for contact in read_list(contacts)],
    )
    conn.execute("DELETE FROM customer_companies WHERE customer = ?", (n,))
    search_index.remove_customer(conn, n, name)


def rewrite(conn: sqlite3.Connection, run: int, records: Sequence[Record]) -> None:
    """Write `records` whatever their digests say, once what belongs to no record any more is cleared away."""
    for statement in _CLEAR:
        conn.execute(statement)
    for record in records:
        conn.execute(TABLES[type(record)].distrust, (_row_record(record).id,))
        if isinstance(record, Thread):
            ids = [(attachment.id,) for attachment in record.attachments]
            conn.executemany("DELETE FROM attachments WHERE id = ?", ids)
        put(conn, run, record)


def put_all(conn: sqlite3.Connection, run: int, records: Sequence[Record]) -> list[Outcome]:
    """`put` for each, in order."""
    return [put(conn, run, record) for record in records]


def edited(conn: sqlite3.Connection, records: Iterable[tuple[type[Record], str]], now: int) -> dict[str, bool]:
    """For each of these records that is there, whether it was changed; a change that is found is marked for good.

    A later write by an import would else hide it: the digest that tells is that of the last write.
    """
    return {id_: found for kind, id_ in records if (found := _edited(conn, kind, id_, now)) is not None}


def _edited(conn: sqlite3.Connection, kind: type[Record], id_: str, now: int) -> bool | None:
    table = TABLES[kind]
    row = conn.execute(f"SELECT digest, edited_at FROM {table.name} WHERE id = ?", (id_,)).fetchone()  # noqa: S608 - our own names
    if row is None:
        return None
    written, edited_at = row
    if edited_at is not None:
        return True
    there = _record(conn, kind, table, id_)
    if there is None or digest(there) == written:
        return False
    conn.execute(f"UPDATE {table.name} SET edited_at = ? WHERE id = ?", (now, id_))  # noqa: S608 - our own names
    return True


def _record(conn: sqlite3.Connection, kind: type[Record], table: Table[Record], id_: str) -> Record | None:
    return reads.thread(conn, id_) if kind is Thread else reads.record(conn, table, id_)
