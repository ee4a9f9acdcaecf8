"""The loop that obeys: commands that come in through the store, and the plan's quiet hours."""

from __future__ import annotations

import asyncio
from datetime import tzinfo

from ochre_tui.migration.importer.controls import Controls
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.migration.plan.scope import quiet_hours, workspace_zone
from ochre_tui.migration.wording import command_sentence
from ochre_tui.store import control
from ochre_tui.store.control import Command

_INTERVAL_S = 0.5


async def control_loop(context: RunContext) -> None:
    """Obey what comes in until cancelled. Commands are read on the event loop's own connection, which waits for no
    writer."""
    zone = workspace_zone(context.workspace.timezone)
    while True:
        obey_new(context, zone)
        await asyncio.sleep(_INTERVAL_S)


def obey_new(context: RunContext, zone: tzinfo) -> None:
    """Obey the commands that are new, and the quiet hours of this moment."""
    for command in control.after(context.reader.conn, context.controls.last_command):
        obey(context.controls, command)
        context.controls.last_command = command.id
    context.controls.set_quiet_hours(quiet_hours(context.plan.pace.windows, context.now(), zone))


def obey(controls: Controls, command: Command) -> None:
    """Let the controls say what the command asks for."""
    reason = command_sentence(command)
    match command.action:
        case "pause":
            controls.pause(reason)
        case "resume":
            controls.resume(reason)
        case "stop":
            controls.stop(reason)
        case "throttle":
            controls.throttle(command.value or 1, reason)
    controls.changed.set()
