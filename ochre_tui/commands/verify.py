"""`verify`: the proof that nothing is missing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json
from ochre_tui.commands.tables import show_table
from ochre_tui.commands.target import open_target
from ochre_tui.migration import connection
from ochre_tui.migration.importer.offline import reconverter
from ochre_tui.migration.verify import Verification
from ochre_tui.migration.verify import verify as compare
from ochre_tui.state.store import Store
from ochre_tui.text import clean_line

_DIFFERENCES = 8
_SHOWN = 20


@click.command()
@in_migration
@as_json
def verify(where: Where, *, to_json: bool) -> None:
    """Compare what was read from Intercom with what is in Ochre, record by record."""
    place = where.existing()
    with Store(place.state_db) as store, closing(open_target(place)) as target:
        id_code = connection.pinned(store).id_code
        again = reconverter(store, target, id_code, connection.attachment_hosts())
        result = compare(store, target, again)
    if to_json:
        print_json(asdict(result))
    else:
        _show(result)
    if not result.ok:
        raise click.exceptions.Exit(_DIFFERENCES)


def _show(result: Verification) -> None:
    rows = [(check.name, check.expected, check.actual, "ok" if check.ok else "DIFFERS") for check in result.checks]
    show_table(("Check", "Expected", "Found", ""), rows)
    found = [difference for check in result.checks for difference in check.differences]
    for one in found[:_SHOWN]:
        what = f"{one.kind} {one.id}" + (f", {one.field}" if one.field else "")
        click.echo(
            f"{clean_line(what)}: expected {clean_line(str(one.expected), 60)}, "
            f"found {clean_line(str(one.actual), 60)}." + (f" `{one.command}` tries it again." if one.command else "")
        )
    if len(found) > _SHOWN:
        click.echo(f"… and {len(found) - _SHOWN:,} more; --json names them.")
    for part in result.incomplete:
        click.echo(
            f"Conversation {clean_line(part.conversation)} is incomplete: {part.got} of {part.expected_parts} "
            f"parts. {part.reason}."
        )
    click.echo("Everything is there." if result.ok else "There are differences.")
