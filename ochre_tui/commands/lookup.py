"""`resolve` and `search`: finding in Ochre what one knew in Intercom."""

from __future__ import annotations

from dataclasses import asdict

import click

from ochre_tui.commands.credentials import open_target
from ochre_tui.commands.frame import as_json, in_migration, print_json, show_table
from ochre_tui.core.errors import ExitCode
from ochre_tui.core.text import clean_line
from ochre_tui.migration.lookup import resolve as find
from ochre_tui.migration.session import Session


@click.command()
@in_migration
@click.argument("link_or_id")
@as_json
def resolve(session: Session, *, link_or_id: str, to_json: bool) -> None:
    """Find what an old Intercom link or id is in Ochre."""
    with open_target(session) as workspace:
        found = find(workspace, link_or_id)
    if found is None:
        error = f"“{clean_line(link_or_id)}” is no conversation or contact that was imported."
        if to_json:
            print_json({"error": error})
        click.echo(error, err=True)
        raise click.exceptions.Exit(ExitCode.NOT_FOUND)
    if to_json:
        print_json(asdict(found))
    else:
        for key, value in asdict(found).items():
            click.echo(f"{key:16} {value or ''}")


@click.command()
@in_migration
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@as_json
def search(session: Session, *, words: tuple[str, ...], limit: int, to_json: bool) -> None:
    """Find customers by name, e-mail, phone, external id or company."""
    with open_target(session) as workspace:
        hits = workspace.search(" ".join(words), limit)
    if to_json:
        print_json([asdict(hit) for hit in hits])
    elif hits:
        show_table(("Name", "E-mail", "Found by", "Id"), [(hit.name, hit.email, hit.matched, hit.id) for hit in hits])
    else:
        click.echo("No customer was found.")
