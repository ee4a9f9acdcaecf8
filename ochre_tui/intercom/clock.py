"""Time and chance as the client uses them: passed in, so that tests need neither patches nor waiting."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


def _new_random() -> random.Random:
    return random.Random()  # noqa: S311 - spreads retries, protects nothing


@dataclass(frozen=True, slots=True)
class Clock:
    """A monotonic clock (seconds), a sleep on the same clock, and the source of jitter."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    rng: random.Random = field(default_factory=_new_random)

    def back_off(self, failures: int, *, base: float = 0.5, cap: float = 30.0) -> float:
        """Seconds to wait after the n-th failure in a row: anything up to an exponentially growing bound."""
        return self.rng.uniform(0.0, min(cap, base * 2.0 ** min(failures - 1, 30)))
