"""What passes over Intercom found changed or deleted there: as events and in words."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from ochre_tui.store import deleted, runs, sync_passes
from ochre_tui.store.deleted import Deleted
from ochre_tui.store.store import Store

_ONE = {"conversations": "conversation", "contacts": "contact"}


class SourceChanges:
    """What the passes find that are completed from now on."""

    def __init__(self, store: Store) -> None:
        self._conn = store.conn
        latest = runs.latest(store.conn)
        done = None if latest is None else sync_passes.of(store.conn, latest.id)
        going_on = done is None or done.brought is None
        self._before = 0 if latest is None else latest.id - going_on
        self._told = self._before

    def passes(self) -> Iterator[dict[str, Any]]:
        """The passes that were completed since the last call, as events tell them."""
        for done in sync_passes.completed_after(self._conn, self._told):
            self._told = done.run
            listed = "all" if done.since is None else "updated"
            yield {"run": done.run, "listed": listed, "brought": done.brought, "quiet": done.quiet}

    def deleted(self) -> list[Deleted]:
        """What these passes found deleted."""
        return deleted.all_deleted(self._conn, since_run=self._before + 1)

    def pass_lines(self) -> Iterator[str]:
        """What each of these passes brought, where there were several: the counts are those of the last."""
        done = sync_passes.completed_after(self._conn, self._before)
        if len(done) > 1:
            for number, one in enumerate(done, 1):
                yield f"Pass {number}: {one.brought:,} records were new, changed or deleted."

    def sentence(self) -> str:
        """How Intercom stands compared with Ochre, now that the import has come to its end."""
        done = sync_passes.completed_after(self._conn, self._before)
        quiet = sync_passes.quiet_since(self._conn)
        if quiet is not None:
            return f"Nothing new was left in Intercom as of {_clock(quiet)}: the moment to cut over."
        if done and done[-1].taken_up:
            return (
                f"This import was interrupted: some of its lists are from {_clock(done[-1].begun_at)}."
                " `ochre-tui catch-up` brings what changed in Intercom meanwhile."
            )
        return "Intercom goes on: `ochre-tui catch-up` brings what changed there meanwhile."


def deleted_line(gone: Deleted) -> str:
    """That a record was deleted in Intercom, in a line."""
    what = "taken out of Ochre" if gone.removed else "kept in Ochre"
    return f"Deleted in Intercom, {what}: {_ONE[gone.kind]} {gone.id}"


def _clock(at: int) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
