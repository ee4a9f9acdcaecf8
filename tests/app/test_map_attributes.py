"""Mapping attributes by keyboard: types with their misfits, keys and options by hand, a large workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList, TextArea

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.mapping.fields import FieldKey, field_entries
from ochre_tui.migration.plan.model import FieldEntry
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.screens.map_screen import MapScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.dialogs import PathDialog
from ochre_tui.widgets.field_dialog import FieldDialog
from ochre_tui.widgets.mapping_grid import MappingGrid
from tests.support.staged_run import app_of, opened, run_app, shown, until
from tests.support.staged_scan import scanned

TIER: FieldKey = ("contact", "Plan Tier")
SEATS: FieldKey = ("contact", "Seats")
Work = Callable[[Pilot[int], MapScreen], Awaitable[None]]


@pytest.fixture
def app(tmp_path: Path) -> OchreApp:
    return app_of(scanned(tmp_path))


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
    return field_entries(PlanEditor(screen.session).read())


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
    app.session.paths.plan.write_text(f'[fields.contact.Seats]\n{same}[fields.contact."Plan Tier"]\n{same}', "utf-8")

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert app.screen is screen
        assert "with a problem: n goes there." in shown(app)
        await press(pilot, screen, "f", "f", "a")
        assert "with a problem" not in str(screen.query_one("#grid-box").border_title)

    at_the_grid(app, work)


def test_two_thousand_attributes(tmp_path: Path) -> None:
    app = app_of(scanned(tmp_path, attributes=2_000))

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


def test_every_key_of_the_grid(tmp_path: Path) -> None:
    app = app_of(scanned(tmp_path, attributes=40))

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        assert screen.panel is not None
        grid, keys = screen.panel.grid, list(screen.panel.sheet.keys)
        for key, paths in (("j", 1), ("down", 2), ("k", 1), ("up", 0), ("end", 39), ("home", 0), ("pagedown", 12)):
            await pilot.press(key)
            assert grid.key == keys[paths], key
        await pilot.press("pageup", "shift+down", "shift+down", "shift+up")
        assert grid.targets == keys[:3]
        skip = FieldEntry(action="skip")
        assert await press(pilot, screen, "s") == dict.fromkeys(keys[:3], skip)
        assert await press(pilot, screen, "u") == {}
        assert await press(pilot, screen, "r") == dict.fromkeys(keys[:3], skip)
        await pilot.press("home", "n")
        assert grid.key == keys[3]
        assert len(await press(pilot, screen, "A")) == 40
        assert len(await press(pilot, screen, "u")) == 3
        await pilot.press("space", "escape")
        assert not grid.marked
        await pilot.press("f")
        assert len(grid.keys) == 37
        assert len(await press(pilot, screen, "asterisk", "a")) == 40
        assert grid.keys == []
        await pilot.press("escape")
        assert len(grid.keys) == 40

    at_the_grid(app, work)


def test_csv_out_and_in(app: OchreApp, tmp_path: Path) -> None:
    path = tmp_path / "attributes.csv"

    async def to_path(pilot: Pilot[int], key: str) -> None:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        before = await press(pilot, screen, "A", "home", "a")
        assert len(before) > 2
        await to_path(pilot, "e")
        await until(pilot, lambda: path.exists() and app.screen is screen)
        assert len(path.read_text("utf-8").splitlines()) == len(screen.panel.sheet.keys) + 1 if screen.panel else False
        for _ in before:
            await press(pilot, screen, "u")
        assert await press(pilot, screen) == {}
        await to_path(pilot, "i")
        await until(pilot, lambda: app.screen is screen)
        assert await press(pilot, screen) == before

    at_the_grid(app, work, (120, 40))


def test_an_option_that_could_steer_a_terminal_is_kept_as_it_is(tmp_path: Path) -> None:
    session = scanned(tmp_path)
    option = "\x1b]52;c;aGk=\x07 red"
    with session.store() as store:
        found = store.get("scan")
        found["fields"][0]["options"] = [option, "pro"]
        store.set("scan", found)
    app = app_of(session)

    async def work(pilot: Pilot[int], screen: MapScreen) -> None:
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, FieldDialog) and app.screen.query_one("#key").has_focus)
        assert "\x1b" not in app.screen.query_one(TextArea).text
        app.screen.query_one("#save", Button).press()
        await until(pilot, lambda: app.screen is screen)
        entries = await press(pilot, screen)
        assert list(entries[TIER].options or ()) == [option, "pro"]

    at_the_grid(app, work)
