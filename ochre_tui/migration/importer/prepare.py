"""What an import needs before it can begin, checked before anything is written."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.migration import connection
from ochre_tui.migration.importer.run import PATIENCE_S, Importer
from ochre_tui.migration.plan.check import PlanFacts, check_plan
from ochre_tui.migration.plan.file import read_plan
from ochre_tui.migration.plan.model import Plan, PlanError
from ochre_tui.store import lease
from ochre_tui.store.store import Store


def prepared(paths: MigrationPaths, store: Store, plan: Plan, token: Secret, limit: int | None = None) -> Importer:
    """The importer of a migration, once Intercom has confirmed that the token is for its workspace.

    Raises MigrationHeldError at once, before a request, when another process imports already, and LockedError where
    the archive is encrypted and the passphrase is not known.
    """
    lease.refuse_held(paths.lock)
    _ = store.seal
    return Importer(
        paths=paths,
        plan=plan,
        workspace=in_loop(connection.confirmed(store, token)),
        token=token,
        hosts=connection.attachment_hosts(),
        open_target=lambda: connection.open_target(paths),
        limit=limit,
        patience_s=connection.patience_s(PATIENCE_S),
    )


def usable_plan(paths: MigrationPaths, file: Path | None = None) -> Plan:
    """The plan in `file`, else the migration's; PlanError where it does not fit what there is."""
    if file is None and not paths.plan.exists():
        raise UsageError("There is no plan yet.", advice="Run `ochre-tui scan`, then `ochre-tui plan --auto`.")
    plan = read_plan(file or paths.plan)
    with closing(connection.open_target(paths)) as workspace:
        errors, _ = check_plan(plan, PlanFacts(workspace.users(), workspace.custom_fields()))
    if errors:
        raise PlanError(errors)
    return plan
