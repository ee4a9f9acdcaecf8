"""`forget`: erase a person from what this machine keeps."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, closing

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json
from ochre_tui.commands.passphrase import PassphraseSource, open_sealed, takes_passphrase
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration import audit, connection
from ochre_tui.migration.connection import open_embedded
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.repair.forget import forget as erase
from ochre_tui.migration.repair.forget import take_out, traces_of
from ochre_tui.store import lease
from ochre_tui.store.store import Store

_THERE = "Delete them in Ochre itself; without --in-ochre they are named."


@click.command()
@in_migration
@takes_passphrase
@click.argument("email")
@click.option("--in-ochre", is_flag=True, help="Also take their records out of the Ochre workspace on this machine.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@as_json
def forget(where: Where, email: str, *, passphrase: PassphraseSource, in_ochre: bool, yes: bool, to_json: bool) -> None:
    """Erase who has this e-mail address from store, archive and logs; Ochre's own records stay, and are named.

    With --in-ochre their customers and conversations leave the workspace too.
    """
    paths = where.existing()
    open_sealed(paths, passphrase)
    with lease.held(paths.lock), Store(paths.state_db) as store, ExitStack() as stack:
        here = in_ochre or connection.pinned_server(paths) is None
        ochre = stack.enter_context(closing(open_embedded(paths, _THERE))) if here else None
        workspace = connection.pinned(store).id_code
        found = traces_of(store, email)
        if not found.contacts:
            raise UsageError(
                f"Nobody with the e-mail address {clean_line(email, 80)} is known here.",
                advice="Look them up in Ochre with `ochre-tui search`; they may have another address.",
            )
        if not yes:
            _ask(len(found.conversations), in_ochre=in_ochre, to_json=to_json)
        audit.note(
            paths,
            "forget",
            contacts=len(found.contacts),
            conversations=len(found.conversations),
            in_ochre=in_ochre,
        )
        erase(store, paths, email, found, connection.attachment_hosts(), int(time.time()))
        conversations = [conversation_id(workspace, id_) for id_ in found.conversations]
        if ochre is not None and in_ochre:
            take_out(ochre, found.customers, conversations)
        elif ochre is not None:
            ochre.sweep()  # what left it earlier, as it was deleted in Intercom
    there = {"customers": found.customers, "conversations": conversations}
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
