"""`forget`: erase a person from what this machine keeps."""

from __future__ import annotations

import sys
import time

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json
from ochre_tui.commands.passphrase import PassphraseSource, open_sealed, takes_passphrase
from ochre_tui.errors import UsageError
from ochre_tui.migration import audit, connection
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.repair.forget import forget as erase
from ochre_tui.migration.repair.forget import traces_of
from ochre_tui.state import lease
from ochre_tui.state.store import Store
from ochre_tui.text import clean_line


@click.command()
@in_migration
@takes_passphrase
@click.argument("email")
@click.option("--yes", is_flag=True, help="Don't ask.")
@as_json
def forget(where: Where, email: str, *, passphrase: PassphraseSource, yes: bool, to_json: bool) -> None:
    """Erase who has this e-mail address from store, archive and logs; Ochre's own records stay, and are named."""
    place = where.existing()
    open_sealed(place, passphrase)
    with lease.held(place.lock), Store(place.state_db) as store:
        workspace = connection.pinned(store).id_code
        found = traces_of(store, email)
        if not found.contacts:
            raise UsageError(
                f"Nobody with the e-mail address {clean_line(email, 80)} is known here.",
                advice="Look them up in Ochre with `ochre-tui search`; they may have another address.",
            )
        if not yes:
            _ask(len(found.conversations), to_json=to_json)
        audit.note(place, "forget", contacts=len(found.contacts), conversations=len(found.conversations))
        erase(store, place, email, found, connection.attachment_hosts(), int(time.time()))
    in_ochre = {
        "customers": found.customers,
        "conversations": [conversation_id(workspace, id_) for id_ in found.conversations],
    }
    if to_json:
        print_json({"contacts": found.contacts, "conversations": found.conversations, "in_ochre": in_ochre})
        return
    click.echo(
        f"Erased here: {len(found.contacts):,} contacts of Intercom and {len(found.conversations):,} conversations. "
        "Later runs leave them alone."
    )
    click.echo("Delete in Ochre too, if they asked for it:")
    for customer in in_ochre["customers"]:
        click.echo(f"  customer {customer}")
    for conversation in in_ochre["conversations"]:
        click.echo(f"  conversation {conversation}")
    click.echo("Backups, exports and reports that were made before still hold them.")


def _ask(conversations: int, *, to_json: bool) -> None:
    if to_json or not sys.stdin.isatty():
        raise UsageError("Nobody is there to confirm it.", advice="Add --yes if you mean it; nothing was touched.")
    click.confirm(
        f"Erase this person and {conversations:,} conversations from this machine's store, archive and logs? "
        "They can't be converted or compared again.",
        abort=True,
    )
