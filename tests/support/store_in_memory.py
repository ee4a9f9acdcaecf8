"""The store's tables without a disk, so that an example of hypothesis costs nothing."""

from __future__ import annotations

import sqlite3

from ochre_tui.store.migrations import take_steps


def tables_in_memory() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:")
    take_steps(conn, "memory")
    return conn
