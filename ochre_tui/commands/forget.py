"""`forget`: erase a person from what this machine keeps."""

from __future__ import annotations

import sys

import click

from ochre_tui.commands.credentials import PassphraseSource, takes_passphrase, unlock
from ochre_tui.commands.frame import as_json, in_migration, print_json
from ochre_tui.core.errors import UsageError
from ochre_tui.migration.repair.forget import Forgotten
from ochre_tui.migration.repair.forget import forget as erase
from ochre_tui.migration.session import Session


@click.command()
@in_migration
@takes_passphrase
@click.argument("email")
@click.option("--in-ochre", is_flag=True, help="Also take their records out of the Ochre workspace on this machine.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@as_json
def forget(
    session: Session, email: str, *, passphrase: PassphraseSource, in_ochre: bool, yes: bool, to_json: bool
) -> None:
    """Erase who has this e-mail address from store, archive and logs; Ochre's own records stay, and are named.

    With --in-ochre their customers and conversations leave the workspace too.
    """
    unlock(session, passphrase)

    def confirm(found: Forgotten) -> None:
        if not yes:
            _ask(len(found.conversations), in_ochre=in_ochre, to_json=to_json)

    found = erase(session, email, in_ochre=in_ochre, confirm=confirm)
    there = {"customers": found.customers, "conversations": found.ochre_conversations}
    if to_json:
        print_json(
            {"contacts": found.contacts, "conversations": found.conversations, "in_ochre": there, "removed": in_ochre}
        )
        return
    click.echo(
        f"Erased here: {len(found.contacts):,} contacts of Intercom and {len(found.conversations):,} conversations. "
        "Later runs leave them alone."
    )
    if in_ochre:
        click.echo(
            f"Taken out of Ochre: {len(found.customers):,} customers and {len(found.conversations):,} conversations."
        )
    else:
        click.echo("Delete in Ochre too, if they asked for it (--in-ochre does, where it is on this machine):")
        for customer in there["customers"]:
            click.echo(f"  customer {customer}")
        for conversation in there["conversations"]:
            click.echo(f"  conversation {conversation}")
    click.echo("Backups, exports and reports that were made before still hold them.")


def _ask(conversations: int, *, in_ochre: bool, to_json: bool) -> None:
    if to_json or not sys.stdin.isatty():
        raise UsageError("Nobody is there to confirm it.", advice="Add --yes if you mean it; nothing was touched.")
    ochre = ", and from Ochre" if in_ochre else ""
    click.confirm(
        f"Erase this person and {conversations:,} conversations from this machine's store, archive and logs{ochre}? "
        "They can't be converted or compared again.",
        abort=True,
    )
