"""What a plan would bring over and how long that takes, from the last scan; pure."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Final

from ochre_tui.intercom.pacing import WINDOW_S
from ochre_tui.migration.plan.model import Import, Plan
from ochre_tui.migration.plan.scope import Selection, selection, workspace_zone
from ochre_tui.migration.scan.result import AttachmentEstimate, Basis, Interval, ScanResult, Stratum

_IN_FLIGHT: Final = 96
_DOWNLOADS: Final = 16
_ENGINE_PER_S: Final = 420
_START_S: Final = 2
_NONE: Final = "none"
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is imported of what there is.

    `exact` is False where a month is cut by the plan, of which the scan knows no days. `contacts` is the most there
    can be. Attachments are estimates always.
    """

    conversations: int
    exact: bool
    contacts: int
    saved_replies: int
    attachments: int
    bytes: Interval
    seconds: Interval


def forecast(result: ScanResult, chosen: Import, now: int) -> Forecast:
    """The forecast for a choice at `now` (unix seconds)."""
    zone = workspace_zone(result.workspace.timezone)
    total = result.counts["conversations"]
    basis = result.basis
    share, exact = 1.0, True
    if basis is not None and total:
        wanted = selection(Plan.model_construct(import_=chosen), now, zone)
        shares = [_share(stratum, wanted, zone) for stratum in basis.strata]
        in_scope = sum(stratum.count * part for stratum, part in zip(basis.strata, shares, strict=True))
        share, exact = in_scope / total, all(part in {0.0, 1.0} for part in shares)
    files = _files(result, basis, chosen, share)
    conversations = round(total * share)
    return Forecast(
        conversations=conversations,
        exact=exact,
        contacts=result.counts["contacts"],
        saved_replies=result.counts["macros"] if chosen.saved_replies else 0,
        attachments=files.count,
        bytes=files.bytes,
        seconds=_seconds(basis, conversations, files) if basis is not None else result.estimate_s,
    )


def _files(result: ScanResult, basis: Basis | None, chosen: Import, share: float) -> AttachmentEstimate:
    """The files of that share of the conversations."""
    if not chosen.attachments:
        return AttachmentEstimate(count=0, bytes=Interval(low=0, likely=0, high=0), sampled=0)
    files = result.attachments
    without = basis.images if basis is not None and not chosen.inline_images else None
    size = files.bytes
    low, likely, high = size.low, size.likely, size.high
    count = files.count
    if without is not None:
        count = max(0, count - without.count)
        low, likely, high = (
            max(0, whole - part)
            for whole, part in ((low, without.bytes.low), (likely, without.bytes.likely), (high, without.bytes.high))
        )
    return AttachmentEstimate(
        count=round(count * share),
        bytes=Interval(low=round(low * share), likely=round(likely * share), high=round(high * share)),
        sampled=files.sampled,
    )


def _seconds(basis: Basis, conversations: int, files: AttachmentEstimate) -> Interval:
    return estimate_duration(
        requests=conversations + basis.besides, limit=basis.limit, latency_s=basis.latency_s, files=files
    )


def _share(stratum: Stratum, wanted: Selection, zone: datetime.tzinfo) -> float:
    """Which part of a stratum is in scope, taking a month's conversations as spread evenly over it."""
    if stratum.state not in wanted.states or stratum.channel not in wanted.channels:
        return 0.0
    start, end = wanted.created.start, wanted.created.end
    share = 1.0
    if start is not None or end is not None:
        share = 0.0 if stratum.created == _NONE else _overlap(stratum.created, start, end, zone)
    if stratum.state == "closed" and wanted.closed_since is not None and stratum.updated != _NONE:
        share *= _overlap(stratum.updated, wanted.closed_since, None, zone)
    return share


def _overlap(month: str, start: int | None, end: int | None, zone: datetime.tzinfo) -> float:
    """The part of a month that lies between two times."""
    year, number = (int(part) for part in month.split("-"))
    first = datetime.datetime(year, number, 1, tzinfo=zone).timestamp()
    following = (year + 1, 1) if number == _DECEMBER else (year, number + 1)
    last = datetime.datetime(*following, 1, tzinfo=zone).timestamp()
    inside = min(last, end if end is not None else last) - max(first, start if start is not None else first)
    return max(0.0, inside / (last - first))


@dataclass(frozen=True, slots=True)
class Outlook:
    """A way that things may go: our share of the rate limit, and bytes per second from the file hosts."""

    share: float
    bytes_per_s: float


_GOOD: Final = Outlook(0.99, 50e6)
_LIKELY: Final = Outlook(0.95, 10e6)
# Other programs that use the API, and a slow line.
_BAD: Final = Outlook(0.60, 2e6)


def estimate_duration(*, requests: int, limit: int | None, latency_s: float, files: AttachmentEstimate) -> Interval:
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
