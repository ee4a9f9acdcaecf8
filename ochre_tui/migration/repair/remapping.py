"""The latest run's plan with a part of it changed, to be brought to what is imported without a run."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.migration.importer.reference import Reference, archived_reference, latest_plan, mapping_digest
from ochre_tui.migration.plan.file import plan_text
from ochre_tui.migration.plan.model import Plan
from ochre_tui.ochre.target import Target
from ochre_tui.store import runs
from ochre_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class Remapping:
    """What the latest run imported by, and what it would have by the changed `plan`."""

    plan: Plan
    before: Reference
    after: Reference
    run: int


def with_admins_of(store: Store, target: Target, plan: Plan, workspace: str, hosts: FileHosts) -> Remapping:
    """The latest run's plan with the admins of this one; UsageError before the first run."""
    old = latest_plan(store)
    return _changed(store, target, old, old.model_copy(update={"admins": plan.admins}), workspace, hosts)


def with_fields_of(store: Store, target: Target, plan: Plan, workspace: str, hosts: FileHosts) -> Remapping:
    """The latest run's plan with the fields of this one; UsageError before the first run."""
    old = latest_plan(store)
    return _changed(store, target, old, old.model_copy(update={"fields": plan.fields}), workspace, hosts)


def keep(store: Store, found: Remapping) -> None:
    """Later runs, and verification, go by this mapping; a run still converts all again where more than it changed."""
    if store.get("mapping") == mapping_digest(found.before.lookups):
        store.set("mapping", mapping_digest(found.after.lookups))
    store.set("plan", plan_text(found.plan))


def _changed(store: Store, target: Target, old: Plan, new: Plan, workspace: str, hosts: FileHosts) -> Remapping:
    before = archived_reference(store, target, old, workspace, hosts)
    after = archived_reference(store, target, new, workspace, hosts)
    run = runs.latest(store.conn)
    assert run is not None  # there is a reference, so there was a run
    return Remapping(new, before, after, run.id)
