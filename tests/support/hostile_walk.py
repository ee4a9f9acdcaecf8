"""The app on this very terminal, walked through all its screens by a hand that needs no keyboard.

`python -m tests.support.hostile_walk HOME`, with the steps to visit after it, all without.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ochre_tui.migration.home import Home
from tests.support.staged_run import app_of

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.pilot import Pilot

from ochre_tui.app.app import OchreApp
from ochre_tui.screens.steps import ORDER, Step, barrier
from ochre_tui.widgets.side_by_side import SideBySide
from tests.support.keyboard import at, until
from tests.support.staged_run import still

NOON = 1_793_534_400
_KEYS = {
    Step.SCAN: ["p", "s", "escape"],
    Step.ADMINS: ["pagedown"] * 12 + ["enter", "escape"],
    Step.ATTRIBUTES: ["pagedown"] * 12 + ["enter", "escape"],
    Step.REVIEW: ["pagedown"] * 4,
    Step.IMPORT: ["pagedown"] * 3 + ["l", *["pagedown"] * 12, "escape", "x", *["pagedown"] * 12, "escape"],
    Step.VERIFY: ["down", "enter", *["down"] * 6, "escape"],
    Step.SPOT_CHECK: ["enter", *["pagedown"] * 6, "escape"] * 3,
}


async def walk(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app, OchreApp)
    await still(pilot)
    for step in ORDER:
        if barrier(step, app.standing) is not None:
            continue
        while len(app.screen_stack) > 2:
            app.pop_screen()
        app.go(step)
        await until(pilot, lambda step=step: at(pilot, step), step.title)  # type: ignore[misc]  # the loop's own step
        if step is Step.SPOT_CHECK:
            await until(
                pilot, lambda: any(both.conversation for both in app.screen.query(SideBySide)), "a conversation"
            )
        await still(pilot)
        for key in _KEYS.get(step, ["pagedown"] * 2):
            await pilot.press(key)
            await pilot.pause()
    app.exit(0)


if __name__ == "__main__":
    session = Home(Path(sys.argv[1]), now=lambda: NOON).open("default")
    app = app_of(session, theme="ansi")
    app.run(auto_pilot=walk)  # type: ignore[arg-type]  # Textual has it for an app of no result
    if app._exception is not None:
        raise app._exception
