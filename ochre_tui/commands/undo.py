"""`undo`: take out of Ochre what this migration put in."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict

import click

from ochre_tui.commands.credentials import open_target
from ochre_tui.commands.frame import Where, in_migration, print_event, show_table
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration import audit, connection
from ochre_tui.migration.repair.undo import Kept, Page, pages
from ochre_tui.migration.repair.undo import undo as take_out
from ochre_tui.migration.status import read
from ochre_tui.migration.wording import KIND_WORDS
from ochre_tui.store import lease
from ochre_tui.store.outcomes import KINDS, Kind
from ochre_tui.store.store import Store

_SHOWN = 20


@click.command()
@in_migration
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event; needs --yes.")
def undo(where: Where, *, yes: bool, to_json: bool) -> None:
    """Take out of Ochre what this migration put in; what people changed there since stays."""
    paths = where.existing()
    now = int(time.time())
    with (
        lease.held(paths.lock),
        Store(paths.state_db) as store,
        closing(open_target(paths)) as target,
    ):
        workspace = connection.pinned(store).id_code
        if not yes:
            _refuse_unasked(to_json=to_json)
            _show(pages(store, target, workspace, now), "To take out", "To keep")
            click.confirm("Take this out of Ochre? The archive stays, so a run can bring it back.", abort=True)
        audit.note(paths, "undo")
        done = list(_told(take_out(store, target, workspace, now), to_json=to_json))
        if to_json:
            print_event("end", exit=0, status=read(store, paths).as_json())
        else:
            _show(done, "Taken out", "Kept")


def _refuse_unasked(*, to_json: bool) -> None:
    if to_json or not sys.stdin.isatty():
        raise UsageError("Nobody is there to confirm it.", advice="Add --yes if you mean it; nothing was touched.")


def _told(found: Iterable[Page], *, to_json: bool) -> Iterable[Page]:
    for page in found:
        if to_json:
            print_event("removed", kind=page.kind, count=len(page.out))
            for kept in page.kept:
                print_event("kept", **asdict(kept))
        yield page


def _show(found: Iterable[Page], out: str, stays: str) -> None:
    removed: Counter[Kind] = Counter()
    kept: list[Kept] = []
    for page in found:
        removed[page.kind] += len(page.out)
        kept += page.kept
    staying = Counter(one.kind for one in kept)
    show_table(("", out, stays), [(KIND_WORDS[kind], removed[kind], staying[kind]) for kind in KINDS])
    for one in kept[:_SHOWN]:
        click.echo(clean_line(f"Kept: {one.kind} {one.id}: {one.reason}"))
    if len(kept) > _SHOWN:
        click.echo(f"… and {len(kept) - _SHOWN:,} more; `undo --yes --json` names them all.")
