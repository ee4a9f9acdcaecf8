"""How long an import will take, from the limit and the latency that the scan met."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ochre_tui.intercom.pacing import WINDOW_S
from ochre_tui.migration.scan.result import AttachmentsFound, Interval

_IN_FLIGHT: Final = 96
_DOWNLOADS: Final = 16
_ENGINE_PER_S: Final = 420
_START_S: Final = 2


@dataclass(frozen=True, slots=True)
class Outlook:
    """A way that things may go: our share of the rate limit, and bytes per second from the file hosts."""

    share: float
    bytes_per_s: float


_GOOD: Final = Outlook(0.99, 50e6)
_LIKELY: Final = Outlook(0.95, 10e6)
# Other programs that use the API, and a slow line.
_BAD: Final = Outlook(0.60, 2e6)


def estimate_duration(*, requests: int, limit: int | None, latency_s: float, files: AttachmentsFound) -> Interval:
    """Seconds for an import that sends so many requests; `limit` is Intercom's per window, None where it tells none."""

    def seconds(outlook: Outlook, size: int) -> int:
        speed = min(_IN_FLIGHT / max(latency_s, 1e-3), _ENGINE_PER_S)
        reading = requests / speed
        if limit:
            windows, rest = divmod(requests, max(1, int(limit * outlook.share)))
            reading = max(reading, windows * WINDOW_S + rest / speed)
        # Files come from other hosts, at the same time.
        loading = size / outlook.bytes_per_s + files.count * latency_s / _DOWNLOADS
        return _START_S + math.ceil(max(reading, loading))

    low, likely, high = (
        seconds(_GOOD, files.bytes.low),
        seconds(_LIKELY, files.bytes.likely),
        seconds(_BAD, files.bytes.high),
    )
    return Interval(low=low, likely=likely, high=high)
