"""`report`: the migration on one page, to hand over."""

from __future__ import annotations

import time
from pathlib import Path

import click

from ochre_tui import __version__
from ochre_tui.commands.credentials import need_token
from ochre_tui.commands.frame import Where, in_migration
from ochre_tui.core.process import actor
from ochre_tui.core.text import clean_line
from ochre_tui.migration.report.gather import gather
from ochre_tui.migration.report.write import FORMATS, write_report
from ochre_tui.store.store import Store


@click.command()
@in_migration
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="By the file's name unless told; else html.")
def report(where: Where, *, out: Path, form: str | None) -> None:
    """Write a report on the migration: what was moved, when, how, and the proof."""
    paths = where.existing()
    need_token(paths)
    named = out.suffix.lower().lstrip(".")
    with Store(paths.state_db) as store:
        found = gather(store, paths, now=int(time.time()), by=actor(), version=__version__)
    write_report(found, out, form or (named if named in FORMATS else "html"))
    click.echo(f"The report is in {clean_line(str(out))}.")
