"""Every screen whose work can't be done: what happened, what it means, what to do."""

from __future__ import annotations

import random

import pytest
from textual.pilot import Pilot

from ochre_tui.migration.session import Session
from ochre_tui.screens.spot_check import SpotCheckScreen
from ochre_tui.screens.steps import Step
from tests.support.keyboard import settled
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, damage, open_unread, opened, still

pytestmark = IN_UTC


TOLD_ELSEWHERE = {Step.SCAN, Step.ADMINS, Step.ATTRIBUTES, Step.CHOOSE, Step.VERIFY}
"""The steps that have another picture of something that goes wrong."""
STEPS = pytest.mark.parametrize(
    "step",
    [pytest.param(one, id=one.value, marks=[pytest.mark.long] * (one in TOLD_ELSEWHERE)) for one in Step],
)


@pytest.fixture
def session(imported_here: Session) -> Session:
    return imported_here


@SIZES
@STEPS
def test_the_store_is_damaged(session: Session, snap_compare: Compare, step: Step, size: tuple[int, int]) -> None:
    """What the screen shows can't be read."""

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        damage(session.paths.state_db)
        await open_unread(pilot, step)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
@pytest.mark.parametrize("step", [Step.CHOOSE, Step.ATTRIBUTES], ids=lambda step: step.value)
def test_a_plan_that_was_spoilt(session: Session, snap_compare: Compare, step: Step, size: tuple[int, int]) -> None:
    """Where in the file, and how to go on."""
    session.paths.plan.write_text('[import]\nrange = "3y"\n', "utf-8")

    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, step)
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
@pytest.mark.parametrize("step", [Step.CUT_OVER, Step.WIND_DOWN], ids=lambda step: step.value)
def test_looking_up_fails(session: Session, snap_compare: Compare, step: Step, size: tuple[int, int]) -> None:
    """The list stays as it was read."""

    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, step)
        await settled(pilot)
        damage(session.paths.state_db)
        await pilot.press("r")
        await settled(pilot)
        await pilot.press("escape")
        await still(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_no_such_conversation(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """A number that means nothing here; the conversation behind stays."""

    async def before(pilot: Pilot[int]) -> None:
        await pilot.app.switch_screen(SpotCheckScreen(random.Random(5)))
        await settled(pilot)
        await pilot.press("slash", "9", "9", "enter")
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)
