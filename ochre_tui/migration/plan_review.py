"""The plan beside what it is checked against, before an import: errors, warnings, what is undecided, what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ochre_tui.migration.plan.changes import PlanChange
from ochre_tui.migration.plan.check import Notice, PlanFacts, check_plan
from ochre_tui.migration.plan.model import Plan, PlanError, Problem
from ochre_tui.migration.scan.result import ScanResult, last_scan
from ochre_tui.migration.scan.suggest import plan_facts
from ochre_tui.migration.session import Session


@dataclass(frozen=True, slots=True)
class Review:
    """The plan, checked; `result` is the last scan, `switched_off` what was marked as switched off in Ochre,
    `changes` what is otherwise than at the last import."""

    plan: Plan
    errors: list[Problem]
    warnings: list[Notice]
    result: ScanResult | None
    undecided_admins: int
    undecided_attributes: int
    switched_off: frozenset[str]
    changes: list[PlanChange]

    @property
    def undecided(self) -> int:
        return self.undecided_admins + self.undecided_attributes


def facts_of(session: Session) -> tuple[PlanFacts, ScanResult | None]:
    """What the plan is checked against, and the last scan."""
    with session.store() as store:
        scanned = last_scan(store)
    with session.target() as target:
        return plan_facts(scanned, target.users(), target.custom_fields()), scanned


def checked(plan: Callable[[], Plan], facts: PlanFacts) -> tuple[list[Problem], list[Notice]]:
    """Every error and warning of the plan that `plan` gives, those of its text too."""
    try:
        return check_plan(plan(), facts)
    except PlanError as error:
        return error.errors, []


def undecided(found: ScanResult | None, plan: Plan | None) -> tuple[int, int]:
    """How many admins and attributes the plan says nothing of."""
    if found is None:
        return 0, 0
    plan = plan or Plan()
    admins = sum(not admin.is_bot and admin.id not in plan.admins for admin in found.admins)
    return admins, sum(one.name not in plan.fields.of(one.scope) for one in found.fields)
