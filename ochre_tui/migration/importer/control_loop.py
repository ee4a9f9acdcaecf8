"""Orders to an import under way: commands that come in through the store, and the plan's quiet hours."""

from __future__ import annotations

import asyncio
from datetime import tzinfo

from ochre_tui.migration.importer.controls import Controls
from ochre_tui.migration.importer.run_context import Job
from ochre_tui.migration.plan.scope import quiet, workspace_zone
from ochre_tui.migration.wording import command_sentence
from ochre_tui.store import control
from ochre_tui.store.control import Command
from ochre_tui.store.lease import Lease

_LOOK_S = 0.5


async def obey_orders(job: Job, held: Lease) -> None:
    """Obey what comes in until cancelled. Commands are read on the event loop's own connection, which waits for no
    writer."""
    zone = workspace_zone(job.workspace.timezone)
    while True:
        look(job, zone)
        if held.taken_by is not None and not job.controls.stopped:
            job.controls.stop(f"Process {held.taken_by.pid} on {held.taken_by.host} has taken the migration over.")
        await asyncio.sleep(_LOOK_S)


def look(job: Job, zone: tzinfo) -> None:
    """Obey the commands that are new, and the quiet hours of this moment."""
    for command in control.after(job.reader.conn, job.controls.heard):
        obey(job.controls, command)
        job.controls.heard = command.id
    job.controls.keep_quiet(quiet(job.plan.pace.windows, job.now(), zone))


def obey(controls: Controls, command: Command) -> None:
    """Let the controls say what the command asks for."""
    why = command_sentence(command)
    match command.action:
        case "pause":
            controls.pause(why)
        case "resume":
            controls.resume(why)
        case "stop":
            controls.stop(why)
        case "throttle":
            controls.throttle(command.value or 1, why)
    controls.changed.set()
