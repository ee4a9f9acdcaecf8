"""The lines of the event log follow what comes."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from ochre_tui.widgets.event_log import EventLines

pytestmark = pytest.mark.anyio


class _Lines(App[None]):
    CSS = "EventLines { height: 3; }"

    def compose(self) -> ComposeResult:
        yield EventLines()


@pytest.mark.parametrize("numbers", [(7,), (3, 7), (2, 3, 4, 5), (4, 4, 9)])
async def test_the_newest_is_in_sight(numbers: tuple[int, ...]) -> None:
    """Also where the lines outgrow their place all at once, and nothing comes after."""
    app = _Lines()
    async with app.run_test(size=(40, 10)) as pilot:
        log = app.query_one(EventLines)
        for number in numbers:
            log.show([Content(str(line)) for line in range(number)], Content("nothing"))
            await pilot.pause()
        await pilot.pause()
        assert log.scroll_offset.y == numbers[-1] - 3
