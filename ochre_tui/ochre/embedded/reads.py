"""Reading records back out of `workspace.db`, in pages: nothing is held open while the caller works."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from ochre_tui.ochre.columns import (
    CONVERSATIONS,
    SELECT_ATTACHMENTS,
    SELECT_MESSAGES,
    Table,
    read_attachment,
    read_message,
)
from ochre_tui.ochre.records import AliasKind, Attachment, Message, Thread

R = TypeVar("R")
_PAGE = 500
_THREADS = 100


def records(conn: sqlite3.Connection, table: Table[R], after: str = "") -> Iterator[R]:
    """Every record of `table` by ascending id, from after the given one."""
    for row in _rows(conn, table.select, after):
        yield table.read(row)


def record(conn: sqlite3.Connection, table: Table[R], record_id: str) -> R | None:
    row = conn.execute(f"{table.select} WHERE id = ?", (record_id,)).fetchone()
    return None if row is None else table.read(row)


def threads(conn: sqlite3.Connection, after: str = "") -> Iterator[Thread]:
    """Every thread by ascending conversation id, from after the given one."""
    query = f"{CONVERSATIONS.select} WHERE id > ? ORDER BY id LIMIT {_THREADS}"
    while rows := conn.execute(query, (after,)).fetchall():
        yield from _threads(conn, rows)
        after = rows[-1][1]


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


def attachment(conn: sqlite3.Connection, attachment_id: str) -> Attachment | None:
    row = conn.execute(f"{SELECT_ATTACHMENTS} WHERE attachments.id = ?", (attachment_id,)).fetchone()
    return None if row is None else read_attachment(row)


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
    return next(_threads(conn, [row]))


def _threads(conn: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> Iterator[Thread]:
    """The threads of these rows of conversations, in three queries however many they are."""
    ids = {row[0]: row[1] for row in rows}
    among = f"IN ({','.join('?' * len(ids))})"
    messages: dict[int, list[Message]] = defaultdict(list)
    for row in conn.execute(SELECT_MESSAGES.format(among), tuple(ids)):
        messages[row[-1]].append(read_message(ids[row[-1]], row))
    attachments: dict[str, list[Attachment]] = defaultdict(list)
    query = f"{SELECT_ATTACHMENTS} WHERE attachments.conversation {among} ORDER BY attachments.n"
    for row in conn.execute(query, tuple(ids)):
        attachments[row[1]].append(read_attachment(row))
    for row in rows:
        yield Thread(CONVERSATIONS.read(row), tuple(messages[row[0]]), tuple(attachments[row[1]]))
