"""The plan of a migration as the app changes it, decision after decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ochre_tui.migration.cutover.checklist import switched_off
from ochre_tui.migration.importer.reference import latest_plan
from ochre_tui.migration.plan.changes import audit_changes, changes
from ochre_tui.migration.plan.check import PlanFacts
from ochre_tui.migration.plan.model import SCOPES, Fields, Plan, PlanError
from ochre_tui.migration.plan.on_disk import PlanOnDisk
from ochre_tui.migration.plan_review import Review, checked, facts_of, undecided
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.migration.scan.suggest import auto_plan, plan_notes, with_suggestions
from ochre_tui.migration.session import Session


@dataclass(slots=True)
class PlanEditor:
    """Reads the plan, and writes each change at once; for any thread."""

    session: Session
    _on_disk: PlanOnDisk = field(init=False)
    _notes: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        self._on_disk = PlanOnDisk(self.session.paths.plan)

    def read(self) -> Plan:
        """The plan, the default one where there is none; PlanError where it was made invalid by hand."""
        return self._on_disk.read()

    def update(self, change: Callable[[Plan], Plan]) -> Plan:
        """Change the plan and write it, people's comments kept; the plan as it is now."""
        before: list[Plan] = []

        def kept(plan: Plan) -> Plan:
            before.append(plan)
            return change(plan)

        plan = self._on_disk.update(kept, self._comments)
        audit_changes(self.session, before[0], plan)
        return plan

    def scanned(self) -> ScanResult | None:
        """The last scan, its suggestions made for what Ochre has now; None before the first."""
        facts, result = facts_of(self.session)
        suggested = None if result is None else with_suggestions(result, facts.users, facts.fields)
        self._notes = plan_notes(suggested) if suggested else {}
        return suggested

    def facts(self) -> PlanFacts:
        """What the plan is checked against."""
        return facts_of(self.session)[0]

    def accept_suggestions(self) -> Plan:
        """Decide what the plan says nothing of as the scan suggests; decisions that were made stay."""
        result = self.scanned()
        if result is None:
            return self.read()
        facts = self.facts()
        suggested = auto_plan(result, facts.users, facts.fields)

        def change(plan: Plan) -> Plan:
            fields = {scope: {**suggested.fields.of(scope), **plan.fields.of(scope)} for scope in SCOPES}
            return plan.model_copy(
                update={"admins": {**suggested.admins, **plan.admins}, "fields": Fields.model_validate(fields)}
            )

        return self.update(change)

    def review(self) -> Review:
        """The plan as it will be imported by, written where there was none yet."""
        if not self.session.paths.plan.exists():
            self.update(lambda plan: plan)
        errors, warnings = checked(self.read, self.facts())
        try:
            plan = self.read()
        except PlanError:
            plan = Plan()
        result = self.scanned()
        with self.session.store() as store:
            off = switched_off(store)
            changed = changes(latest_plan(store), plan) if store.get("plan") and not errors else []
        return Review(plan, errors, warnings, result, *undecided(result, plan), off, changed)

    def _comments(self) -> Mapping[str, str]:
        """Comments for the plan's tables, of the scan and of Ochre as `scanned` saw them last."""
        if self._notes is None:
            self.scanned()
        return self._notes or {}
