"""The latest run's plan with a part of it changed, to be brought to what is imported without a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ochre_tui.migration import connection
from ochre_tui.migration.importer.reference import Reference, archived_reference, latest_plan, mapping_digest
from ochre_tui.migration.importer.run import usable_plan
from ochre_tui.migration.plan.file import plan_text
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.session import Session
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


@contextmanager
def remapped(
    session: Session, plan_file: Path | None, part: Literal["admins", "fields"]
) -> Iterator[tuple[Store, Target, Remapping]]:
    """Both sides, held for the block, and what the latest run's plan becomes with a part of the plan as it is now.

    Raises UsageError before the first run.
    """
    plan = usable_plan(session, plan_file)
    with session.lease(), session.store() as store, session.target() as target:
        old = latest_plan(store)
        new = old.model_copy(update={part: getattr(plan, part)})
        yield store, target, _remapping(store, target, old, new)


def keep(store: Store, remapping: Remapping) -> None:
    """Later runs, and verification, go by this mapping; a run still converts all again where more than it changed."""
    if store.get("mapping") == mapping_digest(remapping.before.lookups):
        store.set("mapping", mapping_digest(remapping.after.lookups))
    store.set("plan", plan_text(remapping.plan))


def _remapping(store: Store, target: Target, old: Plan, new: Plan) -> Remapping:
    workspace, hosts = connection.pinned(store).id_code, connection.attachment_hosts()
    before = archived_reference(store, target, old, workspace, hosts)
    after = archived_reference(store, target, new, workspace, hosts)
    run = runs.latest(store.conn)
    assert run is not None  # there is a reference, so there was a run
    return Remapping(new, before, after, run.id)
