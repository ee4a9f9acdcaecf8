"""`resync`: mend one thing of what is imported, and touch nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ochre_tui.commands.credentials import (
    PassphraseSource,
    TokenSource,
    take_all,
    take_ochre_token,
    takes_passphrase,
    takes_token,
    unlock,
)
from ochre_tui.commands.frame import in_migration, print_event, show_table
from ochre_tui.commands.run import import_in_thread
from ochre_tui.migration.repair import attribution, fields
from ochre_tui.migration.repair.attachments import prepare_resync
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import read


@click.group()
def resync() -> None:
    """Mend one thing of what is imported, and touch nothing else."""


_PLAN = click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Use this plan instead of plan.toml.")
_PREVIEW = click.option("--preview", is_flag=True, help="Only show what it would touch.")
_JSON = click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event.")


@resync.command("attribution")
@in_migration
@takes_passphrase
@_PLAN
@_PREVIEW
@_JSON
def resync_attribution(
    session: Session, *, passphrase: PassphraseSource, plan_file: Path | None, preview: bool, to_json: bool
) -> None:
    """Rewrite authors and assignees by the plan's present mapping of admins, from what is archived here."""
    unlock(session, passphrase)
    take_ochre_token(session)
    changed: list[attribution.Change] = []

    def show(changes: attribution.Changes) -> None:
        changed.extend(changes.admins)
        columns = ("Admin", "Was", "Becomes", "Conversations", "Messages")
        rows = [(c.admin, c.before, c.now, c.conversations, c.messages) for c in changed]
        _show_changes(changed, columns, rows, "Every admin is who the plan says.", to_json=to_json)

    rewritten = 0
    if preview:
        show(attribution.preview(session, plan_file))
    else:
        rewritten = attribution.resync(session, plan_file, show)
    _show_end(session, rewritten, "conversations", to_json=to_json, silent=preview or not changed)


@resync.command("fields")
@in_migration
@takes_passphrase
@_PLAN
@_PREVIEW
@_JSON
def resync_fields(
    session: Session, *, passphrase: PassphraseSource, plan_file: Path | None, preview: bool, to_json: bool
) -> None:
    """Move values by the plan's present mapping of attributes, from what is archived here."""
    unlock(session, passphrase)
    take_ochre_token(session)
    changed: list[fields.Change] = []

    def show(changes: list[fields.Change]) -> None:
        changed.extend(changes)
        columns = ("Attribute", "Was", "Becomes", "Fit", "Don't fit")
        rows = [(f"{c.scope}: {c.name}", c.before, c.now, c.fits, c.misfits) for c in changed]
        _show_changes(changed, columns, rows, "Every attribute is where the plan says.", to_json=to_json)

    rewritten = 0
    if preview:
        show(fields.preview(session, plan_file))
    else:
        rewritten = fields.resync(session, plan_file, show)
    _show_end(session, rewritten, "records", to_json=to_json, silent=preview or not changed)


@resync.command("attachments")
@in_migration
@takes_token
@takes_passphrase
@_JSON
def resync_attachments(session: Session, *, source: TokenSource, passphrase: PassphraseSource, to_json: bool) -> None:
    """Fetch what attachments lack, with fresh addresses: those that are missing, failed or damaged."""
    take_all(session, source, passphrase)
    raise click.exceptions.Exit(import_in_thread(prepare_resync(session), to_json=to_json))


def _show_changes(
    changes: Sequence[Any],
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    nothing: str,
    *,
    to_json: bool,
) -> None:
    if to_json:
        for change in changes:
            print_event("change", **asdict(change))
    elif changes:
        show_table(columns, rows)
    else:
        click.echo(nothing)


def _show_end(session: Session, rewritten: int, what: str, *, to_json: bool, silent: bool) -> None:
    if to_json:
        with session.store() as store:
            status = read(store, session.paths)
        print_event("end", exit=0, rewritten=rewritten, status=status.as_json())
    elif not silent:
        click.echo(f"{rewritten:,} {what} were rewritten. Next: `ochre-tui verify`.")
