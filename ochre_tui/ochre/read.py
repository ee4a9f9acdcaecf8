"""Reading records back out of `workspace.db`, in pages: nothing is held open while the caller works."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from ochre_tui.ochre.columns import CONVERSATIONS, Table
from ochre_tui.ochre.records import AliasKind, Attachment, Thread
from ochre_tui.ochre.thread_rows import SELECT_ATTACHMENTS, SELECT_MESSAGES, read_attachment, read_message

R = TypeVar("R")
_PAGE = 500


def records(conn: sqlite3.Connection, table: Table[R], after: str = "") -> Iterator[R]:
    """Every record of `table` by ascending id, from after the given one."""
    for row in _rows(conn, table.select, after):
        yield table.read(row)


def record(conn: sqlite3.Connection, table: Table[R], record_id: str) -> R | None:
    row = conn.execute(f"{table.select} WHERE id = ?", (record_id,)).fetchone()
    return None if row is None else table.read(row)


def threads(conn: sqlite3.Connection, after: str = "") -> Iterator[Thread]:
    """Every thread by ascending conversation id, from after the given one."""
    for row in _rows(conn, CONVERSATIONS.select, after):
        yield _thread(conn, row)


def thread(conn: sqlite3.Connection, conversation_id: str) -> Thread | None:
    row = conn.execute(f"{CONVERSATIONS.select} WHERE id = ?", (conversation_id,)).fetchone()
    return None if row is None else _thread(conn, row)


def attachments(conn: sqlite3.Connection, after: str = "") -> Iterator[Attachment]:
    """Every attachment by ascending id, from after the given one."""
    query = f"{SELECT_ATTACHMENTS} WHERE attachments.id > ? ORDER BY attachments.id LIMIT {_PAGE}"
    while rows := conn.execute(query, (after,)).fetchall():
        for row in rows:
            yield read_attachment(row)
        after = rows[-1][0]


def behind_alias(conn: sqlite3.Connection, kind: AliasKind, value: str) -> str | None:
    """The id of the conversation or customer that had this id in Intercom."""
    row = conn.execute(
        "SELECT coalesce(conversation_id, customer_id) FROM aliases WHERE kind = ? AND value = ?", (kind, value)
    ).fetchone()
    return None if row is None else str(row[0])


def _rows(conn: sqlite3.Connection, select: str, after: str) -> Iterator[Sequence[Any]]:
    query = f"{select} WHERE id > ? ORDER BY id LIMIT {_PAGE}"
    while rows := conn.execute(query, (after,)).fetchall():
        yield from rows
        after = rows[-1][1]


def _thread(conn: sqlite3.Connection, row: Sequence[Any]) -> Thread:
    conversation, number = CONVERSATIONS.read(row), (row[0],)
    messages = conn.execute(SELECT_MESSAGES, number)
    files = conn.execute(f"{SELECT_ATTACHMENTS} WHERE attachments.conversation = ? ORDER BY attachments.n", number)
    return Thread(
        conversation,
        tuple(read_message(conversation.id, message) for message in messages),
        tuple(read_attachment(file) for file in files),
    )
