"""Quiet hours: windows of the day in which the import leaves more of Intercom's limit to others."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from ochre_tui.migration.plan.model import PaceWindow


@dataclass(frozen=True, slots=True)
class Quiet:
    """The share of the limit, in percent, that quiet hours leave us until that time of the day."""

    percent: int
    until: str


def quiet(windows: Iterable[PaceWindow], now: float, zone: datetime.tzinfo) -> Quiet | None:
    """The quiet hours that hold at `now` (unix seconds); of several the strictest, None where there are none.

    They go by the wall clock: on days when the clocks change they are as much longer or shorter as the clocks say.
    """
    wall = datetime.datetime.fromtimestamp(now, zone).strftime("%H:%M")
    found = [window for window in windows if _holds(window, wall)]
    if not found:
        return None
    strictest = min(found, key=lambda window: window.percent)
    return Quiet(strictest.percent, strictest.to)


def _holds(window: PaceWindow, wall: str) -> bool:
    """Whether a window takes in the time HH:MM; one that ends before it begins goes over midnight."""
    if window.from_ < window.to:
        return window.from_ <= wall < window.to
    return wall >= window.from_ or wall < window.to
