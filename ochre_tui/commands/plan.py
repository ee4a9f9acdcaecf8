"""`plan` and `plan check`: what is imported, who becomes whom, which attribute becomes which field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import click

from ochre_tui.commands.credentials import take_ochre_token
from ochre_tui.commands.frame import as_json, in_migration, in_new_migration, print_json
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.core.text_file import read_csv_text
from ochre_tui.migration.mapping.admins import AdminSheet, admins_known, with_admins
from ochre_tui.migration.mapping.csv_file import admins_csv, fields_csv, read_admins, read_fields, write_file
from ochre_tui.migration.mapping.fields import FieldSheet, field_entries, with_fields
from ochre_tui.migration.plan.changes import audit_changes, changes
from ochre_tui.migration.plan.check import Notice, PlanFacts, check_plan
from ochre_tui.migration.plan.file import (
    parse_document,
    plan_text,
    read_plan,
    read_plan_text,
    set_value,
    split_setting,
    write_plan,
)
from ochre_tui.migration.plan.model import Plan, PlanError, Problem, parse_plan
from ochre_tui.migration.plan_review import checked, facts_of
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.migration.scan.suggest import auto_plan, plan_notes, with_suggestions
from ochre_tui.migration.session import Session
from ochre_tui.store import runs

Kind: TypeAlias = Literal["admins", "attributes"]

_KIND = click.argument("kind", type=click.Choice(["admins", "attributes"]))
_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command("export")
@in_migration
@_KIND
@_FILE
def export_csv(session: Session, *, kind: Kind, file: Path) -> None:
    """Write the admins or attributes with what is suggested and decided to a CSV file, to be edited there."""
    take_ochre_token(session)
    facts, scanned = facts_of(session)
    plan_path = session.paths.plan
    plan = read_plan(plan_path) if plan_path.exists() else Plan()
    text = _sheet(kind, session, _needed(scanned), facts, plan)[0]()
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
def import_csv(session: Session, *, kind: Kind, file: Path, to_json: bool) -> None:
    """Take the decisions in a CSV file into the plan; rows without an action say nothing, a bad line refuses all."""
    take_ochre_token(session)
    facts, scanned = facts_of(session)
    result, path = _needed(scanned), session.paths.plan
    before = read_plan_text(path) if path.exists() else ""
    old = read_plan(path) if before else Plan()
    new = _sheet(kind, session, result, facts, old)[1](read_csv_text(file))
    errors, warnings = check_plan(new, facts)
    if not errors:
        notes = plan_notes(with_suggestions(result, facts.users, facts.fields))
        write_plan(path, plan_text(new, notes, before))
        audit_changes(session, old, new)
    if to_json:
        print_json(document(path, errors, warnings))
    else:
        show(path, errors, warnings)
        if _has_imported(session) and not errors:
            show_effects(old, new)
    if errors:
        raise click.exceptions.Exit(UsageError.exit_code)


def _needed(scanned: ScanResult | None) -> ScanResult:
    if scanned is None:
        raise UsageError("There is no scan yet, so nobody to decide on.", advice="Run `ochre-tui scan` first.")
    return scanned


def _sheet(
    kind: Kind, session: Session, scanned: ScanResult, facts: PlanFacts, plan: Plan
) -> tuple[Callable[[], str], Callable[[str], Plan]]:
    """How the sheet is written, and how the plan becomes what an edited one says."""
    if kind == "admins":
        admins = AdminSheet(admins_known(session, scanned), facts.users, plan.admins)
        return lambda: admins_csv(admins), lambda text: with_admins(plan, read_admins(admins, text))
    fields: Any = FieldSheet(scanned.fields, facts.fields, field_entries(plan))
    return lambda: fields_csv(fields), lambda text: with_fields(plan, read_fields(fields, text))


@click.group(invoke_without_command=True)
@in_new_migration
@click.option("--auto", is_flag=True, help="The defaults, and every suggestion of the scan accepted.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help='For example admins."814860".action=skip.')
@click.option("--out", type=click.Path(path_type=Path), help="Write the plan there instead of plan.toml.")
@as_json
@click.pass_context
def plan(
    context: click.Context, session: Session, *, auto: bool, settings: Sequence[str], out: Path | None, to_json: bool
) -> None:
    """Write the plan: what to import, and what admins and attributes become.

    Without --auto the present plan is kept, or the defaults are written where there is none.
    """
    if context.invoked_subcommand is not None:
        return
    paths = session.paths
    paths.create()
    take_ochre_token(session)
    facts, scanned = facts_of(session)
    path = out or paths.plan
    before = read_plan_text(paths.plan) if paths.plan.exists() else ""
    text = _text(facts, scanned, before, auto=auto, settings=settings)
    errors, warnings = checked(partial(parse_plan, text), facts)
    if not errors:
        write_plan(path, text)
        if path.resolve() == paths.plan.resolve():
            audit_changes(session, parsed(before), parse_plan(text))
    if to_json:
        print_json(document(path, errors, warnings))
    else:
        show(path, errors, warnings)
        if before and not errors and _has_imported(session):
            show_effects(parse_plan(before), parse_plan(text))
    if errors:
        raise click.exceptions.Exit(UsageError.exit_code)


@plan.command()
@in_migration
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def check(session: Session, *, file: Path, to_json: bool) -> None:
    """Check a plan against Ochre's users and fields and what the scan found; nothing is written."""
    take_ochre_token(session)
    facts, _ = facts_of(session)
    errors, warnings = checked(lambda: parse_plan(read_plan_text(file)), facts)
    if to_json:
        print_json(document(file, errors, warnings))
    else:
        show(file, errors, warnings, written=False)
    if errors:
        raise click.exceptions.Exit(UsageError.exit_code)


