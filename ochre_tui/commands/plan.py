"""`plan` and `plan check`: what is imported, who becomes whom, which attribute becomes which field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json
from ochre_tui.commands.plan_csv import export_csv, import_csv
from ochre_tui.commands.plan_view import document, facts_of, parsed, show, show_effects
from ochre_tui.core.errors import UsageError
from ochre_tui.migration import audit
from ochre_tui.migration.plan.check import Notice, PlanFacts, check_plan
from ochre_tui.migration.plan.file import parse_document, plan_text, read_text, set_value, split_setting, write_plan
from ochre_tui.migration.plan.model import Plan, PlanError, Problem, parse_plan
from ochre_tui.migration.plan.suggest import auto_plan, plan_notes, with_suggestions
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.store import runs
from ochre_tui.store.store import Store


@click.group(invoke_without_command=True)
@in_migration
@click.option("--auto", is_flag=True, help="The defaults, and every suggestion of the scan accepted.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help='For example admins."814860".action=skip.')
@click.option("--out", type=click.Path(path_type=Path), help="Write the plan there instead of plan.toml.")
@as_json
@click.pass_context
def plan(
    context: click.Context, where: Where, *, auto: bool, settings: Sequence[str], out: Path | None, to_json: bool
) -> None:
    """Write the plan: what to import, and what admins and attributes become.

    Without --auto the present plan is kept, or the defaults are written where there is none.
    """
    if context.invoked_subcommand is not None:
        return
    place = where.created()
    path = out or place.plan
    with Store(place.state_db) as store:
        facts, scanned = facts_of(place, store)
        before = read_text(place.plan) if place.plan.exists() else ""
        text = _text(facts, scanned, before, auto=auto, settings=settings)
        errors, warnings = _checked(text, facts)
        imported = runs.latest(store.conn) is not None
    if not errors:
        write_plan(path, text)
        audit.note_plan(place, parsed(before), parse_plan(text))
    if to_json:
        print_json(document(path, errors, warnings))
    else:
        show(path, errors, warnings)
        if imported and before and not errors:
            show_effects(parse_plan(before), parse_plan(text))
    if errors:
        raise click.exceptions.Exit(UsageError.exit_code)


@plan.command()
@in_migration
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def check(where: Where, *, file: Path, to_json: bool) -> None:
    """Check a plan against Ochre's users and fields and what the scan found; nothing is written."""
    place = where.existing()
    with Store(place.state_db) as store:
        facts, _ = facts_of(place, store)
    try:
        errors, warnings = _checked(read_text(file), facts)
    except PlanError as error:
        errors, warnings = error.errors, []
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


def _checked(text: str, facts: PlanFacts) -> tuple[list[Problem], list[Notice]]:
    try:
        return check_plan(parse_plan(text), facts)
    except PlanError as error:
        return error.errors, []


plan.add_command(export_csv)
plan.add_command(import_csv)
