"""Working an app in tests as an operator would: by keys, and waiting for what they set off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from textual import events
from textual.pilot import Pilot

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.home import Home
from ochre_tui.migration.overview import remember_step
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step

OpenApp: TypeAlias = Callable[[Path], OchreApp]
"""Makes the app on a home."""
PATIENCE_S = 20.0
_LOOK_S = 0.01
_PASTE = "paste:"
_CALM = 4


async def settled(pilot: Pilot[int]) -> None:
    """Wait until no work is under way and what it sent has been shown."""
    end = time.monotonic() + PATIENCE_S
    calm = 0
    while calm < _CALM:
        await asyncio.sleep(_LOOK_S)
        calm = calm + 1 if _calm(pilot) else 0
        assert time.monotonic() < end, f"still at work: {[worker.description for worker in pilot.app.workers]}"


def _calm(pilot: Pilot[int]) -> bool:
    app = pilot.app
    pumps = [app, app.screen, *app.screen.walk_children()]
    return all(worker.is_finished for worker in app.workers) and not any(pump.message_queue_size for pump in pumps)


async def until(pilot: Pilot[int], happened: Callable[[], bool], what: str) -> None:
    """Wait for something that can be seen on the app."""
    end = time.monotonic() + PATIENCE_S
    while not happened():
        await asyncio.sleep(_LOOK_S)
        assert time.monotonic() < end, f"never happened: {what}"


def at(pilot: Pilot[int], step: Step) -> bool:
    """Whether that step's screen is shown."""
    return isinstance(pilot.app.screen, StepScreen) and pilot.app.screen.STEP is step


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys one by one, each when what the one before set off is done; "paste:…" pastes."""
    for key in keys:
        if key.startswith(_PASTE):
            pilot.app.post_message(events.Paste(key.removeprefix(_PASTE)))
        else:
            await pilot.press(key)
        await settled(pilot)


def at_step(home: Path, step: Step) -> None:
    """Let the migration `default` go on at that step."""
    session = Home(home).open("default")
    remember_step(session, step.value)


def pressing(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """What a snapshot is taken after: the app has opened, and these keys were pressed."""

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await press(pilot, *keys)

    return before


def shown(pilot: Pilot[int]) -> str:
    """The text on the screen."""
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in lines)
