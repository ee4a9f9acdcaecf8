"""Listing conversations: disjoint windows of `created_at`, each with its checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ochre_tui.intercom import windows
from ochre_tui.intercom.models import by_id
from ochre_tui.migration.importer.job import Job
from ochre_tui.ochre.target import Target
from ochre_tui.state import listing as checkpoints
from ochre_tui.state import work
from ochre_tui.state.store import Store

_PARALLEL = 6


async def list_conversations(job: Job) -> None:
    """Take every conversation that Intercom lists into the work list; windows this run has walked are left alone."""
    conn = job.reader.conn
    if not checkpoints.any_window(conn, job.run):
        first = [_row(window) for window in await windows.first_windows(job.client)]
        await job.keeper.do(lambda store, _: _plan(store, job.run, first))
    to_walk = [windows.Window(row.lo, row.hi, row.per_page) for row in checkpoints.windows_to_do(conn, job.run)]
    seen = work.listed(conn, job.run)
    async for page in windows.list_conversations(job.client, to_walk, parallel=_PARALLEL):
        job.go_on()
        await job.keeper.do(partial(_take, run=job.run, page=page))
        seen += len(page.rows)
        job.progress.listed["conversations"] = seen
    job.progress.listed["conversations"] = work.listed(conn, job.run)


def _plan(store: Store, run: int, first: Sequence[checkpoints.WindowRow]) -> None:
    with store.transaction() as conn:
        checkpoints.plan_windows(conn, run, first)


def _take(store: Store, _: Target, *, run: int, page: windows.WindowPage) -> None:
    with store.transaction() as conn:
        work.enlist(conn, run, [_listed(id_, row) for id_, row in by_id(page.rows).items()])
        if page.done:
            checkpoints.window_done(conn, run, _row(page.window), [_row(window) for window in page.replaced_by])


def _row(window: windows.Window) -> checkpoints.WindowRow:
    return checkpoints.WindowRow(window.lo, window.hi, window.per_page)


def _listed(id_: str, row: dict[str, Any]) -> work.Listed:
    source = row.get("source")
    return work.Listed(
        id=id_,
        created_at=_whole(row.get("created_at")),
        updated_at=_whole(row.get("updated_at")),
        state=_text(row.get("state")),
        source_type=_text(source.get("type")) if isinstance(source, dict) else None,
    )


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and abs(value) < 2**62 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
