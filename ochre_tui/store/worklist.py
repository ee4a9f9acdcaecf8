"""The work list: every conversation the source has, and what is still to do for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

_PAGE = 5_000

# What was imported follows a new mapping even when it is out of scope or out of Intercom by now.
_OF_THIS_RUN = """need > 0 AND tried_run < ?1
    AND ((in_scope = 1 AND listed_run = ?1) OR (need = 1 AND got_parts IS NOT NULL))"""


class Need(IntEnum):
    """What a conversation needs; the higher includes the lower."""

    NOTHING = 0
    CONVERT = 1
    FETCH = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation as a listing shows it; times in unix seconds as Intercom gives them."""

    id: str
    created_at: int | None
    updated_at: int | None
    state: str | None
    source_type: str | None


@dataclass(frozen=True, slots=True)
class Pending:
    id: str
    created_at: int
    updated_at: int | None
    need: Need


@dataclass(frozen=True, slots=True)
class Done:
    """A conversation that the target has; `version` is the `updated_at` that was read, None where nothing was."""

    id: str
    version: int | None
    expected_parts: int | None
    got_parts: int


def enlist(conn: sqlite3.Connection, run: int, rows: Iterable[Listed]) -> None:
    """Take rows of a listing in; what is new or has another `updated_at` than what was read is to be fetched."""
    conn.executemany(
        """INSERT INTO conversation (id, created_at, updated_at, state, source_type, listed_run, need)
        VALUES (?, ?, ?, ?, ?, ?, 2)
        ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at, updated_at = excluded.updated_at,
            state = excluded.state, source_type = excluded.source_type, listed_run = excluded.listed_run,
            need = CASE WHEN version IS excluded.updated_at THEN need ELSE 2 END""",
        [(row.id, row.created_at, row.updated_at, row.state, row.source_type, run) for row in rows],
    )


def listed(conn: sqlite3.Connection, run: int) -> int:
    """How many conversations this run's listing has seen."""
    row = conn.execute("SELECT count(*) FROM conversation WHERE listed_run = ?", (run,)).fetchone()
    return int(row[0])


def assume_listed(conn: sqlite3.Connection, run: int, before: int) -> None:
    """Take what an earlier run's listing showed as shown by this one, which asks only for what was updated since."""
    conn.execute("UPDATE conversation SET listed_run = ? WHERE listed_run = ?", (run, before))


def vanished(conn: sqlite3.Connection, run: int) -> list[str]:
    """Imported conversations that this run's listing does not show and that are not known as deleted."""
    rows = conn.execute(
        """SELECT id FROM conversation c WHERE listed_run < ? AND got_parts IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM deleted d WHERE d.kind = 'conversations' AND d.id = c.id) ORDER BY id""",
        (run,),
    )
    return [row[0] for row in rows]


