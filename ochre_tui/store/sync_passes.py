"""Passes over the source, one a run: when its listing began, from which mark it asked, and what it brought."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_COLUMNS = "run, begun_at, mark, since, counted, taken_up, brought"


@dataclass(frozen=True, slots=True)
class Pass:
    """One look at what there is in Intercom.

    `begun_at`: unix seconds, for people. `mark`: the greatest `updated_at` that Intercom showed when the listing began.
    `since`: what was updated from then on was asked for; None: everything. `counted`: how many conversations Intercom
    counted then. `taken_up`: it was interrupted, so that parts of the listing are older than others. `brought`: how
    many records it created, changed or found deleted; None until it is complete.
    """

    run: int
    begun_at: int
    mark: int | None
    since: int | None
    counted: int | None
    taken_up: bool
    brought: int | None

    @property
    def quiet(self) -> bool:
        """Whether all that there was in Intercom when it began is in Ochre, and had been before."""
        return self.brought == 0 and not self.taken_up


def begin(
    conn: sqlite3.Connection, run: int, now: int, *, mark: int | None, since: int | None, counted: int | None
) -> None:
    conn.execute(
        """INSERT INTO source_pass (run, begun_at, mark, since, counted, taken_up) VALUES (?, ?, ?, ?, ?, 0)""",
        (run, now, mark, since, counted),
    )


def take_up(conn: sqlite3.Connection, run: int) -> None:
    """The pass goes on after an interruption; one that is complete stays as it was."""
    conn.execute("UPDATE source_pass SET taken_up = 1 WHERE run = ? AND brought IS NULL", (run,))


def complete(conn: sqlite3.Connection, run: int) -> None:
    """Note what the pass brought; what a later retry brings does not change that."""
    conn.execute(
        """UPDATE source_pass SET brought =
            (SELECT coalesce(sum(n), 0) FROM tally WHERE run = ?1 AND outcome IN ('created', 'changed'))
            + (SELECT count(*) FROM deleted WHERE run = ?1)
        WHERE run = ?1 AND brought IS NULL""",
        (run,),
    )


def of(conn: sqlite3.Connection, run: int) -> Pass | None:
    row = conn.execute(f"SELECT {_COLUMNS} FROM source_pass WHERE run = ?", (run,)).fetchone()  # noqa: S608 - constants
    return None if row is None else _read(row)


def completed_after(conn: sqlite3.Connection, run: int) -> list[Pass]:
    """The complete passes of later runs, in their order."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM source_pass WHERE run > ? AND brought IS NOT NULL ORDER BY run",  # noqa: S608 - constants
        (run,),
    )
    return [_read(row) for row in rows]


def quiet_since(conn: sqlite3.Connection) -> int | None:
    """When the latest pass began, if it is complete and brought nothing: the moment to cut over; else None."""
    row = conn.execute("SELECT id FROM run WHERE state = 'completed' AND id = (SELECT max(id) FROM run)").fetchone()
    latest = None if row is None else of(conn, row[0])
    return latest.begun_at if latest is not None and latest.quiet else None


def _read(row: tuple[int, int, int | None, int | None, int | None, int, int | None]) -> Pass:
    run, begun_at, mark, since, counted, taken_up, brought = row
    return Pass(run, begun_at, mark, since, counted, bool(taken_up), brought)


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
