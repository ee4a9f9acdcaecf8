"""The store's tables without a disk, so that an example of hypothesis costs nothing."""

from __future__ import annotations

import sqlite3

from ochre_tui.store.migrations import take_steps


class _SelfClosing(sqlite3.Connection):
    """Closed where it is dropped: an example of hypothesis has no end of its own."""

    def __del__(self) -> None:
        self.close()


def tables_in_memory() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", factory=_SelfClosing, check_same_thread=False)
    take_steps(conn, "memory")
    return conn
