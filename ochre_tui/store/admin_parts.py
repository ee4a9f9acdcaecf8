"""Which conversations each of Intercom's admins has a part in, so that a changed mapping finds what it touches."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StaffPart:
    """An admin's part in a conversation: messages written there, and whether it is or was assigned to them."""

    admin_id: str
    conversation_id: str
    messages: int
    assigned: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """What an admin has a part in."""

    conversations: int
    messages: int


def note(conn: sqlite3.Connection, conversation_ids: Iterable[str], parts: Iterable[StaffPart]) -> None:
    """Replace the parts that admins have in these conversations."""
    conn.executemany("DELETE FROM staff_part WHERE conversation_id = ?", [(id_,) for id_ in conversation_ids])
    conn.executemany(
        "INSERT INTO staff_part VALUES (?, ?, ?, ?)",
        [(part.admin_id, part.conversation_id, part.messages, int(part.assigned)) for part in parts],
    )


def touched(conn: sqlite3.Connection, admin_id: str) -> Touched:
    """How much this admin has a part in."""
    row = conn.execute(
        "SELECT count(*), coalesce(sum(messages), 0) FROM staff_part WHERE admin_id = ?", (admin_id,)
    ).fetchone()
    return Touched(*row)


def count_conversations(conn: sqlite3.Connection, admin_ids: Collection[str]) -> int:
    """How many conversations any of these admins has a part in."""
    marks = ",".join("?" * len(admin_ids))
    query = f"SELECT count(DISTINCT conversation_id) FROM staff_part WHERE admin_id IN ({marks})"  # noqa: S608 - question marks
    return int(conn.execute(query, tuple(admin_ids)).fetchone()[0])


def conversations_of(conn: sqlite3.Connection, admin_ids: Collection[str], after: str, limit: int) -> list[str]:
    """The next conversations (Intercom's ids) that any of these admins has a part in, from after the given one."""
    marks = ",".join("?" * len(admin_ids))
    rows = conn.execute(
        f"""SELECT DISTINCT conversation_id FROM staff_part WHERE admin_id IN ({marks}) AND conversation_id > ?
        ORDER BY conversation_id LIMIT ?""",  # noqa: S608 - question marks
        (*admin_ids, after, limit),
    )
    return [row[0] for row in rows]
