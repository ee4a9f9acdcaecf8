"""The dashboard as it looks, in every state it can be found in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ochre_tui.migration.session import Session
from ochre_tui.screens.import_dashboard import ImportScreen
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.run_state import RunState
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, connected, opened, somebody_at_work, stage, still, until

pytestmark = IN_UTC


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return connected(tmp_path)


async def told(pilot: Pilot[int], screen: StepScreen) -> None:
    """Wait until the first board is shown."""
    await until(pilot, lambda: screen.query(RunState) and screen.query_one(RunState).view is not None)
    await until(pilot, lambda: str(screen.query_one("#primary", Button).label) != "Reading…")
    await still(pilot)


def look(keys: str = "") -> Callable[[Pilot[int]], Any]:
    async def before(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        await told(pilot, screen)
        for key in keys:
            await pilot.press(key)
            await still(pilot)

    return before


@SIZES
def test_nothing_imported_yet(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Says that nothing was imported, and offers to begin."""

    async def before(pilot: Pilot[int]) -> None:
        screen = ImportScreen()
        await pilot.app.switch_screen(screen)
        await told(pilot, screen)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_another_process_imports(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Watches: numbers, speed, budget, time left, events; the controls are greyed out, with the reason."""
    stage(session)
    with somebody_at_work(session.paths):
        assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_the_limit_is_used_up(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The gauge is full and tells how many wait."""
    stage(session, waiting=96)
    with somebody_at_work(session.paths):
        assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_counting(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Before counting is done there is no percentage and no time left."""
    stage(session, phase="listing", quarantined=0)
    with somebody_at_work(session.paths):
        assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_paused(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Says why and since when, and offers to take the import up."""
    stage(session, state="paused", reason="The access token is not valid any more.")
    assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_ended_in_the_middle(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """A process that is gone is told from one that works."""
    stage(session)
    with session.store() as store, store.transaction() as conn:
        conn.execute("UPDATE run SET pid = 4711, host = 'jump-1'")
    assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_failed(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The reason is in sight."""
    stage(session, state="failed", reason="Something unexpected happened (KeyError).")
    assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_completed(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """All green, and on to the verification."""
    stage(session, state="completed", quarantined=0, missing=0)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_completed_with_something_left(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Records in quarantine and missing files are not green."""
    stage(session, state="completed", quarantined=3, missing=17)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look())


@SIZES
def test_quarantine(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The records with their reasons; brackets in them are no markup."""
    stage(session, state="paused", reason="Stopped on request.", quarantined=40)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look("x"))


@SIZES
def test_event_log_with_filters(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Only warnings and errors, with some text in them."""
    stage(session, state="paused", reason="Stopped on request.", quarantined=40)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look("el/39"))


@SIZES
def test_light(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The light theme."""
    stage(session)
    with somebody_at_work(session.paths):
        assert snap_compare(app_of(session, theme="light"), terminal_size=size, run_before=look())


@SIZES
def test_sixteen_colours(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """A terminal of 16 colours."""
    stage(session, state="completed", quarantined=3)
    assert snap_compare(app_of(session, theme="ansi"), terminal_size=size, run_before=look())


@SIZES
def test_no_colours(
    session: Session, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Every state reads without a colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    stage(session, state="completed", quarantined=3)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look())


def test_ascii(session: Session, snap_compare: Compare) -> None:
    """A terminal without UTF-8."""
    stage(session)
    with somebody_at_work(session.paths):
        assert snap_compare(app_of(session, ascii_only=True), terminal_size=(80, 24), run_before=look())
