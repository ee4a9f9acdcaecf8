"""What commands on the plan check it against, and how they say what is wrong with it or changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from ochre_tui.commands.target import open_target
from ochre_tui.core.paths import Place
from ochre_tui.core.text import clean_line
from ochre_tui.migration.plan.changes import changes
from ochre_tui.migration.plan.check import Notice, PlanFacts
from ochre_tui.migration.plan.model import Plan, PlanError, Problem, parse_plan
from ochre_tui.migration.plan.suggest import plan_facts
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.store.store import Store


def facts_of(place: Place, store: Store) -> tuple[PlanFacts, ScanResult | None]:
    """What the plan is checked against, and the last scan."""
    with closing(open_target(place)) as workspace:
        users, fields = workspace.users(), workspace.custom_fields()
    kept = store.get("scan")
    scanned = ScanResult.model_validate(kept) if kept is not None else None
    return plan_facts(scanned, users, fields), scanned


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