def drop(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Forget conversations that are no longer anywhere."""
    conn.executemany("DELETE FROM conversation WHERE id = ?", [(id_,) for id_ in ids])


def decide_scope(conn: sqlite3.Connection, run: int, left_out: Callable[[Listed], str | None]) -> Iterator[int]:
    """Ask for each listed conversation why it is left out, if it is, and note that and what needs nothing.

    A generator of the numbers of rows done, so that the caller can commit between pages.
    """
    last = ""
    while True:
        rows = conn.execute(
            """SELECT id, created_at, updated_at, state, source_type FROM conversation
            WHERE id > ? AND listed_run = ? ORDER BY id LIMIT ?""",
            (last, run, _PAGE),
        ).fetchall()
        if not rows:
            return
        reasons = [(row[0], left_out(Listed(*row))) for row in rows]
        conn.executemany(
            "UPDATE conversation SET in_scope = ? WHERE id = ?",
            [(int(reason is None), id_) for id_, reason in reasons],
        )
        conn.executemany(
            """INSERT INTO outcome (kind, id, run, outcome, reason) VALUES ('conversations', ?, ?, 'skipped', ?)
            ON CONFLICT (kind, id) DO UPDATE SET run = excluded.run, outcome = excluded.outcome,
                reason = excluded.reason""",
            [(id_, run, reason) for id_, reason in reasons if reason is not None],
        )
        conn.execute(
            """INSERT INTO outcome (kind, id, run, outcome)
            SELECT 'conversations', id, ?1, 'unchanged' FROM conversation c
            WHERE id > ?2 AND id <= ?3 AND listed_run = ?1 AND in_scope = 1 AND need = 0
                AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'conversations' AND o.id = c.id AND o.run = ?1)
            ON CONFLICT (kind, id) DO UPDATE SET run = excluded.run, outcome = excluded.outcome, reason = NULL""",
            (run, last, rows[-1][0]),
        )
        last = rows[-1][0]
        yield len(rows)


def pending(
    conn: sqlite3.Connection, run: int, before: tuple[int, str] | None, limit: int, most: Need = Need.FETCH
) -> list[Pending]:
    """The next conversations that need `most` at most, newest first, from before the given (created_at, id)."""
    created_at, id_ = before or (2**62, "")
    rows = conn.execute(
        f"""SELECT id, coalesce(created_at, 0), updated_at, need FROM conversation
        WHERE {_OF_THIS_RUN} AND (coalesce(created_at, 0), id) < (?2, ?3) AND need <= ?5
        ORDER BY coalesce(created_at, 0) DESC, id DESC LIMIT ?4""",  # noqa: S608 - a constant
        (run, created_at, id_, limit, most),
    )
    return [Pending(row[0], row[1], row[2], Need(row[3])) for row in rows]


def to_do(conn: sqlite3.Connection, run: int) -> int:
    """How many conversations this run has still to work on."""
    row = conn.execute(
        f"SELECT count(*) FROM conversation WHERE {_OF_THIS_RUN}",  # noqa: S608 - a constant
        (run,),
    ).fetchone()
    return int(row[0])


def finish(conn: sqlite3.Connection, run: int, done: Iterable[Done]) -> None:
    """Nothing more to do for these."""
    conn.executemany(
        """UPDATE conversation SET need = 0, tried_run = ?, version = coalesce(?, version),
            expected_parts = ?, got_parts = ? WHERE id = ?""",
        [(run, item.version, item.expected_parts, item.got_parts, item.id) for item in done],
    )


def set_aside(conn: sqlite3.Connection, run: int, ids: Iterable[str]) -> None:
    """Not again in this run: quarantined or gone."""
    conn.executemany("UPDATE conversation SET tried_run = ? WHERE id = ?", [(run, id_) for id_ in ids])


def convert_all_again(conn: sqlite3.Connection) -> None:
    """The mapping has changed: convert every conversation that was read, from the archive."""
    conn.execute("UPDATE conversation SET need = 1, tried_run = 0 WHERE need < 2")


def fetch_again(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    """What is kept of these conversations is no good: read them from Intercom once more."""
    conn.executemany("UPDATE conversation SET need = 2, tried_run = 0 WHERE id = ?", [(id_,) for id_ in ids])


def convert_again_where_people_moved(conn: sqlite3.Connection, run: int) -> int:
    """Convert again the conversations that name a contact by a customer it no longer is; how many there are."""
    return conn.execute(
        """UPDATE conversation SET need = max(need, 1), tried_run = min(tried_run, ?1 - 1) WHERE id IN (
            SELECT s.conversation_id FROM sighting s JOIN person p ON p.contact_id = s.person_id
            WHERE s.kind = 'contact' AND s.used IS NOT p.customer_id)""",
        (run,),
    ).rowcount


def convert_again_where_assigned(conn: sqlite3.Connection, run: int, admin_id: str, email: str | None) -> int:
    """Convert again the conversations that give this assignee another e-mail; how many there are."""
    return conn.execute(
        """UPDATE conversation SET need = max(need, 1), tried_run = min(tried_run, ?1 - 1) WHERE id IN (
            SELECT conversation_id FROM sighting WHERE kind = 'assignee' AND person_id = ?2 AND used IS NOT ?3)""",
        (run, admin_id, email),
    ).rowcount


def convert_again_where_named(conn: sqlite3.Connection, run: int, contact_ids: Iterable[str]) -> None:
    """Convert again the conversations that name these contacts."""
    conn.executemany(
        """UPDATE conversation SET need = max(need, 1), tried_run = min(tried_run, ?1 - 1) WHERE id IN (
            SELECT conversation_id FROM sighting WHERE kind = 'contact' AND person_id = ?2)""",
        [(run, id_) for id_ in contact_ids],
    )


def try_again(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Let a run that goes on try these conversations again."""
    conn.executemany("UPDATE conversation SET tried_run = 0 WHERE id = ?", [(id_,) for id_ in ids])
