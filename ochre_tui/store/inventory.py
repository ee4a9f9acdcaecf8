"""What a complete target has to hold, as the store knows it; for verification."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_WRITTEN = """EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'customers' AND o.id = c.id
    AND o.outcome NOT IN ('skipped', 'quarantined'))"""
_IN_QUARANTINE = "coalesce(o.outcome = 'quarantined' AND o.run = (SELECT max(id) FROM run), 0)"


@dataclass(frozen=True, slots=True)
class Undone:
    """A record that is not in the target as the source has it, and why; `imported`: an earlier version is there.

    `in_quarantine`: the latest run put it there.
    """

    kind: str
    id: str
    reason: str
    imported: bool = False
    in_quarantine: bool = False


def conversations(conn: sqlite3.Connection, after: str = "", most: int = -1) -> list[str]:
    """Every conversation that was imported, by Intercom's id from after the given one."""
    rows = conn.execute(
        "SELECT id FROM conversation WHERE got_parts >= 0 AND id > ? ORDER BY id LIMIT ?", (after, most)
    )
    return [row[0] for row in rows]


def count_conversations(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM conversation WHERE got_parts >= 0").fetchone()[0])


def count_in_scope(conn: sqlite3.Connection) -> int:
    """How many of them the present plan takes in."""
    query = "SELECT count(*) FROM conversation WHERE got_parts >= 0 AND in_scope = 1"
    return int(conn.execute(query).fetchone()[0])


def by_time(conn: sqlite3.Connection) -> Iterator[tuple[int | None, int]]:
    """(unix seconds, how many) of the imported conversations, as the listing dates them, a quarter of an hour each."""
    yield from conn.execute(
        """SELECT CASE WHEN at BETWEEN 0 AND 7258118400 THEN at / 900 * 900 END, count(*)
        FROM (SELECT CASE WHEN created_at >= 100000000000 THEN created_at / 1000 ELSE created_at END AS at
            FROM conversation WHERE got_parts >= 0) GROUP BY 1"""
    )


def imported(conn: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these conversations that were imported."""
    return _among(conn, "SELECT id FROM conversation WHERE got_parts >= 0 AND id", ids)


def undone(conn: sqlite3.Connection) -> list[Undone]:
    """Conversations in scope of which the target lacks the latest version, or any.

    Not those that Intercom lists no more: the last complete listing tells.
    """
    rows = conn.execute(
        f"""SELECT 'conversations', c.id, coalesce(o.reason, 'not imported yet'), got_parts >= 0, {_IN_QUARANTINE}
        FROM conversation c
        LEFT JOIN outcome o ON o.kind = 'conversations' AND o.id = c.id
        WHERE in_scope = 1 AND (got_parts IS NULL OR need = 2) AND coalesce(o.outcome, '') <> 'skipped'
            AND c.listed_run >= (SELECT coalesce(max(run), 0) FROM listing_window w
                WHERE NOT EXISTS (SELECT 1 FROM listing_window u WHERE u.run = w.run AND u.done = 0))
        ORDER BY c.id"""  # noqa: S608 - a constant
    )
    return [Undone(kind, id_, reason, bool(there), bool(aside)) for kind, id_, reason, there, aside in rows]


def quarantined(conn: sqlite3.Connection) -> list[Undone]:
    """Records other than conversations that could not be imported."""
    rows = conn.execute(
        f"""SELECT kind, id, coalesce(reason, ''), {_IN_QUARANTINE} FROM outcome o
        WHERE outcome = 'quarantined' AND kind <> 'conversations'
            AND (kind IN ('customers', 'companies') OR run = (SELECT max(id) FROM run)) ORDER BY kind, id"""  # noqa: S608 - a constant
    )
    return [Undone(kind, id_, reason, in_quarantine=bool(aside)) for kind, id_, reason, aside in rows]


def saved_replies(conn: sqlite3.Connection) -> Iterator[str]:
    """The macro of every saved reply that was written."""
    for row in conn.execute(
        """SELECT id FROM outcome WHERE kind = 'saved_replies' AND outcome NOT IN ('skipped', 'quarantined')
        ORDER BY id"""
    ):
        yield row[0]


def customers(conn: sqlite3.Connection, after: str = "", most: int = -1) -> list[str]:
    """Every customer that was written and not left out since, by id from after the given one."""
    rows = conn.execute(f"SELECT id FROM customer c WHERE {_WRITTEN} AND id > ? ORDER BY id LIMIT ?", (after, most))  # noqa: S608 - a constant
    return [row[0] for row in rows]


def count_customers(conn: sqlite3.Connection) -> int:
    return int(conn.execute(f"SELECT count(*) FROM customer c WHERE {_WRITTEN}").fetchone()[0])  # noqa: S608 - a constant


def written_customers(conn: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these customers that were written and not left out since."""
    return _among(conn, f"SELECT id FROM customer c WHERE {_WRITTEN} AND id", ids)  # noqa: S608 - a constant


def known_customers(conn: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these customers that somebody in Intercom is."""
    return _among(conn, "SELECT id FROM customer WHERE id", ids)


def companies(conn: sqlite3.Connection) -> list[str]:
    """Every company that was written, by Intercom's id."""
    rows = conn.execute(
        """SELECT id FROM company c WHERE EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'companies' AND o.id = c.id
            AND o.outcome <> 'quarantined') ORDER BY id"""
    )
    return [row[0] for row in rows]


def contacts(conn: sqlite3.Connection, after: str = "", most: int = -1) -> list[tuple[str, str]]:
    """(contact id, customer id) of everybody who is a customer that was written, by contact id."""
    return conn.execute(
        """SELECT contact_id, customer_id FROM person p WHERE EXISTS (SELECT 1 FROM outcome o
            WHERE o.kind = 'customers' AND o.id = p.customer_id AND o.outcome NOT IN ('skipped', 'quarantined'))
            AND contact_id > ? ORDER BY contact_id LIMIT ?""",
        (after, most),
    ).fetchall()


def stage(conn: sqlite3.Connection, expected: Iterable[tuple[str, str]]) -> None:
    """Put (Ochre's id, a name) of all that should be there into a table of this connection's own."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS staged (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID")
    conn.execute("DELETE FROM staged")
    conn.executemany("INSERT OR IGNORE INTO staged VALUES (?, ?)", expected)
    conn.commit()


def take_staged(conn: sqlite3.Connection, id_: str) -> str | None:
    """Take one out of the staged; its name, None where it is none of them."""
    row = conn.execute("DELETE FROM staged WHERE id = ? RETURNING name", (id_,)).fetchone()
    conn.commit()
    return None if row is None else row[0]


def staged(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Those that were not taken out."""
    return conn.execute("SELECT id, name FROM staged ORDER BY name").fetchall()


def _among(conn: sqlite3.Connection, query: str, ids: Sequence[str]) -> set[str]:
    return {row[0] for row in conn.execute(f"{query} IN ({','.join('?' * len(ids))})", tuple(ids))}
