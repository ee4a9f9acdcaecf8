"""`spot-check`: a conversation as Intercom has it beside what Ochre has."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict

import click

from ochre_tui.commands.credentials import PassphraseSource, open_target, takes_passphrase, unlock
from ochre_tui.commands.frame import as_json, in_migration, print_json, show_table
from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.wording import moment
from ochre_tui.migration import connection
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.spot_check import Side, SpotCheck, any_conversation, find, look
from ochre_tui.migration.verify.spot_check import mark as mark_looked_at


@click.command("spot-check")
@click.argument("link_or_id", required=False)
@click.option("--mark/--unmark", default=None, help="Mark it as looked at, or take the mark away.")
@in_migration
@takes_passphrase
@as_json
def spot_check(
    session: Session, *, passphrase: PassphraseSource, link_or_id: str | None, mark: bool | None, to_json: bool
) -> None:
    """Show a conversation of both sides: by its Intercom link or id, else one at random that was not looked at yet."""
    unlock(session, passphrase)
    with session.store() as store, open_target(session) as workspace:
        chosen = find(workspace, link_or_id) if link_or_id else any_conversation(store, random.SystemRandom())
        if mark is not None:
            mark_looked_at(store, chosen, int(session.now()) if mark else None)
        found = look(store, workspace, connection.pinned(store).id_code, chosen)
    if to_json:
        print_json(asdict(found))
    else:
        _show(found)


def _show(found: SpotCheck) -> None:
    click.secho(clean_line(found.subject), bold=True)
    click.echo(f"Intercom {clean_line(found.intercom_id)}, Ochre {found.conversation_id}")
    show_table(("", "Intercom", "Ochre"), found.facts)
    for number, pair in enumerate(found.pairs):
        click.echo(f"\n[{number}]")
        for name, side in (("Intercom", pair.there), ("Ochre", pair.here)):
            for line in _lines(side):
                click.echo(f"{name:9} {line}")
    click.echo(f"\n{'Marked as looked at.' if found.looked_at else '--mark marks it as looked at.'}")


def _lines(side: Side | None) -> Iterator[str]:
    if side is None:
        yield "nothing"
        return
    when = moment(side.at) if side.at is not None else "no time"
    yield clean_line(f"{side.author}, {side.kind}, {when}")
    yield from clean(side.text).splitlines()
    yield from (clean_line(f"› {file}") for file in side.files)
