"""`status` and `list`: how migrations stand."""

from __future__ import annotations

import time
from typing import Any

import click

from ochre_tui.commands.frame import as_json, in_migration, print_json, show_error, show_table
from ochre_tui.core.paths import root
from ochre_tui.migration.cutover.checklist import reminder
from ochre_tui.migration.home import Home
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import Status, read
from ochre_tui.migration.summary import MigrationSummary
from ochre_tui.migration.wording import status_lines

_EVERY_S = 1.0


@click.command()
@in_migration
@click.option("--watch", is_flag=True, help="Go on showing it until the run ends.")
@as_json
def status(session: Session, *, watch: bool, to_json: bool) -> None:
    """Show how the migration stands."""
    with session.store() as store:
        while True:
            found = read(store, session.paths)
            if to_json:
                print_json(found.as_json())
            else:
                _show(found, clear=watch)
                if word := reminder(store, session.paths.name, int(session.now())):
                    click.echo(word, err=True)
            if not watch or found.pid is None:
                return
            time.sleep(_EVERY_S)


@click.command("list")
@click.pass_context
@as_json
def list_migrations(context: click.Context, *, to_json: bool) -> None:
    """List the migrations on this machine."""
    found = Home(root(context.obj)).summaries()
    for migration in found:
        if migration.error is not None:
            show_error(migration.error)  # one that is damaged does not hide the others
    if to_json:
        print_json([_document(migration) for migration in found])
        return
    rows = [(m.name, m.state, m.source, m.status and m.status.counts["conversations"]["found"]) for m in found]
    show_table(("Name", "State", "Intercom workspace", "Conversations"), rows)
    for migration in found:
        if migration.reminder:
            click.echo(migration.reminder, err=True)


def _document(found: MigrationSummary) -> dict[str, Any]:
    counts = found.status.counts if found.status else None
    return {"name": found.name, "state": found.state, "workspace": found.source, "counts": counts}


def _show(found: Status, *, clear: bool) -> None:
    if clear:
        click.clear()
    for line in status_lines(found):
        click.echo(line)
