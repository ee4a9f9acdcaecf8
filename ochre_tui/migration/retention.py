"""A word to the operator when personal data has lain here long enough."""

from __future__ import annotations

from typing import Final

from ochre_tui.migration.cutover.checklist import DAY_S, cut_over_at
from ochre_tui.store import runs
from ochre_tui.store.store import Store

KEEP_DAYS: Final = 30


def reminder(store: Store, name: str, now: int) -> str | None:
    """What to do about data that nothing has needed for 30 days, counted from the cut-over or the last run."""
    last = runs.latest(store.conn)
    times = [at for at in (cut_over_at(store), last and last.ended_at) if at]
    if not times or (last is not None and last.ended_at is None):
        return None
    days = (now - max(times)) // DAY_S
    if days < KEEP_DAYS:
        return None
    return (
        f"{name} holds your customers' data and nothing has used it for {days} days: export what you keep, then "
        f"`ochre-tui wipe -m {name}`."
    )
