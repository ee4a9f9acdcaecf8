"""Keys that come the moment something can take them, and hints that are true at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button, DataTable, Input

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.mapping_grid import MappingGrid
from tests.support.keyboard import OpenApp, at, at_step, press, settled, until
from tests.support.staged_run import app_of

pytestmark = pytest.mark.anyio


def primary(app: OchreApp) -> Button:
    return app.screen.query_one("#primary", Button)


def composed(app: OchreApp) -> bool:
    return bool(app.screen.query("#primary"))


async def test_enter_counts_the_moment_the_token_is_tested(
    open_app: OpenApp, home: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the button says what is waited for, not what it will do."""
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    app = open_app(home)
    app.chosen = app.home.open("default")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.go(Step.CONNECT)
        await until(pilot, lambda: at(pilot, Step.CONNECT) and composed(app), "Connect")
        said = set()

        def can_go_on() -> bool:
            button = primary(app)
            said.add((str(button.label), button.disabled))
            return not button.disabled

        await until(pilot, can_go_on, "the way on")
        await pilot.press("enter")
        await until(pilot, lambda: at(pilot, Step.SCAN), "Scan")
    assert ("Continue to Scan", True) not in said


async def test_a_second_enter_counts_like_the_first(open_app: OpenApp, home: Path) -> None:
    """What is certain is accepted, and at once the rest can be decided."""
    at_step(home, Step.ADMINS)
    app = open_app(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "tab")
        assert app.focused is primary(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.focused, MappingGrid), "the grid has the focus")


async def test_enter_goes_on_wherever_the_focus_is(open_app: OpenApp, home: Path) -> None:
    """After a look at the problems, and where nothing has the focus."""
    at_step(home, Step.SCAN)
    app = open_app(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "3", "1")
        assert app.focused is primary(app)
        app.screen.set_focus(None)
        await press(pilot, "enter")
        assert at(pilot, Step.ADMINS)


async def test_no_hint_of_a_key_that_is_typed(imported: Session) -> None:
    """While text is typed, keys that are letters and signs go into it."""
    app = app_of(imported)
    async with app.run_test(size=(80, 24)) as pilot:
        app.go(Step.IMPORT)
        await until(pilot, lambda: at(pilot, Step.IMPORT) and composed(app) and not primary(app).disabled, "ready")
        await pilot.press("e", "slash")
        await until(pilot, lambda: isinstance(app.focused, Input), "the filter")
        assert app.screen.query_one(KeyBar).render().plain == "esc Show all  f1 Help"


async def test_the_first_frame_is_as_wide_as_the_terminal(open_app: OpenApp, home: Path) -> None:
    """A screen that opens doesn't show itself narrow first."""
    app = open_app(home)
    app.chosen = app.home.open("default")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.go(Step.CHOOSE)
        await until(pilot, lambda: at(pilot, Step.CHOOSE) and composed(app), "Choose")
        assert app.screen.has_class("-wide", "-tall")
        assert not app.screen.has_class("-narrow")


async def test_the_palette_has_actions_not_movements(open_app: OpenApp, home: Path) -> None:
    app = open_app(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert isinstance(app.focused, DataTable)
        names = {command.title for command in app.get_system_commands(app.screen)}
        assert {"New", "Delete", "Go to Start"} <= names
        assert not {name for name in names if "ursor" in name or name in {"Top", "Bottom", "End", "Home"}}
