"""`retry`: the records in quarantine, tried again or listed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import click

from ochre_tui.commands.credentials import TokenSource, takes_token
from ochre_tui.commands.frame import Where, in_migration, print_json
from ochre_tui.commands.passphrase import PassphraseSource, takes_passphrase
from ochre_tui.commands.run import begun, import_in_thread, needed_tokens, print_end
from ochre_tui.commands.tables import show_table
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration import status
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.repair import quarantine
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.store.store import Store


@click.command()
@in_migration
@takes_token
@takes_passphrase
@click.argument("records", nargs=-1, metavar="[KIND:ID]...")
@click.option("--list", "only_list", is_flag=True, help="Only list the records in quarantine.")
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event; with --list one document.")
def retry(
    where: Where,
    *,
    source: TokenSource,
    passphrase: PassphraseSource,
    records: tuple[str, ...],
    only_list: bool,
    to_json: bool,
) -> None:
    """Try the quarantined records again: these, or all."""
    place = where.existing()
    if only_list and records:
        raise UsageError("--list shows all records.", advice="Leave out the names, or --list.")
    with Store(place.state_db) as store:
        chosen = quarantine.chosen(store, records)
        if only_list:
            _show(chosen, to_json=to_json)
            return
        if not chosen:
            nothing = status.read(store, place)
            if to_json:
                print_end(0, nothing)
            else:
                click.echo("Nothing is in quarantine.")
            return
        importer = begun(place, partial(needed_tokens, place, source, passphrase), to_json=to_json)
        quarantine.let_try_again(store, chosen)
    raise click.exceptions.Exit(import_in_thread(ImportThread(importer), place, to_json=to_json))


def _show(records: list[Quarantined], *, to_json: bool) -> None:
    if to_json:
        print_json([asdict(record) for record in records])
    elif not records:
        click.echo("Nothing is in quarantine.")
    else:
        rows = [
            (f"{record.kind}:{clean_line(record.id)}", record.attempts, clean_line(record.reason)) for record in records
        ]
        show_table(("Record", "Tries", "Reason"), rows)
