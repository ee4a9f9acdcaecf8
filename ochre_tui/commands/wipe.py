"""`wipe`: a migration's local data, deleted."""

from __future__ import annotations

import sys

import click

from ochre_tui.commands.frame import in_migration
from ochre_tui.core.errors import ExitCode, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.text import clean_line
from ochre_tui.migration.session import Session
from ochre_tui.migration.wipe import contents, item_lines, receipt_lines
from ochre_tui.migration.wipe import wipe as delete


@click.command()
@in_migration
@click.option("--yes", is_flag=True, help="Don't ask.")
def wipe(session: Session, *, yes: bool) -> None:
    """Delete a migration's local data, the Ochre workspace in its folder and its kept token.

    Intercom is not touched. What was exported elsewhere stays.
    """
    if not yes:
        _ask(session.paths)
    for line in receipt_lines(delete(session)):
        click.echo(line)


def _ask(paths: MigrationPaths) -> None:
    if not sys.stdin.isatty():
        raise UsageError("Deleting wants to be confirmed.", advice="Add --yes where there is nobody to ask.")
    click.echo(f"This deletes {clean_line(str(paths.folder))}:", err=True)
    for line in item_lines(contents(paths)):
        click.echo(line, err=True)
    click.echo("Intercom is not touched. It can't be undone.", err=True)
    if not click.confirm(f"Delete all local data of {paths.name}?", err=True):
        click.echo("Nothing was deleted.", err=True)
        raise click.exceptions.Exit(ExitCode.STOPPED)
