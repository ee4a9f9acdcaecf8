"""The mapping screens as they look: to decide, decided, with problems, empty, failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.screens.map_screen import MapScreen
from ochre_tui.screens.steps import Step
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, opened, still, until
from tests.support.staged_scan import scanned

pytestmark = IN_UTC


NARROW = (80, 24)
GRIDS = pytest.mark.parametrize("step", [Step.ADMINS, Step.ATTRIBUTES], ids=lambda step: step.value)


@pytest.fixture
def app(tmp_path: Path) -> OchreApp:
    return app_of(scanned(tmp_path))


def look(step: Step, *keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def before(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, step)
        assert isinstance(screen, MapScreen)
        await until(pilot, lambda: screen.is_settled)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            await until(pilot, lambda: screen.is_settled)
        await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))
        await still(pilot)

    return before


@SIZES
def test_admins_to_decide(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Every admin with what is suggested; the primary action accepts what is certain."""
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ADMINS))


@SIZES
def test_an_admin_is_chosen_for(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The picker: over the grid where it is narrow, beside it where it is wide."""
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ADMINS, "down", "down", "enter"))


@SIZES
def test_all_admins_decided(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Nothing is left to decide, two new people take seats: reads as success and says what comes next."""
    keys = ("asterisk", "a", "home", "down", "down", "space", "space", "enter", *"invite", "enter")
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ADMINS, *keys))


def test_several_admins_marked(app: OchreApp, snap_compare: Compare) -> None:
    """Marked rows have a bar, and their number is in the frame."""
    assert snap_compare(app, terminal_size=NARROW, run_before=look(Step.ADMINS, "space", "space", "shift+down"))


def test_admins_searched(app: OchreApp, snap_compare: Compare) -> None:
    """A search that finds nothing says how to see all again."""
    assert snap_compare(app, terminal_size=NARROW, run_before=look(Step.ADMINS, "slash", "q", "q"))


def test_undecided_admins_are_asked_about(app: OchreApp, snap_compare: Compare) -> None:
    """Going on asks once, with the number and what it means."""
    assert snap_compare(app, terminal_size=NARROW, run_before=look(Step.ADMINS, "A", "greater_than_sign"))


@SIZES
def test_attributes_to_decide(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Every attribute with its use, examples, suggestion and misfits."""
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ATTRIBUTES))


@SIZES
def test_an_attribute_is_chosen_for(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Each choice tells how many values would not fit."""
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ATTRIBUTES, "enter"))


@SIZES
def test_a_field_is_edited(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Key, type, options; what is wrong stands beside it."""
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ATTRIBUTES, "o", "end", "exclamation_mark"))


@SIZES
def test_an_attribute_with_a_problem(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The row, the strip, the frame and the way on all say so."""
    PlanEditor(app.session).update(lambda plan: plan)
    with app.session.paths.plan.open("a") as plan:
        plan.write('\n[fields.contact.Seats]\naction = "map"\nkey = "nowhere"\n')
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ATTRIBUTES, "A", "greater_than_sign"))


@SIZES
def test_no_admins(tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Nobody to map reads as good news."""
    app = app_of(scanned(tmp_path, admins=0))
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ADMINS))


@SIZES
def test_no_attributes(tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Nothing to map reads as good news."""
    app = app_of(scanned(tmp_path, attributes=0))
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ATTRIBUTES))


@SIZES
def test_a_plan_that_was_spoilt_by_hand(app: OchreApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Says what is wrong in the file, and where."""
    app.session.paths.plan.write_text('[admins."814900"]\naction = "delete"\n', "utf-8")
    assert snap_compare(app, terminal_size=size, run_before=look(Step.ADMINS))


def test_csv_of_a_folder_that_is_not_there(app: OchreApp, snap_compare: Compare) -> None:
    """The error stands below the path."""
    keys = ("i", "ctrl+u", *"/nowhere/", "enter")
    assert snap_compare(app, terminal_size=NARROW, run_before=look(Step.ADMINS, *keys))


@SIZES
@GRIDS
@pytest.mark.parametrize("theme", ["light", "ansi"])
def test_other_colours(tmp_path: Path, snap_compare: Compare, theme: str, step: Step, size: tuple[int, int]) -> None:
    """Light, and the sixteen colours of the terminal."""
    app = app_of(scanned(tmp_path), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=look(step, "A", "space"))


@SIZES
@GRIDS
def test_no_colours(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, step: Step, size: tuple[int, int]
) -> None:
    """Without colours the signs tell the same."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(scanned(tmp_path))
    assert snap_compare(app, terminal_size=size, run_before=look(step, "A", "space"))


def test_ascii_only(tmp_path: Path, snap_compare: Compare) -> None:
    """Where the terminal has no UTF-8."""
    app = app_of(scanned(tmp_path), ascii_only=True)
    assert snap_compare(app, terminal_size=NARROW, run_before=look(Step.ADMINS, "A", "space"))
