"""A list of what was found: walked, searched, opened, at any length."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from ochre_tui.widgets.filter_list import FilterList, RowList
from tests.support.staged_run import run_app, shown

MANY = 10_000


class Showing(App[int]):
    """Nothing but the list."""

    CSS = "FilterList { border: solid white; }"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.opened: list[int] = []

    def compose(self) -> ComposeResult:
        yield FilterList(id="found")

    def on_mount(self) -> None:
        rows = [(f"cus_{number}", f"[b]Ana[/] \x1b[31m{number}") for number in range(self.number)]
        self.query_one(FilterList).show("People", (("Id", 12), ("Name", 0)), rows, empty="Nobody.")
        self.query_one(RowList).focus()

    def on_filter_list_opened(self, event: FilterList.Opened) -> None:
        self.opened.append(event.row)


def test_ten_thousand_rows_are_walked_and_searched() -> None:
    app = Showing(MANY)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        await pilot.pause()
        assert "People (10,000)" in shown(app)
        assert "[b]Ana[/] ␛[31m0" in shown(app)
        await pilot.press("end")
        assert "cus_9999" in shown(app)
        await pilot.press("pageup", "enter", "home", "down", "enter")
        assert app.opened[1] == 1
        assert app.opened[0] < MANY - 10
        await pilot.press("slash", *"_777", "enter")
        assert "People (11 of 10,000 with “_777”)" in shown(app)
        await pilot.press("end", "enter")
        assert app.opened[2] == 7779
        await pilot.press("slash", *"zz", "enter")
        assert "Nothing here has that text" in shown(app)
        await pilot.press("enter", "escape")
        assert "People (10,000)" in shown(app)
        assert len(app.opened) == 3
        assert len(list(app.query("*"))) < 10

    run_app(app, at_the_keys)  # type: ignore[arg-type]  # it only needs an app


def test_an_empty_list_says_so() -> None:
    app = Showing(0)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        await pilot.pause()
        assert "Nobody." in shown(app)
        await pilot.press("enter", "down", "end", "slash")
        assert "Nobody." in shown(app)
        assert not app.opened

    run_app(app, at_the_keys)  # type: ignore[arg-type]  # it only needs an app
