"""Mapping attributes by keyboard: types with their misfits, keys and options by hand, a large workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList, TextArea

from ochre_tui.app import OchreApp
from ochre_tui.migration.mapping_fields import FieldKey, field_entries
from ochre_tui.migration.plan import FieldEntry
from ochre_tui.screens.map_screen import MapScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.mapping_grid import MappingGrid
from ochre_tui.widgets.picker_field import FieldDialog
from tests.app.staged_run import opened, run_app, shown, until
from tests.app.staged_scan import scanned

TIER: FieldKey = ("contact", "Plan Tier")
SEATS: FieldKey = ("contact", "Seats")
Work = Callable[[Pilot[int], MapScreen], Awaitable[None]]


@pytest.fixture
def app(tmp_path: Path) -> OchreApp:
    return OchreApp(scanned(tmp_path))


def create(key: str, kind: str, *options: str) -> FieldEntry:
    return FieldEntry.model_validate({"action": "create", "key": key, "type": kind, "options": options or None})


def at_the_grid(app: OchreApp, work: Work, size: tuple[int, int] = (80, 24)) -> None:
    async def go(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.ATTRIBUTES)
        assert isinstance(screen, MapScreen)
        await until(pilot, lambda: screen.panel is not None and isinstance(screen.focused, MappingGrid))
        await work(pilot, screen)

    run_app(app, go, size)


async def press(pilot: Pilot[int], screen: MapScreen, *keys: str) -> dict[FieldKey, FieldEntry]:
    """Press keys; the decisions in the plan once they are saved."""
    await pilot.press(*keys)
    await pilot.pause()
    await until(pilot, lambda: screen.is_settled)
    return field_entries(screen.desk.plan())


def test_a_type_is_chosen_by_what_would_not_fit(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert "New number field  ! 1,204 of 1,204 do not fit" in shown(app)
        assert "Map to seats  a number field can't hold this attribute" in shown(app)
        assert await press(pilot, screen, *"new text", "enter") == {TIER: create("plan_tier", "text")}
        assert "Every value fits." in shown(app)
        assert "Changing a type after the import means manual work." in shown(app)
        await press(pilot, screen, "u", "a")
        assert "! 3 values would not fit." in shown(app)

    at_the_grid(app, work)


def test_mapping_to_a_field_that_is_there(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert await press(pilot, screen, "down", "a") == {SEATS: FieldEntry(action="map", key="seats")}
        await pilot.press("up", "up", "enter")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        tier = FieldEntry(action="map", key="tier")
        assert (await press(pilot, screen, *"map to tier", "enter"))[TIER] == tier

    at_the_grid(app, work)


def test_key_type_and_options_by_hand(app: OchreApp) -> None:
    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, FieldDialog) and app.screen.query_one("#key").has_focus)
        dialog = app.screen
        save = dialog.query_one("#save", Button)
        await until(pilot, lambda: "3 of 1,204 do not fit" in shown(app))
        dialog.query_one("#key", Input).value = "seats"
        await until(pilot, lambda: "Ochre has seats already" in shown(app))
        assert save.disabled
        await pilot.press("enter")
        assert app.screen is dialog
        dialog.query_one("#key", Input).value = "level"
        dialog.query_one(TextArea).text = "free\npro\nplatinum\n"
        await until(pilot, lambda: "all values fit" in shown(app))
        dialog.query_one(OptionList).action_last()
        await pilot.pause()
        decided = await press(pilot, screen, "enter")
        assert decided == {TIER: create("level", "multi_select", "free", "pro", "platinum")}
        await until(pilot, lambda: isinstance(app.screen.focused, MappingGrid))
        await pilot.press("up", "o")
        await until(pilot, lambda: isinstance(app.screen, FieldDialog) and app.screen.query_one("#key").has_focus)
        assert app.screen.query_one(TextArea).text == "free\npro\nplatinum"
        await pilot.press("escape")
        assert await press(pilot, screen) == decided

    at_the_grid(app, work)


def test_two_on_one_key_block_the_way(app: OchreApp) -> None:
    same = 'action = "map"\nkey = "tier"\n'
    app.desk.place.plan.write_text(f'[fields.contact.Seats]\n{same}[fields.contact."Plan Tier"]\n{same}', "utf-8")

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert app.screen is screen
        assert "with a problem: n goes there." in shown(app)
        await press(pilot, screen, "f", "f", "a")
        assert "with a problem" not in str(screen.query_one("#grid-box").border_title)

    at_the_grid(app, work)


def test_two_thousand_attributes(tmp_path: Path) -> None:
    app = OchreApp(scanned(tmp_path, attributes=2_000))

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert screen.panel is not None
        grid = screen.panel.grid
        await pilot.press("slash", *"attribute 1999", "enter")
        await pilot.pause()
        assert grid.keys == [("company", "Attribute 1999")]
        await pilot.press("escape", "end")
        await pilot.pause()
        assert grid.key == ("company", "Attribute 1999")
        assert len(await press(pilot, screen, "A")) == 2_000
        assert "2,000 of 2,000 decided" in shown(app)
        assert await press(pilot, screen, "u") == {}

    at_the_grid(app, work)
