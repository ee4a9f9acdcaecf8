"""Mapping admins by keyboard: every decision is in the plan at once, and nothing gets lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.plan.model import AdminEntry
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.screens.map_screen import MapScreen
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.dialogs import ChoiceDialog, PathDialog
from ochre_tui.widgets.mapping_grid import MappingGrid
from ochre_tui.widgets.picker import Picker, PickerDialog
from tests.support.staged_run import app_of, opened, run_app, shown, until
from tests.support.staged_scan import scanned

ANA, BEN, ZOE, SAM, HANAKO, BOBBY, PRIYA = (f"81490{number}" for number in range(7))
SKIP = AdminEntry(action="skip")
Work = Callable[[Pilot[int], MapScreen], Awaitable[None]]


@pytest.fixture
def app(tmp_path: Path) -> OchreApp:
    return app_of(scanned(tmp_path))


def match(user: str) -> AdminEntry:
    return AdminEntry(action="match", user=f"{user}@acme.example")


def at_the_grid(app: OchreApp, work: Work, size: tuple[int, int] = (80, 24)) -> None:
    async def go(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.ADMINS)
        assert isinstance(screen, MapScreen)
        await until(pilot, lambda: screen.panel is not None and isinstance(screen.focused, MappingGrid))
        await work(pilot, screen)

    run_app(app, go, size)


async def press(pilot: Pilot[int], screen: MapScreen, *keys: str) -> dict[str, AdminEntry]:
    """Press keys; the decisions in the plan once they are saved."""
    await pilot.press(*keys)
    await pilot.pause()
    await until(pilot, lambda: screen.is_settled)
    return PlanEditor(screen.session).read().admins


def test_accept_skip_undo_redo(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert await press(pilot, screen, "a") == {ANA: match("ana")}
        assert await press(pilot, screen, "s") == {ANA: match("ana"), BEN: SKIP}
        assert await press(pilot, screen, "u", "u") == {}
        assert "Undone: Accepted: 1 admin." in shown(app)
        assert await press(pilot, screen, "r") == {ANA: match("ana")}
        assert await press(pilot, screen, "r", "r") == {ANA: match("ana"), BEN: SKIP}

    at_the_grid(app, work)


def test_what_is_certain_then_what_is_left(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        primary = screen.query_one("#primary", Button)
        assert str(primary.label) == "Accept what is certain"
        await pilot.press("tab")
        assert await press(pilot, screen, "enter") == {ANA: match("ana"), BEN: match("ben"), PRIYA: SKIP}
        assert str(primary.label) == "Decide the rest"
        await until(pilot, lambda: not primary.has_class("-active"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(screen.focused, MappingGrid))
        assert screen.panel is not None
        assert screen.panel.grid.key == ZOE
        await press(pilot, screen, "a", "n", "s", "n", "s", "n", "s")
        assert "7 of 7 decided" in shown(app)
        assert str(primary.label) == "Continue to Map attributes"
        await pilot.press("n")
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: isinstance(app.screen, StepScreen) and app.screen.STEP is Step.ATTRIBUTES)

    at_the_grid(app, work)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["over", "beside"])
def test_the_picker_filters_and_takes(app: OchreApp, size: tuple[int, int]) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert isinstance(app.screen, PickerDialog) == (size[0] == 80)
        await pilot.press(*"invite", "down")
        assert await press(pilot, screen, "enter") == {SAM: AdminEntry(action="invite", role="light_agent")}
        await until(pilot, lambda: isinstance(app.screen.focused, MappingGrid))
        assert "none added and 1 light agent (free)" in shown(app)
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert "✓ Invite as light agent" in shown(app)
        await pilot.press(*"ben@", "escape")
        await until(pilot, lambda: isinstance(app.screen.focused, MappingGrid))
        assert not screen.query(Picker)
        assert list(await press(pilot, screen)) == [SAM]

    at_the_grid(app, work, size)


def test_letters_typed_into_a_filter_decide_nothing(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert await press(pilot, screen, "a", "A", "s", "u", "n", "enter") == {}
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen.focused, MappingGrid))
        assert await press(pilot, screen, "slash", "s", "a", "m", "enter", "s") == {SAM: SKIP}

    at_the_grid(app, work, (120, 40))


def test_several_at_once(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("down", "down", "down", "space", "shift+down")
        assert "3 marked" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert "For 3 admins at once." in shown(app)
        agent = AdminEntry(action="invite", role="agent")
        assert await press(pilot, screen, *"invite as a", "enter") == {SAM: agent, HANAKO: agent, BOBBY: agent}
        assert "3 added" in shown(app)
        assert await press(pilot, screen, "u") == {}
        assert len(await press(pilot, screen, "asterisk", "s")) == 7

    at_the_grid(app, work)


def test_filter_and_search(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert screen.panel is not None
        grid = screen.panel.grid
        await press(pilot, screen, "A", "f")
        assert grid.keys == [ZOE, SAM, HANAKO, BOBBY]
        await press(pilot, screen, "a")
        assert grid.keys == [SAM, HANAKO, BOBBY]
        await pilot.press("slash", *"acme han")
        await pilot.pause()
        assert grid.keys == [HANAKO]
        await pilot.press("escape")
        await pilot.pause()
        assert (grid.keys, grid.key) == ([SAM, HANAKO, BOBBY], HANAKO)
        await pilot.press("escape")
        assert len(grid.keys) == 7

    at_the_grid(app, work)


def test_csv_out_and_in(app: OchreApp, tmp_path: Path) -> None:
    path = tmp_path / "team.csv"

    async def dialog(pilot: Pilot[int], key: str) -> None:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, PathDialog) and isinstance(app.screen.focused, Input))
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await press(pilot, screen, "A")
        await dialog(pilot, "e")
        await until(pilot, lambda: app.screen is screen and path.exists())
        before = path.read_bytes().decode()
        assert "ana@acme.example" in before
        path.write_bytes(before.replace(",,,\r\n", ",invite,,admin\r\n").encode())
        await dialog(pilot, "i")
        await until(pilot, lambda: SAM in PlanEditor(screen.session).read().admins)
        decided = await press(pilot, screen)
        admin = AdminEntry(action="invite", role="admin")
        assert {key: decided[key] for key in (ANA, SAM, BOBBY)} == {ANA: match("ana"), SAM: admin, BOBBY: admin}
        assert set(await press(pilot, screen, "u")) == {ANA, BEN, PRIYA}
        path.write_text("id,action\n1,skip\n", "utf-8")
        await dialog(pilot, "i")
        await until(pilot, lambda: "No decision was changed." in shown(app))
        await pilot.press("escape")
        assert set(await press(pilot, screen)) == {ANA, BEN, PRIYA}

    at_the_grid(app, work, (120, 40))


def test_going_on_asks_about_the_undecided(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await press(pilot, screen, "a", "greater_than_sign")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        assert "6 admins are undecided" in shown(app)
        await pilot.press("escape", "greater_than_sign")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, StepScreen) and app.screen.STEP is Step.ATTRIBUTES)
        assert PlanEditor(app.session).read().admins == {ANA: match("ana")} | dict.fromkeys(
            (BEN, ZOE, SAM, HANAKO, BOBBY, PRIYA), SKIP
        )

    at_the_grid(app, work)


def test_the_undecided_can_become_what_is_suggested(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await press(pilot, screen, "s", "greater_than_sign")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, StepScreen) and app.screen.STEP is Step.ATTRIBUTES)
        assert PlanEditor(app.session).read().admins == {
            ANA: SKIP,
            BEN: match("ben"),
            ZOE: match("zoe"),
        } | dict.fromkeys((SAM, HANAKO, BOBBY, PRIYA), SKIP)

    at_the_grid(app, work)


def test_leaving_at_once_and_coming_back_loses_nothing(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("a", "s", "escape")
        await until(pilot, lambda: isinstance(app.screen, StepScreen) and app.screen.STEP is Step.SCAN)
        again = await opened(pilot, Step.ADMINS)
        assert isinstance(again, MapScreen)
        await until(pilot, lambda: again.panel is not None)
        assert again.panel is not None
        assert again.panel.sheet.entries() == {ANA: match("ana"), BEN: SKIP}
        assert again.panel.grid.key == ZOE

    at_the_grid(app, work)


def test_a_match_with_nobody_blocks_the_way(app: OchreApp) -> None:
    app.session.paths.plan.write_text(f'[admins."{SAM}"]\naction = "match"\nuser = "gone@acme.example"\n', "utf-8")

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("asterisk", "down", "greater_than_sign")
        await pilot.pause()
        assert app.screen is screen
        assert "1 admin with a problem: n goes there." in shown(app)
        assert screen.panel is not None
        screen.panel.grid.move_to(SAM)
        await pilot.pause()
        assert "gone@acme.example is no user in Ochre" in shown(app)

    at_the_grid(app, work)


def test_what_could_not_be_saved_is_saved_with_the_next_decision(app: OchreApp) -> None:
    plan = app.session.paths.plan

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        plan.mkdir()
        await pilot.press("a")
        await until(pilot, lambda: "can't be read" in shown(app))
        assert "on this screen only" in shown(app)
        plan.rmdir()
        assert await press(pilot, screen, "s") == {ANA: match("ana"), BEN: SKIP}
        assert "on this screen only" not in shown(app)

    at_the_grid(app, work)


def test_hostile_names_are_shown_not_obeyed(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert screen.panel is not None
        screen.panel.grid.move_to(BOBBY)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        text = shown(app)
        assert "[red]Bobby[/] ␛[31m<U+202E>drop" in text
        assert not {"\x1b", "\u202e"} & set(text)

    at_the_grid(app, work, (120, 40))


def test_a_click_moves_and_the_next_one_chooses(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.click(MappingGrid, offset=(10, 4))
        assert screen.panel is not None
        assert screen.panel.grid.key == SAM
        await pilot.click(MappingGrid, offset=(10, 4))
        await until(pilot, lambda: isinstance(app.screen, PickerDialog))

    at_the_grid(app, work)


def test_a_key_draws_the_rows_that_changed_and_no_others(tmp_path: Path) -> None:
    app = app_of(scanned(tmp_path, admins=300))

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert screen.panel is not None
        drawn: list[str] = []
        grid, cells = screen.panel.grid, screen.panel.cells

        def counted(key: str) -> object:
            drawn.append(key)
            return cells(key)

        grid.row = counted  # type: ignore[assignment]  # it only counts
        await pilot.press("down")
        await pilot.pause()
        assert set(drawn) == {"5000", "5001"}
        drawn.clear()
        await pilot.press("end")
        await pilot.pause()
        assert len(set(drawn)) <= 24
        assert grid.key == "5299"

    at_the_grid(app, work)
