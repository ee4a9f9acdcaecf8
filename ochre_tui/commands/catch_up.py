"""`catch-up`: imports what changed in Intercom, again and again, until nothing new is left."""

from __future__ import annotations

from functools import partial

import click

from ochre_tui.commands.credentials import TokenSource, takes_token
from ochre_tui.commands.frame import Where, in_migration
from ochre_tui.commands.passphrase import PassphraseSource, takes_passphrase
from ochre_tui.commands.run import begun, import_in_thread, needed_tokens
from ochre_tui.migration.importer.run import MOST_PASSES
from ochre_tui.migration.importer.thread import ImportThread


@click.command("catch-up")
@in_migration
@takes_token
@takes_passphrase
@click.option(
    "--passes", type=click.IntRange(min=1), default=MOST_PASSES, show_default=True, help="Give up after so many passes."
)
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event.")
def catch_up(where: Where, *, source: TokenSource, passphrase: PassphraseSource, passes: int, to_json: bool) -> None:
    """Import what changed in Intercom since, until nothing new is left."""
    place = where.existing()
    importer = begun(place, partial(needed_tokens, place, source, passphrase), to_json=to_json)
    running = ImportThread(importer, partial(importer.catch_up, passes))
    raise click.exceptions.Exit(import_in_thread(running, place, to_json=to_json))
