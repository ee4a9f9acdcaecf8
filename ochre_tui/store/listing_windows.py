"""Checkpoints of the conversation listing: which windows are still to be walked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A half-open window of `created_at` in seconds, and the page size it is walked with."""

    lo: int
    hi: int
    per_page: int


def plan_windows(conn: sqlite3.Connection, run: int, windows: Iterable[WindowRow]) -> None:
    conn.executemany(
        "INSERT OR IGNORE INTO listing_window (run, lo, hi, per_page) VALUES (?, ?, ?, ?)",
        [(run, window.lo, window.hi, window.per_page) for window in windows],
    )


def window_done(conn: sqlite3.Connection, run: int, window: WindowRow, replaced_by: Sequence[WindowRow]) -> None:
    """A window is walked, or cut into others that are still to be walked."""
    conn.execute("UPDATE listing_window SET done = 1 WHERE run = ? AND lo = ? AND hi = ?", (run, window.lo, window.hi))
    plan_windows(conn, run, replaced_by)


def windows_to_do(conn: sqlite3.Connection, run: int) -> list[WindowRow]:
    rows = conn.execute("SELECT lo, hi, per_page FROM listing_window WHERE run = ? AND done = 0 ORDER BY lo", (run,))
    return [WindowRow(*row) for row in rows]


def any_window(conn: sqlite3.Connection, run: int) -> bool:
    return conn.execute("SELECT 1 FROM listing_window WHERE run = ? LIMIT 1", (run,)).fetchone() is not None