def _text(facts: PlanFacts, scanned: ScanResult | None, before: str, *, auto: bool, settings: Sequence[str]) -> str:
    text = before or plan_text(Plan())
    if auto:
        if scanned is None:
            raise UsageError(
                "There is no scan to take suggestions from.", advice="Run `ochre-tui scan` first, then this again."
            )
        suggested = with_suggestions(scanned, facts.users, facts.fields)
        text = plan_text(auto_plan(suggested, facts.users, facts.fields), plan_notes(suggested), before)
    if settings:
        changed = parse_document(text)
        for setting in settings:
            set_value(changed, *split_setting(setting))
        text = changed.as_string()
    return text


def _has_imported(session: Session) -> bool:
    with session.store() as store:
        return runs.latest(store.conn) is not None


plan.add_command(export_csv)
plan.add_command(import_csv)


def show(path: Path, errors: Sequence[Problem], warnings: Sequence[Notice], *, written: bool = True) -> None:
    """Say what is wrong with a plan, and whether it was written."""
    for error in errors:
        click.echo(f"{click.style('error', fg='red')}    {clean_line(error.key)}: {clean_line(error.error)}", err=True)
    for warning in warnings:
        click.echo(f"{click.style('warning', fg='yellow')}  {clean_line(warning.key)}: {clean_line(warning.warning)}")
    shown = clean_line(str(path))
    if errors:
        click.echo(f"{len(errors)} to mend; nothing was written.", err=True)
    elif written:
        click.echo(f"The plan is in {shown}. Next: `ochre-tui run`.")
    else:
        click.echo(f"{shown} is a valid plan.")


def document(path: Path, errors: Sequence[Problem], warnings: Sequence[Notice]) -> dict[str, object]:
    """The JSON that says so."""
    return {
        "path": str(path),
        "errors": [asdict(error) for error in errors],
        "warnings": [asdict(warning) for warning in warnings],
    }


def show_effects(old: Plan, new: Plan) -> None:
    """Say what each change means for what is imported already."""
    for change in changes(old, new):
        click.echo(f"{change.key} affects {change.affects}: apply it with `ochre-tui {change.command}`.")


def parsed(text: str) -> Plan:
    """The plan as it was; one that was spoilt by hand counts as the default one."""
    try:
        return parse_plan(text)
    except PlanError:
        return Plan()
