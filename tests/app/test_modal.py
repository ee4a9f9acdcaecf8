"""What is below a dialog: seen through it, dimmed as Textual would, and as it is now."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from ochre_tui.widgets.modal import Modal

pytestmark = pytest.mark.anyio


class _Below(App[None]):
    CSS = "Static { height: 3; width: 70%; color: #d9a441; background: #282520; } #over { height: 1; }"

    def compose(self) -> ComposeResult:
        yield Static("\nbefore", id="told")


class _Over(Modal[None]):
    def compose(self) -> ComposeResult:
        yield Static("a dialog", id="over")


class _Textuals(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Static("a dialog", id="over")


def painted(app: App[None]) -> list[list[tuple[str, object, object]]]:
    """Each cell of each line: its character, the colour behind it, and its own where it is not blank."""
    lines = app.screen._compositor.render_strips()
    return [
        [
            (char, segment.style and segment.style.bgcolor, segment.style and char != " " and segment.style.color)
            for segment in line
            for char in segment.text
        ]
        for line in lines
    ]


def words(lines: list[list[tuple[str, object, object]]]) -> str:
    return "\n".join("".join(char for char, _, _ in line) for line in lines)


async def with_dialog(dialog: ModalScreen[None], size: tuple[int, int]) -> list[list[tuple[str, object, object]]]:
    app = _Below()
    async with app.run_test(size=(30, 6)) as pilot:
        app.push_screen(dialog)
        await pilot.pause()
        await pilot.resize_terminal(*size)
        await pilot.pause(0.1)
        return painted(app)


@pytest.mark.parametrize("size", [(30, 6), (40, 9), (18, 4)])
async def test_it_looks_as_textuals_own(size: tuple[int, int]) -> None:
    ours, theirs = await with_dialog(_Over(), size), await with_dialog(_Textuals(), size)
    assert "before" in words(ours)
    assert ours == theirs


async def test_what_changes_below_is_seen() -> None:
    app = _Below()
    async with app.run_test(size=(30, 6)) as pilot:
        told = app.query_one("#told", Static)
        app.push_screen(_Over())
        await pilot.pause()
        told.update("\nbefore\nafter")
        await pilot.pause(0.1)
        assert "after" in words(painted(app))
