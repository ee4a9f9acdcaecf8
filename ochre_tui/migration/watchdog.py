"""The watchdog: says when an import makes no progress, what it waits for, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

START_S = 10 * 60
STUCK_S = 30 * 60

_AT_THE_START = (
    "That is almost always the credential, not a backlog.",
    "Enter the token again (`ochre-tui connect`), then run again.",
)
_LATER = (
    "Pause other users of Intercom's API, such as exports and CRM syncs.",
    "Some workspaces are slowed at night and go on in the morning.",
    "Large attachments take long: the bar moves per record, not per byte.",
)


@dataclass(frozen=True, slots=True)
class Waits:
    """What an import has open at Intercom: answers under way, requests held back, and how much of the limit is used."""

    answers: int = 0
    held_back: int = 0
    used: int = 0
    limit: int | None = None

    def told(self) -> str:
        if self.held_back and self.limit is not None:
            return f"Intercom's rate limit ({self.used:,} of {self.limit:,} used)"
        if self.answers:
            return f"{self.answers:,} answer{'' if self.answers == 1 else 's'} of Intercom"
        return "attachments, or the disk"


@dataclass(slots=True)
class Watchdog:
    """Watches whatever grows as an import goes on; time in a pause does not count."""

    clock: Callable[[], float]
    _seen: Hashable = None
    _since: float = field(init=False)
    _moved: bool = False

    def __post_init__(self) -> None:
        self._since = self.clock()

    def look(self, progress: Hashable, waits: Waits, *, paused: bool) -> tuple[str, ...]:
        """What there is to say, a sentence each: what it waits for, and what to do; nothing while it makes progress."""
        now = self.clock()
        if paused or progress != self._seen:
            self._moved = self._moved or (self._seen is not None and progress != self._seen)
            self._seen, self._since = progress, now
            return ()
        idle = int(now - self._since)
        if idle < (STUCK_S if self._moved else START_S):
            return ()
        what = f"No progress for {idle // 60} min: it waits for {waits.told()}."
        return (what, *(_LATER if self._moved else _AT_THE_START))
