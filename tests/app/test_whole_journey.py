"""The whole way from Start to Wind down, by keyboard alone, against a simulated Intercom over real HTTP."""

from __future__ import annotations

import tomllib
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.cutover.checklist import cut_over_at
from ochre_tui.migration.overview import Standing, read_standing
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.steps import ORDER, Step, is_done
from ochre_tui.store import checklist
from ochre_tui.widgets.mapping_grid import MappingGrid
from tests.support.keyboard import OpenApp, at, press, settled, shown, until
from tests.support.staged_run import status_of

pytestmark = pytest.mark.anyio

_LOOK_AT = 5


async def enter(pilot: Pilot[int], *labels: str) -> None:
    """Press Enter on the primary action, each time once it has such a label and the focus."""
    for label in labels:
        primary = pilot.app.screen.query_one("#primary", Button)
        await until(pilot, partial(_ready, primary, label), label)
        if pilot.app.screen.focused is not primary:
            await pilot.press("tab")
        assert pilot.app.screen.focused is primary, label
        await pilot.press("enter")


def _ready(primary: Button, label: str) -> bool:
    # For a fifth of a second after it was pressed a button takes no other press.
    return str(primary.label) == label and not primary.disabled and not primary.has_class("-active")


async def step(pilot: Pilot[int], wanted: Step) -> None:
    await until(pilot, lambda: at(pilot, wanted), wanted.title)
    if wanted is not Step.IMPORT:  # which never rests
        await settled(pilot)


async def team(pilot: Pilot[int], file: Path) -> None:
    """The team from a CSV file."""
    await press(pilot, "m", "tab", "tab", "tab", "tab", f"paste:{file}", "enter", "escape")
    assert "4 users" in shown(pilot)


async def map_everything(pilot: Pilot[int]) -> None:
    """Decide each row: what is certain at once, one from the picker, the rest by the question of going on."""
    await until(pilot, lambda: isinstance(pilot.app.focused, MappingGrid), "the grid")
    await press(pilot, "A", "u", "r", "n", "enter", "enter", "greater_than_sign")
    assert "undecided" in shown(pilot)
    await press(pilot, "a")


async def test_from_start_to_wind_down(open_app: OpenApp, tmp_path: Path, intercom: Running) -> None:
    file = tmp_path / "team.csv"
    file.write_text(
        "email,name,role\n"
        "ana.silva@harbourlight.example,Ana Silva,owner\nben.oconnor@harbourlight.example,Ben O'Connor,admin\n"
        "chiara@harbourlight.example,Chiara Rossi,agent\nzoe@ochre.example,Zoë Müller,agent\n",
        "utf-8",
    )
    app = open_app(tmp_path / "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await enter(pilot, "Begin: connect to Intercom")
        await step(pilot, Step.CONNECT)
        await press(pilot, f"paste:{intercom.token}", "enter")
        await team(pilot, file)
        await press(pilot, "greater_than_sign")
        await step(pilot, Step.SCAN)
        await enter(pilot, "Scan Intercom", "Continue to Map admins")
        await step(pilot, Step.ADMINS)
        await map_everything(pilot)
        await step(pilot, Step.ATTRIBUTES)
        await map_everything(pilot)
        await step(pilot, Step.CHOOSE)
        await press(pilot, "greater_than_sign")
        await step(pilot, Step.REVIEW)
        await press(pilot, "tab", "space", "tab", "space")
        await press(pilot, "up", "up")
        await enter(pilot, "Start import")
        await settled(pilot)
        assert "4 of 6" in shown(pilot)
        await pilot.press("right", "enter")
        await step(pilot, Step.IMPORT)
        await enter(pilot, "Continue to Verify")
        await step(pilot, Step.VERIFY)
        await enter(pilot, "Verify now", "Continue to Spot-check")
        assert app.standing.verified
        await step(pilot, Step.SPOT_CHECK)
        for number in range(_LOOK_AT):
            await settled(pilot)
            assert f"{number} of {_LOOK_AT} looked at" in shown(pilot)
            await press(pilot, "pagedown", "pageup")
            await enter(pilot, "Looks right: another")
        await enter(pilot, "Continue to Cut over")
        await step(pilot, Step.CUT_OVER)
        await press(pilot, *["space"] * 10)
        assert "10 of 10 done" in shown(pilot)
        await press(pilot, "c", "paste:Harbourlight", "enter")
        assert "Customers reach Ochre since" in shown(pilot)
        await press(pilot, "greater_than_sign")
        await step(pilot, Step.WIND_DOWN)
        await press(pilot, *["enter"] * 7)
        assert "The migration is over" in shown(pilot)
        await press(pilot, "greater_than_sign")
        await step(pilot, Step.START)
        assert "Completed" in shown(pilot)
        await pilot.press("q")
    assert app.return_code == 0
    whole(app)


def whole(app: OchreApp) -> None:
    """Everything that was decided and done is in the plan and the store."""
    plan = tomllib.loads(app.session.paths.plan.read_text("utf-8"))
    assert len(plan["admins"]) == 11
    assert sum(len(fields) for fields in plan["fields"].values()) == 25
    with app.session.store() as store:
        assert len(checklist.looked_at(store.conn)) == _LOOK_AT
        assert cut_over_at(store) is not None
    assert status_of(app.session).counts["conversations"]["created"] == 120
    standing: Standing = read_standing(app.session, importing_here=False)
    assert [one for one in ORDER if not is_done(one, standing)] == []
