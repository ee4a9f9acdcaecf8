"""`undo`: take out of Ochre what this migration put in."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict

import click

from ochre_tui.commands.credentials import take_ochre_token
from ochre_tui.commands.frame import in_migration, print_event, show_table
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration.repair.undo import Page, Undone
from ochre_tui.migration.repair.undo import undo as take_out
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import read
from ochre_tui.migration.wording import KIND_WORDS
from ochre_tui.store.outcomes import KINDS

_SHOWN = 20


@click.command()
@in_migration
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event; needs --yes.")
def undo(session: Session, *, yes: bool, to_json: bool) -> None:
    """Take out of Ochre what this migration put in; what people changed there since stays."""
    take_ochre_token(session)

    def confirm(preview: Undone) -> None:
        _refuse_unasked(to_json=to_json)
        _show(preview, "To take out", "To keep")
        click.confirm("Take this out of Ochre? The archive stays, so a run can bring it back.", abort=True)

    undone = take_out(session, _print_page if to_json else lambda page: True, None if yes else confirm)
    if to_json:
        with session.store() as store:
            status = read(store, session.paths)
        print_event("end", exit=0, status=status.as_json())
    else:
        _show(undone, "Taken out", "Kept")


def _refuse_unasked(*, to_json: bool) -> None:
    if to_json or not sys.stdin.isatty():
        raise UsageError("Nobody is there to confirm it.", advice="Add --yes if you mean it; nothing was touched.")


def _print_page(page: Page) -> bool:
    print_event("removed", kind=page.kind, count=len(page.out))
    for kept in page.kept:
        print_event("kept", **asdict(kept))
    return True


def _show(undone: Undone, out: str, stays: str) -> None:
    staying = Counter(record.kind for record in undone.kept)
    show_table(("", out, stays), [(KIND_WORDS[kind], undone.out[kind], staying[kind]) for kind in KINDS])
    for record in undone.kept[:_SHOWN]:
        click.echo(clean_line(f"Kept: {record.kind} {record.id}: {record.reason}"))
    if len(undone.kept) > _SHOWN:
        click.echo(f"… and {len(undone.kept) - _SHOWN:,} more; `undo --yes --json` names them all.")
