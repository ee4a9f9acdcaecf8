"""`audit`: who did what to a migration, and whether that log is whole."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ochre_tui.commands.frame import as_json, in_migration, print_json, show_table
from ochre_tui.core.errors import AuditError
from ochre_tui.core.wording import second
from ochre_tui.migration.audit import log
from ochre_tui.migration.session import Session


@click.group()
def audit() -> None:
    """The audit log: who did what, and when."""


@audit.command("list")
@in_migration
@as_json
def list_entries(session: Session, *, to_json: bool) -> None:
    """List what was done, the oldest first."""
    found = log.entries(session.paths)
    if to_json:
        print_json([asdict(entry) for entry in found])
        return
    show_table(
        ("#", "When (UTC)", "Who", "What", "Facts"),
        [
            (
                entry.number,
                second(entry.at),
                entry.who,
                entry.what,
                json.dumps(entry.facts, ensure_ascii=False) if entry.facts else "",
            )
            for entry in found
        ],
    )


@audit.command()
@in_migration
@as_json
def verify(session: Session, *, to_json: bool) -> None:
    """Check that no line was changed, moved, added or taken out."""
    paths = session.paths
    found = log.verify(paths)
    if to_json:
        print_json(asdict(found))
    elif found.problem is None:
        half = f" {found.torn} half written by a crash, which the chain accounts for." if found.torn else ""
        click.echo(f"The audit log is whole: {found.entries:,} lines.{half}")
    if found.problem is not None:
        error = AuditError(
            f"The audit log is not whole: {found.problem}.",
            meaning=f"The {found.entries:,} lines before that are as they were written.",
            advice=f"Compare {paths.audit} with a copy that was kept elsewhere.",
        )
        if to_json:
            raise click.exceptions.Exit(error.exit_code)
        raise error
