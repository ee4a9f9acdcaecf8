"""What a changed plan affects of what is imported: listed, and applied at once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.affected import AffectedDialog
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.dialogs import ConfirmDialog
from tests.support.keyboard import settled
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, at_noon, opened, run_app, shown, until

pytestmark = IN_UTC


LISTS = pytest.mark.parametrize("step", [Step.ADMINS, Step.ATTRIBUTES, Step.REVIEW], ids=lambda step: step.value)


@pytest.fixture
def session(imported_home: Path, intercom: Running, tmp_path: Path) -> Session:
    """Imported while nothing was decided; all is decided since."""
    shutil.copytree(imported_home, tmp_path / "home")
    found = at_noon(tmp_path / "home")
    PlanEditor(found).accept_suggestions()
    return found


def opening(step: Step) -> Callable[[Pilot[int]], Any]:
    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, step)
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)

    return before


@SIZES
@LISTS
def test_what_is_affected(session: Session, snap_compare: Compare, size: tuple[int, int], step: Step) -> None:
    """Each change with its numbers, or with the command that applies it."""
    assert snap_compare(app_of(session), terminal_size=size, run_before=opening(step))


def workspace_says(session: Session, query: str) -> int:
    with sqlite3.connect(session.paths.workspace / "workspace.db") as conn:
        found = int(conn.execute(query).fetchone()[0])
    conn.close()
    return found


def applied(step: Step, question: str) -> Callable[[Pilot[int]], Any]:
    """Applies what is affected, and looks again."""

    async def at_the_keys(pilot: Pilot[int]) -> None:
        app = pilot.app
        screen = await opened(pilot, step)
        await settled(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, AffectedDialog))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert question in " ".join(shown(app).replace("│", " ").split())
        await pilot.press("y")
        await until(pilot, lambda: app.screen is screen and "were rewritten" in shown(app))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, AffectedDialog))
        await until(pilot, lambda: "nothing is affected" in shown(app))
        await pilot.press("a", "escape")
        await until(pilot, lambda: app.screen is screen)

    return at_the_keys


def test_another_mapping_of_admins_is_applied_from_the_app(session: Session) -> None:
    query = "SELECT count(*) FROM users WHERE state != 'historical' AND intercom_admin_ids != '[]'"
    assert workspace_says(session, query) == 0
    run_app(app_of(session), applied(Step.ADMINS, "Rewrite authors and assignees of"))
    assert workspace_says(session, query) > 2


def test_another_mapping_of_attributes_is_applied_from_the_app(session: Session) -> None:
    query = "SELECT count(*) FROM customers WHERE custom_fields != '{}'"
    assert workspace_says(session, query) == 0
    run_app(app_of(session), applied(Step.ATTRIBUTES, "where the plan says now"))
    assert workspace_says(session, query) > 0


def test_before_an_import_nothing_can_be_affected(home: Path) -> None:
    session = at_noon(home)
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.ADMINS)
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        assert app.screen is screen

    run_app(app, at_the_keys)
