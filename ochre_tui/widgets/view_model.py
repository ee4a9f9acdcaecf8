"""What the widgets of the dashboard are given to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from ochre_tui.migration.dashboard import Board

Asked: TypeAlias = Literal["pause", "resume", "stop", "abort", "start"]


@dataclass(frozen=True, slots=True)
class RunView:
    """A board, read at `now` (unix seconds), and what this window knows besides.

    `asked` is what the operator wants and the store does not show yet; `percent` the share of the limit they want,
    `here` whether the import runs in this process.
    """

    board: Board
    now: float
    rates: dict[str, float] = field(default_factory=dict)
    asked: Asked | None = None
    percent: int | None = None
    here: bool = False


def clock(at: float, now: float) -> str:
    """A moment as people say it here: the time, and the day where it is not today."""
    then, today = datetime.fromtimestamp(at).astimezone(), datetime.fromtimestamp(now).astimezone()
    return then.strftime("%H:%M" if then.date() == today.date() else "%d %b %H:%M")


def day(at: float) -> str:
    """A date: 24 Dec 2026."""
    return datetime.fromtimestamp(at).astimezone().strftime("%d %b %Y").lstrip("0")
