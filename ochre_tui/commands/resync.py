"""`resync`: mend one thing of what is imported, and touch nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from ochre_tui.commands.credentials import TokenSource, need_token, open_target, takes_token
from ochre_tui.commands.frame import Where, in_migration, print_event, show_table
from ochre_tui.commands.passphrase import PassphraseSource, open_sealed, takes_passphrase
from ochre_tui.commands.run import import_in_thread, needed_tokens
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration import audit, connection
from ochre_tui.migration.importer.reference import latest_plan
from ochre_tui.migration.importer.run import prepare_import, usable_plan
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.repair import attribution, fields
from ochre_tui.migration.repair.attachments import fetch_missing
from ochre_tui.migration.repair.remapping import with_admins_of, with_fields_of
from ochre_tui.migration.status import read
from ochre_tui.ochre.target import Target
from ochre_tui.store import lease
from ochre_tui.store.store import Store


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
    where: Where, *, passphrase: PassphraseSource, plan_file: Path | None, preview: bool, to_json: bool
) -> None:
    """Rewrite authors and assignees by the plan's present mapping of admins, from what is archived here."""
    with _offline(where, passphrase, plan_file) as (paths, plan, store, target, workspace):
        found = with_admins_of(store, target, plan, workspace, connection.attachment_hosts())
        changes = attribution.changes(store, found)
        columns = ("Admin", "Was", "Becomes", "Conversations", "Messages")
        rows = [(c.admin, c.before, c.now, c.conversations, c.messages) for c in changes]
        _show_changes(changes, columns, rows, "Every admin is who the plan says.", to_json=to_json)
        rewritten = 0 if preview else attribution.resync(store, target, found, changes, int(time.time()))
        _show_end(store, paths, rewritten, "conversations", to_json=to_json, silent=preview or not changes)


@resync.command("fields")
@in_migration
@takes_passphrase
@_PLAN
@_PREVIEW
@_JSON
def resync_fields(
    where: Where, *, passphrase: PassphraseSource, plan_file: Path | None, preview: bool, to_json: bool
) -> None:
    """Move values by the plan's present mapping of attributes, from what is archived here."""
    with _offline(where, passphrase, plan_file) as (paths, plan, store, target, workspace):
        found = with_fields_of(store, target, plan, workspace, connection.attachment_hosts())
        changes = fields.changes(store, target, found)
        columns = ("Attribute", "Was", "Becomes", "Fit", "Don't fit")
        rows = [(f"{c.scope}: {c.name}", c.before, c.now, c.fits, c.misfits) for c in changes]
        _show_changes(changes, columns, rows, "Every attribute is where the plan says.", to_json=to_json)
        rewritten = 0 if preview else fields.resync(store, target, found, int(time.time()))
        _show_end(store, paths, rewritten, "records", to_json=to_json, silent=preview or not changes)


@resync.command("attachments")
@in_migration
@takes_token
@takes_passphrase
@_JSON
def resync_attachments(where: Where, *, source: TokenSource, passphrase: PassphraseSource, to_json: bool) -> None:
    """Fetch what attachments lack, with fresh addresses: those that are missing, failed or damaged."""
    paths = where.existing()
    with Store(paths.state_db) as store:
        plan = latest_plan(store)
        importer = prepare_import(paths, store, plan, needed_tokens(paths, source, passphrase))
    running = ImportThread(importer, partial(importer.repair, fetch_missing))
    raise click.exceptions.Exit(import_in_thread(running, paths, to_json=to_json))


@contextmanager
def _offline(
    where: Where, passphrase: PassphraseSource, plan_file: Path | None
) -> Iterator[tuple[MigrationPaths, Plan, Store, Target, str]]:
    """What a re-sync without requests works with, held for it alone; the last is Intercom's workspace."""
    paths = where.existing()
    open_sealed(paths, passphrase)
    need_token(paths)
    plan = usable_plan(paths, plan_file)
    with (
        lease.held(paths.lock),
        Store(paths.state_db) as store,
        closing(open_target(paths)) as target,
    ):
        yield paths, plan, store, target, connection.pinned(store).id_code


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


def _show_end(store: Store, paths: MigrationPaths, rewritten: int, what: str, *, to_json: bool, silent: bool) -> None:
    if not silent:
        audit.note(paths, "resync", rewritten=rewritten, kind=what)
    if to_json:
        print_event("end", exit=0, rewritten=rewritten, status=read(store, paths).as_json())
    elif not silent:
        click.echo(f"{rewritten:,} {what} were rewritten. Next: `ochre-tui verify`.")
