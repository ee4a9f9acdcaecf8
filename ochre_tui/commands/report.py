"""`report`: the migration on one page, to hand over."""

from __future__ import annotations

from pathlib import Path

import click

from ochre_tui.commands.credentials import take_ochre_token
from ochre_tui.commands.frame import in_migration
from ochre_tui.core.text import clean_line
from ochre_tui.migration.report.write import FORMATS, write_report
from ochre_tui.migration.session import Session


@click.command()
@in_migration
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="By the file's name unless told; else html.")
def report(session: Session, *, out: Path, form: str | None) -> None:
    """Write a report on the migration: what was moved, when, how, and the proof."""
    take_ochre_token(session)
    write_report(session, out, form)
    click.echo(f"The report is in {clean_line(str(out))}.")
