"""The rate limit in fixed ten-second windows, and the server's clock."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate

from ochre_tui.sandbox.exchange import Header

WINDOW_S = 10
UNLIMITED = 1_000_000


class Clock:
    """The server's own time in unix seconds; tests put it forward instead of waiting."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._offset = 0.0
        self._second = -1
        self._date = b""

    def now(self) -> float:
        """Seconds since 1970."""
        return self._base() + self._offset

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self._offset += seconds

    def date(self) -> Header:
        """The `Date` header."""
        second = int(self.now())
        if second != self._second:
            self._second = second
            self._date = formatdate(second, usegmt=True).encode("ascii")
        return (b"date", self._date)


@dataclass(frozen=True, slots=True)
class Quota:
    """Where the window stood after one request."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> list[Header]:
        """The three headers of every authenticated answer."""
        return [
            (b"x-ratelimit-limit", str(self.limit).encode()),
            (b"x-ratelimit-remaining", str(self.remaining).encode()),
            (b"x-ratelimit-reset", str(self.reset).encode()),
        ]


@dataclass(slots=True)
class Windows:
    """Counts requests per window; unused quota does not carry over. A limit of 0 means none."""

    limit: int
    clock: Clock
    used: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)

    def take(self) -> Quota:
        """Count one request."""
        limit = self.limit or UNLIMITED
        reset = (int(self.clock.now()) // WINDOW_S + 1) * WINDOW_S
        if self.used[reset] >= limit:
            self.refused[reset] += 1
            return Quota(limit, 0, reset, exceeded=True)
        self.used[reset] += 1
        return Quota(limit, limit - self.used[reset], reset, exceeded=False)
