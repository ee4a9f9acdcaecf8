"""Whether people have changed records since an import wrote them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ochre_tui.ochre.columns import TABLES, Table
from ochre_tui.ochre.embedded import reads
from ochre_tui.ochre.embedded.writes import digest
from ochre_tui.ochre.records import Thread
from ochre_tui.ochre.target import Record


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
