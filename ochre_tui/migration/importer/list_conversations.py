"""Listing conversations: all of them by windows of `created_at`, or those that were updated since the pass before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from ochre_tui.intercom import listing, windows
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.models import by_id
from ochre_tui.migration.importer.run_context import Job
from ochre_tui.ochre.target import Target
from ochre_tui.store import runs, sync_passes, worklist
from ochre_tui.store import sync_passes as checkpoints
from ochre_tui.store import warnings as notes
from ochre_tui.store.store import Store

_PARALLEL = 6
_STEP = "conversations"


async def begin_pass(job: Job) -> None:
    """Note where this look at the source begins, before anything is listed, or that it goes on.

    A pass that follows another one, which was not interrupted, asks a large workspace only for what was updated since
    that one began.
    """
    conn = job.reader.conn
    if sync_passes.of(conn, job.run) is not None:
        await job.keeper.do(lambda store, _: _take_up(store, job.run))
        return
    before = None if job.follows is None else sync_passes.of(conn, job.follows)
    mark, counted = await asyncio.gather(windows.newest_update(job.client), listing.conversation_count(job.client))
    since = None
    if before is not None and not before.taken_up and worklist.listed(conn, before.run) > job.large:
        since = before.mark

    def begin(store: Store, _: Target) -> None:
        with store.transaction() as conn:
            sync_passes.begin(conn, job.run, job.now(), mark=mark, since=since, counted=counted)
            if before is not None and since is not None:
                worklist.assume_listed(conn, job.run, before.run)

    await job.keeper.do(begin)


async def list_conversations(job: Job) -> None:
    """Take what Intercom lists into the work list; what this run has walked is left alone."""
    conn = job.reader.conn
    this = sync_passes.of(conn, job.run)
    assert this is not None
    if not runs.step(conn, job.run, _STEP).done:
        if this.since is None:
            await _list_windows(job)
            async for page in listing.without_created_at(job.client):
                await _take_rows(job, page.rows)
            await _compare_with_count(job, this.counted)
        else:
            window = windows.updated_since(this.since)
            async for changed in windows.list_conversations(job.client, [window], parallel=1):
                await _take_rows(job, changed.rows)
        await job.keeper.do(lambda store, _: _done(store, job.run))
    job.progress.listed["conversations"] = worklist.listed(conn, job.run)


async def _list_windows(job: Job) -> None:
    conn = job.reader.conn
    if not checkpoints.any_window(conn, job.run):
        first = [_row(window) for window in await windows.first_windows(job.client)]
        await job.keeper.do(lambda store, _: _plan(store, job.run, first))
    to_walk = [windows.Window(row.lo, row.hi, row.per_page) for row in checkpoints.windows_to_do(conn, job.run)]
    seen = worklist.listed(conn, job.run)
    async for page in windows.list_conversations(job.client, to_walk, parallel=_PARALLEL):
        job.go_on()
        await job.keeper.do(partial(_take_window, run=job.run, page=page))
        seen += len(page.rows)
        job.progress.listed["conversations"] = seen


async def _take_rows(job: Job, rows: Sequence[Json]) -> None:
    job.go_on()
    await job.keeper.do(partial(_take, run=job.run, rows=rows))


async def _compare_with_count(job: Job, before: int | None) -> None:
    """Warn where Intercom counts more conversations than it lists: fewer than both counts can't be a change between."""
    after = await listing.conversation_count(job.client)
    least = min(before, after) if before is not None and after is not None else 0
    listed = worklist.listed(job.reader.conn, job.run)
    short = (
        [f"Intercom counts {least:,} conversations and lists {listed:,}. The next run looks again."]
        if listed < least
        else []
    )
    await job.keeper.do(lambda store, _: _warn(store, job.run, short))


def _take_up(store: Store, run: int) -> None:
    with store.transaction() as conn:
        sync_passes.take_up(conn, run)


def _plan(store: Store, run: int, first: Sequence[checkpoints.WindowRow]) -> None:
    with store.transaction() as conn:
        checkpoints.plan_windows(conn, run, first)


def _take_window(store: Store, _: Target, *, run: int, page: windows.WindowPage) -> None:
    with store.transaction() as conn:
        worklist.enlist(conn, run, listed_rows(page.rows))
        if page.done:
            checkpoints.window_done(conn, run, _row(page.window), [_row(window) for window in page.replaced_by])


def _take(store: Store, _: Target, *, run: int, rows: Sequence[Json]) -> None:
    with store.transaction() as conn:
        worklist.enlist(conn, run, listed_rows(rows))


def _warn(store: Store, run: int, warnings: Sequence[str]) -> None:
    with store.transaction() as conn:
        notes.warn(conn, run, "conversations", [("", warnings)])


def _done(store: Store, run: int) -> None:
    with store.transaction() as conn:
        runs.checkpoint(conn, run, _STEP, done=True)


def _row(window: windows.Window) -> checkpoints.WindowRow:
    return checkpoints.WindowRow(window.lo, window.hi, window.per_page)


def listed_rows(rows: Sequence[Json]) -> list[worklist.Listed]:
    """Records of conversations as the work list takes them."""
    return [_listed(id_, row) for id_, row in by_id(rows).items()]


def _listed(id_: str, row: dict[str, Any]) -> worklist.Listed:
    source = row.get("source")
    return worklist.Listed(
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
