"""Undo from the app, and the files that it writes to be handed over."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.steps import Step
from ochre_tui.screens.undo import UndoDialog
from ochre_tui.widgets.dialogs import MessageDialog
from tests.support.keyboard import settled
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, at_noon, opened, run_app, shown, until

pytestmark = IN_UTC


@pytest.fixture
def session(imported_home: Path, intercom: Running, tmp_path: Path) -> Session:
    """Imported, and one customer changed in Ochre since."""
    shutil.copytree(imported_home, tmp_path / "home")
    found = at_noon(tmp_path / "home")
    with sqlite3.connect(found.paths.workspace / "workspace.db") as conn:
        conn.execute("UPDATE customers SET name = '[red]Mallory[/]' WHERE id = (SELECT min(id) FROM customers)")
    conn.close()
    return found


def conversations(session: Session) -> int:
    with sqlite3.connect(session.paths.workspace / "workspace.db") as conn:
        found = int(conn.execute("SELECT count(*) FROM conversations").fetchone()[0])
    conn.close()
    return found


async def to_undo(pilot: Pilot[int]) -> UndoDialog:
    await opened(pilot, Step.VERIFY)
    await settled(pilot)
    await pilot.press("u")
    await until(pilot, lambda: isinstance(pilot.app.screen, UndoDialog))
    dialog = pilot.app.screen
    assert isinstance(dialog, UndoDialog)
    await until(pilot, lambda: isinstance(dialog.focused, Input))
    return dialog


@SIZES
def test_what_an_undo_takes_out(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Numbers of each kind, what is kept and why, and the name to type."""

    async def before(pilot: Pilot[int]) -> None:
        await to_undo(pilot)
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


def test_undo_asks_for_the_name_of_the_workspace(session: Session) -> None:
    app = app_of(session)
    there = conversations(session)
    assert there > 100

    async def at_the_keys(pilot: Pilot[int]) -> None:
        dialog = await to_undo(pilot)
        await pilot.press(*"acme", "enter")
        await until(pilot, lambda: "nothing was touched" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog)
        assert conversations(session) == there
        dialog = await to_undo(pilot)
        dialog.query_one("#name", Input).value = f" {(app.standing.target or '').upper()} "
        await pilot.press("enter")
        await until(pilot, lambda: "records were taken out, 2 are kept" in " ".join(shown(app).split()))
        await pilot.press("enter")
        await until(pilot, lambda: "Nothing was verified yet." in shown(app) and "Paused" in shown(app))

    run_app(app, at_the_keys)
    assert conversations(session) == 0
    assert app.importing.thread is None


def test_the_report_and_the_export_are_written(session: Session) -> None:
    app = app_of(session)

    async def read(pilot: Pilot[int], key: str, words: str) -> None:
        screen = app.screen
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, MessageDialog) and words in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        await opened(pilot, Step.WIND_DOWN)
        await settled(pilot)
        await read(pilot, "w", "The report is in")
        await read(pilot, "x", "The export (")
        (session.paths.reports / "report.html").unlink()
        await opened(pilot, Step.START)
        await settled(pilot)
        await read(pilot, "o", "The report is written")

    run_app(app, at_the_keys)
    assert (session.paths.reports / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert (session.paths.reports / "export.zip").stat().st_size > 1000
