"""Whether a workspace's database is whole."""

from __future__ import annotations

import sqlite3

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace


def check_database(workspace: EmbeddedWorkspace) -> list[str]:
    """What is wrong inside `workspace.db`, nothing if it is whole; reads all of it."""
    try:
        found = [str(row[0]) for row in workspace.conn.execute("PRAGMA integrity_check")]
        dangling = workspace.conn.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [line for line in found if line != "ok"] + [
        f"{table}: row {row} has no parent" for table, row, *_ in dangling
    ]
