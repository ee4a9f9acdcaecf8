"""`export`: the workspace as a ZIP of JSON lines."""

from __future__ import annotations

from pathlib import Path

import click

from ochre_tui.commands.credentials import PassphraseSource, take_ochre_token, takes_passphrase, unlock
from ochre_tui.commands.frame import in_migration
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import size
from ochre_tui.migration.report import export as exports
from ochre_tui.migration.session import Session


@click.command()
@in_migration
@takes_passphrase
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def export(session: Session, *, passphrase: PassphraseSource, out: Path) -> None:
    """Write everything in the Ochre workspace to OUT.zip."""
    unlock(session, passphrase)
    take_ochre_token(session)
    written = exports.export(session, out)
    click.echo(f"The export is in {clean_line(str(out))} ({size(written.bytes)}).")
    click.echo(f"SHA-256 {written.sha256}")
