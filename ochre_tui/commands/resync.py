"""`resync`: mend one thing of what is imported, and touch nothing else."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from ochre_tui.commands.frame import Where, in_migration, print_event
from ochre_tui.commands.tables import show_table
from ochre_tui.migration import connection
from ochre_tui.migration.importer.prepare import usable_plan
from ochre_tui.migration.repair import attribution
from ochre_tui.migration.status import read
from ochre_tui.state import lease
from ochre_tui.state.store import Store


@click.group()
def resync() -> None:
    """Mend one thing of what is imported, and touch nothing else."""


@resync.command("attribution")
@in_migration
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Use this plan instead of plan.toml.")
@click.option("--preview", is_flag=True, help="Only show what it would touch.")
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event.")
def resync_attribution(where: Where, *, plan_file: Path | None, preview: bool, to_json: bool) -> None:
    """Rewrite authors and assignees by the plan's present mapping of admins, from what is archived here."""
    place = where.existing()
    plan = usable_plan(place, plan_file)
    with (
        lease.held(place.lock),
        Store(place.state_db) as store,
        closing(connection.open_target(place)) as target,
    ):
        workspace = connection.pinned(store).id_code
        found = attribution.remapping(store, target, plan, workspace, connection.attachment_hosts())
        _show_changes(found.changes, to_json=to_json)
        rewritten = 0 if preview else attribution.resync(store, target, found, int(time.time()))
        if to_json:
            print_event("end", exit=0, rewritten=rewritten, status=read(store, place).as_json())
        elif not preview and found.changes:
            click.echo(f"{rewritten:,} conversations were rewritten. Next: `ochre-tui verify`.")


def _show_changes(changes: list[attribution.Change], *, to_json: bool) -> None:
    if to_json:
        for change in changes:
            print_event("change", **asdict(change))
    elif changes:
        rows = [(c.admin, c.before, c.now, c.conversations, c.messages) for c in changes]
        show_table(("Admin", "Was", "Becomes", "Conversations", "Messages"), rows)
    else:
        click.echo("Every admin is who the plan says.")
