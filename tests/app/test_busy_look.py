"""Every screen while it reads, asks or looks up: it says so, and offers nothing that it can't do yet."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.spot_check import SpotCheckScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.dialogs import ConfirmDialog
from tests.support.keyboard import OpenApp, press, settled
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, at_noon, keep_waiting, open_unread, opened, still, until

pytestmark = IN_UTC


Before = Callable[[Pilot[int]], Awaitable[None]]


@SIZES
@pytest.mark.parametrize("step", Step, ids=lambda step: step.value)
def test_reading(imported: Session, snap_compare: Compare, step: Step, size: tuple[int, int]) -> None:
    """The screen is there before what it shows is read."""

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await keep_waiting(imported.paths.folder)
        await open_unread(pilot, step)

    assert snap_compare(app_of(imported), terminal_size=size, run_before=before)


def waiting_after(session: Session, step: Step, *keys: str) -> Before:
    """The step is open and ready; then these keys are pressed, and what they set off goes on."""

    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, step)
        await settled(pilot)
        await keep_waiting(session.paths.folder)
        await pilot.press(*keys)
        await still(pilot)

    return before


@SIZES
def test_testing_a_token(
    open_app: OpenApp, tmp_path: Path, intercom: Running, snap_compare: Compare, size: tuple[int, int]
) -> None:
    """It says whom it asks, and nothing can be pressed twice."""
    app = open_app(tmp_path)

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await press(pilot, f"paste:{intercom.token}")
        await keep_waiting(app.session.paths.folder)
        await pilot.press("enter")
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@SIZES
@pytest.mark.parametrize("step", [Step.CUT_OVER, Step.WIND_DOWN], ids=lambda step: step.value)
def test_looking_up(imported: Session, snap_compare: Compare, step: Step, size: tuple[int, int]) -> None:
    """What is done is looked up; the list can be read meanwhile."""
    assert snap_compare(app_of(imported), terminal_size=size, run_before=waiting_after(imported, step, "r"))


@SIZES
def test_looking_for_a_conversation(imported: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The one that is shown stays until the other is there."""

    async def before(pilot: Pilot[int]) -> None:
        await pilot.app.switch_screen(SpotCheckScreen(random.Random(5)))
        await settled(pilot)
        await keep_waiting(imported.paths.folder)
        await pilot.press("slash", *"215000000000009", "enter")
        await still(pilot)

    assert snap_compare(app_of(imported), terminal_size=size, run_before=before)


@SIZES
def test_the_import_is_about_to_begin(home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Before anything is written Intercom is asked whether the token still works."""
    session = at_noon(home)

    async def before(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.REVIEW)
        await until(pilot, lambda: isinstance(screen.focused, Button))
        await settled(pilot)
        await keep_waiting(session.paths.folder)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press("y")
        await still(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)
