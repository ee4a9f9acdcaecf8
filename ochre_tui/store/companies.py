"""Companies that were listed, and those that other records name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping


def take(conn: sqlite3.Connection, run: int, digests: Mapping[str, bytes]) -> list[str]:
    """Note these companies as there, by id and digest of what was read; the ids that are new or have changed."""
    changed = []
    for id_, digest in digests.items():
        row = conn.execute("SELECT digest FROM company WHERE id = ?", (id_,)).fetchone()
        if row is None or row[0] != digest:
            changed.append(id_)
            conn.execute(
                """INSERT INTO company VALUES (?, ?, ?, 1)
                ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, listed_run = excluded.listed_run, need = 1""",
                (id_, digest, run),
            )
        else:
            conn.execute("UPDATE company SET listed_run = ? WHERE id = ?", (run, id_))
    return changed


def name(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Another record names these companies."""
    conn.executemany("INSERT OR IGNORE INTO company_ref (id) VALUES (?)", [(id_,) for id_ in ids])


def unknown(conn: sqlite3.Connection, run: int) -> list[str]:
    """Companies that are named, and neither listed nor looked up in this run."""
    rows = conn.execute(
        """SELECT id FROM company_ref r WHERE looked_up_run < ?1
            AND NOT EXISTS (SELECT 1 FROM company c WHERE c.id = r.id AND c.listed_run = ?1) ORDER BY id""",
        (run,),
    )
    return [row[0] for row in rows]


def looked_up(conn: sqlite3.Connection, run: int, ids: Iterable[str]) -> None:
    conn.executemany("UPDATE company_ref SET looked_up_run = ? WHERE id = ?", [(run, id_) for id_ in ids])


def to_do(conn: sqlite3.Connection, after: str, limit: int) -> list[str]:
    """Companies to be converted and written."""
    rows = conn.execute("SELECT id FROM company WHERE need > 0 AND id > ? ORDER BY id LIMIT ?", (after, limit))
    return [row[0] for row in rows]


def done(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    conn.executemany("UPDATE company SET need = 0 WHERE id = ?", [(id_,) for id_ in ids])


def all_ids(conn: sqlite3.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT id FROM company ORDER BY id")]


def convert_all_again(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE company SET need = 1")


def take_again(conn: sqlite3.Connection, ids: Iterable[str]) -> None:
    """What is kept of these companies is no good: take them as changed when they are listed next."""
    conn.executemany("UPDATE company SET digest = x'' WHERE id = ?", [(id_,) for id_ in ids])


def note_unchanged(conn: sqlite3.Connection, run: int) -> None:
    """Note the companies that this run had nothing to write for."""
    conn.execute(
        """INSERT INTO outcome (kind, id, run, outcome) SELECT 'companies', id, ?1, 'unchanged' FROM company c
        WHERE need = 0
            AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.kind = 'companies' AND o.id = c.id AND o.run = ?1)
        ON CONFLICT (kind, id) DO UPDATE SET run = excluded.run, outcome = excluded.outcome, reason = NULL""",
        (run,),
    )
