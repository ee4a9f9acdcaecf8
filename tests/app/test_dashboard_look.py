"""The dashboard as it looks, in every state it can be found in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.session import Desk
from ochre_tui.screens.import_dashboard import ImportScreen
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.run_state import RunState
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import connected, opened, somebody_at_work, stage, still, until

pytestmark = IN_UTC


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
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
def test_nothing_imported_yet(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Says that nothing was imported, and offers to begin."""

    async def before(pilot: Pilot[int]) -> None:
        screen = ImportScreen()
        await pilot.app.switch_screen(screen)
        await told(pilot, screen)

    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=before)


@SIZES
def test_another_process_imports(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Watches: numbers, speed, budget, time left, events; the controls are greyed out, with the reason."""
    stage(desk)
    with somebody_at_work(desk.paths):
        assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_the_limit_is_used_up(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The gauge is full and tells how many wait."""
    stage(desk, waiting=96)
    with somebody_at_work(desk.paths):
        assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_counting(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Before counting is done there is no percentage and no time left."""
    stage(desk, phase="listing", quarantined=0)
    with somebody_at_work(desk.paths):
        assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_paused(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Says why and since when, and offers to take the import up."""
    stage(desk, state="paused", reason="The access token is not valid any more.")
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_ended_in_the_middle(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """A process that is gone is told from one that works."""
    stage(desk)
    with desk.store() as store, store.transaction() as conn:
        conn.execute("UPDATE run SET pid = 4711, host = 'jump-1'")
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_failed(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The reason is in sight."""
    stage(desk, state="failed", reason="Something unexpected happened (KeyError).")
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_completed(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """All green, and on to the verification."""
    stage(desk, state="completed", quarantined=0, missing=0)
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_completed_with_something_left(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Records in quarantine and missing files are not green."""
    stage(desk, state="completed", quarantined=3, missing=17)
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


@SIZES
def test_quarantine(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The records with their reasons; brackets in them are no markup."""
    stage(desk, state="paused", reason="Stopped on request.", quarantined=40)
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look("x"))


@SIZES
def test_event_log_with_filters(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Only warnings and errors, with some text in them."""
    stage(desk, state="paused", reason="Stopped on request.", quarantined=40)
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look("el/39"))


@SIZES
def test_light(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The light theme."""
    stage(desk)
    with somebody_at_work(desk.paths):
        assert snap_compare(OchreApp(desk, theme="light"), terminal_size=size, run_before=look())


@SIZES
def test_sixteen_colours(desk: Desk, snap_compare: Compare, size: tuple[int, int]) -> None:
    """A terminal of 16 colours."""
    stage(desk, state="completed", quarantined=3)
    assert snap_compare(OchreApp(desk, theme="ansi"), terminal_size=size, run_before=look())


@SIZES
def test_no_colours(desk: Desk, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    """Every state reads without a colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    stage(desk, state="completed", quarantined=3)
    assert snap_compare(OchreApp(desk), terminal_size=size, run_before=look())


def test_ascii(desk: Desk, snap_compare: Compare) -> None:
    """A terminal without UTF-8."""
    stage(desk)
    with somebody_at_work(desk.paths):
        assert snap_compare(OchreApp(desk, ascii_only=True), terminal_size=(80, 24), run_before=look())
