"""How much a server takes: of one request, and of requests in a window of time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    batch_bytes: int = 64 * _MIB
    file_bytes: int = 1024 * _MIB
    requests_per_window: int = 20_000
    window_s: int = 10


@dataclass(frozen=True, slots=True)
class Quota:
    """Where a token stands in the window under way; `reset` is when it ends, in seconds since 1970."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool
    wait_s: int

    def headers(self) -> dict[str, str]:
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }
        return {**headers, "Retry-After": str(self.wait_s)} if self.exceeded else headers


@dataclass(slots=True)
class Windows:
    """Counts requests by token in fixed windows of time."""

    limit: int
    seconds: int
    clock: Callable[[], float]
    _window: int = -1
    _used: dict[str, int] = field(default_factory=dict)

    def take(self, token: str) -> Quota:
        """Count a request; one that exceeds the limit is counted no further."""
        now = self.clock()
        window = int(now // self.seconds)
        if window != self._window:
            self._window = window
            self._used.clear()
        used = self._used.get(token, 0)
        exceeded = used >= self.limit
        if not exceeded:
            used = self._used[token] = used + 1
        reset = (window + 1) * self.seconds
        return Quota(self.limit, self.limit - used, reset, exceeded, max(1, math.ceil(reset - now)))
