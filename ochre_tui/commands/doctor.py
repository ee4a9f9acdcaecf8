"""`doctor`: whether this machine is fit for a migration."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import click

from ochre_tui.commands.frame import as_json, in_new_migration, print_json, show_table
from ochre_tui.core.errors import ExitCode, UnreachableError
from ochre_tui.core.paths import DEFAULT_NAME, existing
from ochre_tui.migration.doctor.connectivity import sides
from ochre_tui.migration.doctor.machine import Fit, machine
from ochre_tui.migration.session import Session

_SIDES = {"intercom", "ochre"}


@click.command()
@in_new_migration
@as_json
def doctor(session: Session, *, to_json: bool) -> int:
    """Check this machine and, once a migration is connected, that both its sides are reached; nothing is changed."""
    paths = session.paths
    if paths.name != DEFAULT_NAME:
        existing(paths.home, paths.name)
    found = [*machine(paths), *(asyncio.run(_of_sides(session)) if paths.exists() else [])]
    if to_json:
        print_json([asdict(one) for one in found])
    else:
        show_table(("Check", "", "Found"), [(one.check, "ok" if one.ok else "no", one.detail) for one in found])
        for one in found:
            if one.advice:
                click.echo(f"{one.check}: {one.advice}")
    return _exit_code(found)


async def _of_sides(session: Session) -> list[Fit]:
    return [side async for side in sides(session.paths, session.now)]


def _exit_code(found: list[Fit]) -> int:
    unfit = {one.check for one in found if not one.ok}
    if unfit - _SIDES:
        return ExitCode.UNEXPECTED
    return UnreachableError.exit_code if unfit else 0
