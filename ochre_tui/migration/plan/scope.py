"""Which conversations a plan takes in."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ochre_tui.migration.plan.model import Channel, Dates, PaceWindow, Plan, RangeWord, State

LeftOut: TypeAlias = Literal["range", "state", "channel", "old"]
"""Why a conversation is not in scope; "old" is a closed one that was last updated too long ago."""

_MONTHS: Final[dict[RangeWord, int]] = {"2y": 24, "6m": 6}


@dataclass(frozen=True, slots=True)
class CreatedRange:
    """From `start` on and before `end`, both unix seconds; None where there is no bound."""

    start: int | None
    end: int | None

    def holds(self, created_at: int | None) -> bool:
        """Whether a conversation of that time is in it; one of unknown time is in an unbounded range only."""
        if created_at is None:
            return self.start is None and self.end is None
        return (self.start is None or created_at >= self.start) and (self.end is None or created_at < self.end)


@dataclass(frozen=True, slots=True)
class Selection:
    """The plan's choice of conversations at one moment: build it once, ask it for every conversation."""

    created: CreatedRange
    states: frozenset[State]
    channels: frozenset[Channel]
    closed_since: int | None

    def left_out(
        self, *, created_at: int | None, updated_at: int | None, state: str | None, source_type: str | None
    ) -> LeftOut | None:
        """Why the plan leaves this conversation out; None: it is in scope."""
        if not self.created.holds(created_at):
            return "range"
        if state_of(state) not in self.states:
            return "state"
        if channel_of(source_type) not in self.channels:
            return "channel"
        old = self.closed_since is not None and updated_at is not None and updated_at < self.closed_since
        return "old" if old and state_of(state) == "closed" else None


def selection(plan: Plan, now: int, zone: datetime.tzinfo) -> Selection:
    """The plan's choice as of `now` (unix seconds); days begin at 00:00 in `zone`, the workspace's."""
    chosen = plan.import_
    days = chosen.exclude_closed_older_than_days
    oldest = _day(now, zone) - datetime.timedelta(days=days) if days else None
    return Selection(
        created=created_range(chosen.range, now, zone),
        states=frozenset(chosen.states),
        channels=frozenset(chosen.channels),
        closed_since=_midnight(oldest, zone) if oldest else None,
    )


def in_scope(
    plan: Plan,
    *,
    created_at: int | None,
    updated_at: int | None,
    state: str | None,
    source_type: str | None,
    now: int,
    zone: datetime.tzinfo,
) -> LeftOut | None:
    """`Selection.left_out` for a single conversation."""
    return selection(plan, now, zone).left_out(
        created_at=created_at, updated_at=updated_at, state=state, source_type=source_type
    )


def created_range(chosen: RangeWord | Dates, now: int, zone: datetime.tzinfo) -> CreatedRange:
    """A plan's `range` in unix seconds."""
    if isinstance(chosen, Dates):
        return CreatedRange(_midnight(chosen.from_, zone), _midnight(chosen.to, zone))
    if chosen == "all":
        return CreatedRange(None, None)
    return CreatedRange(_midnight(_months_before(_day(now, zone), _MONTHS[chosen]), zone), None)


def channel_of(source_type: str | None) -> Channel:
    """The plan's channel for Intercom's `source.type`: `conversation` is the Messenger, null and unknown: other."""
    if source_type == "conversation":
        return "messenger"
    return "email" if source_type == "email" else "other"


def state_of(state: str | None) -> State:
    """Intercom's state as the import takes it: an unknown one is closed."""
    if state == "open":
        return "open"
    return "snoozed" if state == "snoozed" else "closed"


def workspace_zone(name: str | None) -> datetime.tzinfo:
    """The time zone of that IANA name; UTC where the name is missing or unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.UTC


def _day(now: int, zone: datetime.tzinfo) -> datetime.date:
    return datetime.datetime.fromtimestamp(now, zone).date()


def _months_before(day: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _midnight(day: datetime.date, zone: datetime.tzinfo) -> int:
    """The first moment of `day`: where the clocks skip 00:00, Python's fold=0 names the moment of the change."""
    return int(datetime.datetime.combine(day, datetime.time(), zone).timestamp())


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The share of the limit, in percent, that quiet hours leave us until that time of the day."""

    percent: int
    until: str


def quiet_hours(windows: Iterable[PaceWindow], now: float, zone: datetime.tzinfo) -> QuietHours | None:
    """The quiet hours that hold at `now` (unix seconds); of several the strictest, None where there are none.

    They go by the wall clock: on days when the clocks change they are as much longer or shorter as the clocks say.
    """
    wall = datetime.datetime.fromtimestamp(now, zone).strftime("%H:%M")
    holding = [window for window in windows if _holds(window, wall)]
    if not holding:
        return None
    strictest = min(holding, key=lambda window: window.percent)
    return QuietHours(strictest.percent, strictest.to)


def _holds(window: PaceWindow, wall: str) -> bool:
    """Whether a window takes in the time HH:MM; one that ends before it begins goes over midnight."""
    if window.from_ < window.to:
        return window.from_ <= wall < window.to
    return wall >= window.from_ or wall < window.to
