"""`plan export` and `plan import`: decisions in bulk, by way of a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json
from ochre_tui.commands.plan_view import document, facts_of, show, show_effects
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration import audit, connection
from ochre_tui.migration.mapping.admins import AdminSheet, with_admins
from ochre_tui.migration.mapping.csv_file import admins_csv, fields_csv, read_admins, read_fields, read_file, write_file
from ochre_tui.migration.mapping.fields import FieldSheet, field_entries, with_fields
from ochre_tui.migration.mapping.known_admins import admins_known
from ochre_tui.migration.plan.check import PlanFacts, check_plan
from ochre_tui.migration.plan.file import plan_text, read_plan, read_text, write_plan
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.plan.suggest import plan_notes, with_suggestions
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.store import runs
from ochre_tui.store.store import Store

Kind: TypeAlias = Literal["admins", "attributes"]

_KIND = click.argument("kind", type=click.Choice(["admins", "attributes"]))
_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command("export")
@in_migration
@_KIND
@_FILE
def export_csv(where: Where, *, kind: Kind, file: Path) -> None:
    """Write the admins or attributes with what is suggested and decided to a CSV file, to be edited there."""
    place = where.existing()
    with Store(place.state_db) as store:
        facts, scanned = facts_of(place, store)
        plan = read_plan(place.plan) if place.plan.exists() else Plan()
        text = _sheet(kind, store, _needed(scanned), facts, plan)[0]()
    write_file(file, text)
    click.echo(
        f"Written to {clean_line(str(file))}. Fill in the column `action` and those after it, then "
        f"`ochre-tui plan import {kind} FILE`."
    )


@click.command("import")
@in_migration
@_KIND
@_FILE
@as_json
def import_csv(where: Where, *, kind: Kind, file: Path, to_json: bool) -> None:
    """Take the decisions in a CSV file into the plan; rows without an action say nothing, a bad line refuses all."""
    place = where.existing()
    with Store(place.state_db) as store:
        facts, scanned = facts_of(place, store)
        found = _needed(scanned)
        before = read_text(place.plan) if place.plan.exists() else ""
        old = read_plan(place.plan) if before else Plan()
        new = _sheet(kind, store, found, facts, old)[1](read_file(file))
        errors, warnings = check_plan(new, facts)
        imported = runs.latest(store.conn) is not None
    if not errors:
        notes = plan_notes(with_suggestions(found, facts.users, facts.fields))
        write_plan(place.plan, plan_text(new, notes, before))
        audit.note_plan(place, old, new)
    if to_json:
        print_json(document(place.plan, errors, warnings))
    else:
        show(place.plan, errors, warnings)
        if imported and not errors:
            show_effects(old, new)
    if errors:
        raise click.exceptions.Exit(UsageError.exit_code)


def _needed(scanned: ScanResult | None) -> ScanResult:
    if scanned is None:
        raise UsageError("There is no scan yet, so nobody to decide on.", advice="Run `ochre-tui scan` first.")
    return scanned


def _sheet(
    kind: Kind, store: Store, scanned: ScanResult, facts: PlanFacts, plan: Plan
) -> tuple[Callable[[], str], Callable[[str], Plan]]:
    """How the sheet is written, and how the plan becomes what an edited one says."""
    if kind == "admins":
        known = admins_known(store, scanned, connection.pinned(store).id_code)
        admins = AdminSheet(known, facts.users, plan.admins)
        return lambda: admins_csv(admins), lambda text: with_admins(plan, read_admins(admins, text))
    fields: Any = FieldSheet(scanned.fields, facts.fields, field_entries(plan))
    return lambda: fields_csv(fields), lambda text: with_fields(plan, read_fields(fields, text))
