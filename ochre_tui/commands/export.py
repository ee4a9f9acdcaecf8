"""`export`: the workspace as a ZIP of JSON lines."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import click

from ochre_tui import __version__
from ochre_tui.commands.credentials import open_target
from ochre_tui.commands.frame import Where, in_migration
from ochre_tui.commands.passphrase import PassphraseSource, open_sealed, takes_passphrase
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import size
from ochre_tui.migration import audit
from ochre_tui.migration.report.gather import note_export
from ochre_tui.store.store import Store


@click.command()
@in_migration
@takes_passphrase
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def export(where: Where, *, passphrase: PassphraseSource, out: Path) -> None:
    """Write everything in the Ochre workspace to OUT.zip."""
    paths, now = where.existing(), int(time.time())
    open_sealed(paths, passphrase)
    with closing(open_target(paths)) as workspace:
        workspace.export(out, exported_at=now, tool_version=__version__, migration=where.name)
    with Store(paths.state_db) as store:
        found = note_export(store, out, now)
    audit.note(paths, "export", file=str(out.absolute()), bytes=found.bytes, sha256=found.sha256)
    click.echo(f"The export is in {clean_line(str(out))} ({size(found.bytes)}).")
    click.echo(f"SHA-256 {found.sha256}")
