"""Listing conversations: all of them by windows of `created_at`, or those that were updated since the pass before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from ochre_tui.intercom import listing, windows
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.models import by_id
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.target import Target
from ochre_tui.store import runs, sync_passes, worklist
from ochre_tui.store import warnings as store_warnings
from ochre_tui.store.store import Store

_PARALLEL = 6
_STEP = "conversations"


async def begin_pass(context: RunContext) -> None:
    """Note where this look at the source begins, before anything is listed, or that it goes on.

    A pass that follows another one, which was not interrupted, asks a large workspace only for what was updated since
    that one began.
    """
    conn = context.reader.conn
    if sync_passes.of(conn, context.run) is not None:
        await context.writer.do(lambda store, _: _resume_pass(store, context.run))
        return
    before = None if context.follows is None else sync_passes.of(conn, context.follows)
    mark, counted = await asyncio.gather(
        windows.newest_update(context.client), listing.conversation_count(context.client)
    )
    since = None
    if before is not None and not before.taken_up and worklist.listed(conn, before.run) > context.large:
        since = before.mark

    def begin(store: Store, _: Target) -> None:
        with store.transaction() as conn:
            sync_passes.begin(conn, context.run, context.now(), mark=mark, since=since, counted=counted)
            if before is not None and since is not None:
                worklist.assume_listed(conn, context.run, before.run)

    await context.writer.do(begin)


async def list_conversations(context: RunContext) -> None:
    """Take what Intercom lists into the work list; what this run has walked is left alone."""
    conn = context.reader.conn
    this = sync_passes.of(conn, context.run)
    assert this is not None
    if not runs.step(conn, context.run, _STEP).done:
        if this.since is None:
            await _list_windows(context)
            async for page in listing.without_created_at(context.client):
                await _take_rows(context, page.rows)
            await _compare_with_count(context, this.counted)
        else:
            window = windows.updated_since(this.since)
            async for changed in windows.list_conversations(context.client, [window], parallel=1):
                await _take_rows(context, changed.rows)
        await context.writer.do(lambda store, _: _done(store, context.run))
    context.progress.listed["conversations"] = worklist.listed(conn, context.run)


async def _list_windows(context: RunContext) -> None:
    conn = context.reader.conn
    if not sync_passes.any_window(conn, context.run):
        first = [_row(window) for window in await windows.first_windows(context.client)]
        await context.writer.do(lambda store, _: _plan_windows(store, context.run, first))
    to_walk = [windows.Window(row.lo, row.hi, row.per_page) for row in sync_passes.windows_to_do(conn, context.run)]
    seen = worklist.listed(conn, context.run)
    async for page in windows.list_conversations(context.client, to_walk, parallel=_PARALLEL):
        context.raise_if_stopped()
        await context.writer.do(partial(_take_window, run=context.run, page=page))
        seen += len(page.rows)
        context.progress.listed["conversations"] = seen


async def _take_rows(context: RunContext, rows: Sequence[Json]) -> None:
    context.raise_if_stopped()
    await context.writer.do(partial(_take, run=context.run, rows=rows))


async def _compare_with_count(context: RunContext, before: int | None) -> None:
    """Warn where Intercom counts more conversations than it lists: fewer than both counts can't be a change between."""
    after = await listing.conversation_count(context.client)
    least = min(before, after) if before is not None and after is not None else 0
    listed = worklist.listed(context.reader.conn, context.run)
    short = (
        [f"Intercom counts {least:,} conversations and lists {listed:,}. The next run looks again."]
        if listed < least
        else []
    )
    await context.writer.do(lambda store, _: _warn(store, context.run, short))


def _resume_pass(store: Store, run: int) -> None:
    with store.transaction() as conn:
        sync_passes.take_up(conn, run)


def _plan_windows(store: Store, run: int, first: Sequence[sync_passes.WindowRow]) -> None:
    with store.transaction() as conn:
        sync_passes.plan_windows(conn, run, first)


def _take_window(store: Store, _: Target, *, run: int, page: windows.WindowPage) -> None:
    with store.transaction() as conn:
        worklist.enlist(conn, run, listed_rows(page.rows))
        if page.done:
            sync_passes.window_done(conn, run, _row(page.window), [_row(window) for window in page.replaced_by])


def _take(store: Store, _: Target, *, run: int, rows: Sequence[Json]) -> None:
    with store.transaction() as conn:
        worklist.enlist(conn, run, listed_rows(rows))


def _warn(store: Store, run: int, warnings: Sequence[str]) -> None:
    with store.transaction() as conn:
        store_warnings.warn(conn, run, "conversations", [("", warnings)])


def _done(store: Store, run: int) -> None:
    with store.transaction() as conn:
        runs.checkpoint(conn, run, _STEP, done=True)


def _row(window: windows.Window) -> sync_passes.WindowRow:
    return sync_passes.WindowRow(window.lo, window.hi, window.per_page)


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
