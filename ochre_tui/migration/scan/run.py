"""The scan of a migration: with what is in Ochre already, and kept in its store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from random import Random, SystemRandom

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom
from ochre_tui.migration import connection
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.migration.scan.survey import ScanProgress
from ochre_tui.migration.scan.survey import scan as survey
from ochre_tui.store.store import Store

_KEPT = "scan"


async def dry_run(
    paths: MigrationPaths,
    store: Store,
    token: Secret,
    progress: Callable[[ScanProgress], None] = lambda progress: None,
    rng: Random | None = None,
) -> ScanResult:
    """Scan the migration's Intercom workspace and keep the result; raises what the client raises.

    `rng` draws the sample of conversations that are read in full; by itself no two scans read the same ones.
    """
    workspace = await connection.confirmed(store, token)
    with closing(connection.open_target(paths)) as target:
        users, fields = target.users(), target.custom_fields()
    async with Intercom(token, workspace.base_url) as client:
        result = await survey(
            client,
            workspace,
            hosts=connection.attachment_hosts(),
            users=users,
            fields=fields,
            rng=rng or SystemRandom(),
            progress=progress,
        )
    store.set(_KEPT, result.model_dump(mode="json"))
    return result


def last_scan(store: Store) -> ScanResult | None:
    """The result that was kept; None before the first scan."""
    kept = store.get(_KEPT)
    return None if kept is None else ScanResult.model_validate(kept)


def drop_examples(store: Store) -> None:
    """Take the example values out of the scan that is kept: they are people's data."""
    found = last_scan(store)
    if found is not None:
        fields = [field.model_copy(update={"examples": []}) for field in found.fields]
        store.set(_KEPT, found.model_copy(update={"fields": fields}).model_dump(mode="json"))
