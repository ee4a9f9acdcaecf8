"""The store's tables without a disk, so that an example of hypothesis costs nothing."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from ochre_tui.state.schema import migrations


def tables_in_memory() -> sqlite3.Connection:
    db = Database(memory=True)
    migrations.apply(db)
    assert db.conn is not None
    return db.conn
