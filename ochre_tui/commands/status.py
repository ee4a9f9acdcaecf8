"""`status` and `list`: how migrations stand."""

from __future__ import annotations

import time
from typing import Any

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json, show_error, show_table
from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.paths import MigrationPaths, migrations, root
from ochre_tui.migration.cutover.checklist import reminder
from ochre_tui.migration.status import Status, read
from ochre_tui.migration.wording import status_lines
from ochre_tui.store.store import Store

_EVERY_S = 1.0


@click.command()
@in_migration
@click.option("--watch", is_flag=True, help="Go on showing it until the run ends.")
@as_json
def status(where: Where, *, watch: bool, to_json: bool) -> None:
    """Show how the migration stands."""
    paths = where.existing()
    with Store(paths.state_db) as store:
        while True:
            found = read(store, paths)
            if to_json:
                print_json(found.as_json())
            else:
                _show(found, clear=watch)
                if word := reminder(store, paths.name, int(time.time())):
                    click.echo(word, err=True)
            if not watch or found.pid is None:
                return
            time.sleep(_EVERY_S)


@click.command("list")
@click.pass_context
@as_json
def list_migrations(context: click.Context, *, to_json: bool) -> None:
    """List the migrations on this machine."""
    reminders: list[str | None] = []
    found = [_entry(paths, reminders) for paths in migrations(root(context.obj))]
    if to_json:
        print_json(found)
        return
    rows = [
        (one["name"], one["state"], one["workspace"], one["counts"] and one["counts"]["conversations"]["found"])
        for one in found
    ]
    show_table(("Name", "State", "Intercom workspace", "Conversations"), rows)
    for word in filter(None, reminders):
        click.echo(word, err=True)


def _entry(paths: MigrationPaths, reminders: list[str | None]) -> dict[str, Any]:
    try:
        with Store(paths.state_db) as store:
            found = read(store, paths)
            workspace = store.get("intercom")
            reminders.append(reminder(store, paths.name, int(time.time())))
    except OchreTuiError as error:
        show_error(error)  # one that is damaged does not hide the others
        return {"name": paths.name, "state": "failed", "workspace": None, "counts": None}
    name = workspace["name"] if workspace else None
    return {"name": paths.name, "state": found.state, "workspace": name, "counts": found.counts}


def _show(found: Status, *, clear: bool) -> None:
    if clear:
        click.clear()
    for line in status_lines(found):
        click.echo(line)
