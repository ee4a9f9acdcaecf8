"""How a migration stands: the one view that `status`, the progress lines and the app show."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from ochre_tui.core.paths import Place
from ochre_tui.store import files, lease, outcomes, runs
from ochre_tui.store.store import Store

State: TypeAlias = Literal["new", "queued", "importing", "paused", "failed", "completed"]

_RECENT_S = 30
_LAST_S = 60
_WINDOW_S = 10
_FEWEST_SAMPLES = 2


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast the importer is now; `window_*` is Intercom's budget as its headers give it."""

    records_per_s: float = 0.0
    requests_per_s: float = 0.0
    window_limit: int | None = None
    window_s: int = 10
    window_used: int | None = None
    throttle_percent: int = 100


@dataclass(frozen=True, slots=True)
class Eta:
    """Seconds left; all None before counting is done and when nothing runs."""

    low: int | None = None
    likely: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Contacts:
    read: int = 0
    merged: int = 0
    placeholders: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """The contract's `status`; `listed` is how many records of a kind are known while the run goes on."""

    migration: str
    state: State
    reason: str | None
    phase: str | None
    pid: int | None
    host: str | None
    started_at: int | None
    counts: dict[str, dict[str, int]]
    contacts: Contacts
    attachments: files.AttachmentTally
    rate: Rate
    eta_s: Eta
    listed: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What scripts read: all but `listed`."""
        return {key: value for key, value in asdict(self).items() if key != "listed"}

    @property
    def outstanding(self) -> bool:
        """Whether records are quarantined or attachments missing."""
        return any(kind["quarantined"] for kind in self.counts.values()) or self.attachments.missing > 0


def read(store: Store, place: Place) -> Status:
    """The status of the latest run, from the store alone."""
    conn = store.conn
    run = runs.latest(conn)
    if run is None:
        return Status(
            migration=place.name,
            state="new",
            reason=None,
            phase=None,
            pid=None,
            host=None,
            started_at=None,
            counts={kind: dict(row) for kind, row in outcomes.counts(conn, 0).items()},
            contacts=Contacts(),
            attachments=files.attachment_tally(conn),
            rate=Rate(),
            eta_s=Eta(),
        )
    holder = lease.holder(place.lock)
    state, reason = _state(run, holder)
    pulse = runs.pulse(conn)
    value = pulse[1] if pulse is not None and pulse[1].get("run") == run.id else {}
    counts = outcomes.counts(conn, run.id)
    importing = state == "importing"
    held = importing or (state == "paused" and holder is not None)
    return Status(
        migration=place.name,
        state=state,
        reason=reason or (_remark(value) if importing else None),
        phase=run.phase,
        pid=run.pid if held else None,
        host=run.host if held else None,
        started_at=run.started_at,
        counts={kind: dict(row) for kind, row in counts.items()},
        contacts=Contacts(**(store.get("contacts") or {})),
        attachments=files.attachment_tally(conn),
        rate=_rate(value) if importing else Rate(throttle_percent=value.get("throttle_percent", 100)),
        eta_s=_eta(value, run.phase) if importing else Eta(),
        listed=value.get("listed", {}),
    )


def _remark(value: dict[str, Any]) -> str | None:
    """What there is to say of an import that goes on: why it makes no progress, or goes slower than it could."""
    return " ".join(value.get("stuck", ())) or value.get("throttle_why") or None


def _state(run: runs.Run, holder: lease.Holder | None) -> tuple[State, str | None]:
    if run.state == "importing" and holder is None:
        return "paused", f"Process {run.pid} on {run.host} ended in the middle; run again and it goes on."
    return run.state, run.reason


def _rate(value: dict[str, Any]) -> Rate:
    samples = value.get("samples", [])
    recent = [sample for sample in samples if sample[0] >= samples[-1][0] - _RECENT_S] if samples else []
    records = requests = 0.0
    if len(recent) >= _FEWEST_SAMPLES and recent[-1][0] > recent[0][0]:
        elapsed = recent[-1][0] - recent[0][0]
        records = (recent[-1][1] - recent[0][1]) / elapsed
        requests = (recent[-1][2] - recent[0][2]) / elapsed
    return Rate(
        records_per_s=round(records, 1),
        requests_per_s=round(requests, 1),
        window_limit=value.get("window_limit"),
        window_used=value.get("window_used"),
        throttle_percent=value.get("throttle_percent", 100),
    )


def _eta(value: dict[str, Any], phase: str | None) -> Eta:
    """From the speed of the last minute, and the slowest and fastest fifth of it.

    Never less than Intercom's limit allows: a window that was fresh when the import began makes a quick start.
    """
    samples = value.get("samples", [])
    to_do = value.get("to_do")
    if phase != "conversations" or to_do is None or len(samples) < _FEWEST_SAMPLES:
        return Eta()
    samples = [sample for sample in samples if sample[0] >= samples[-1][0] - _LAST_S]
    elapsed = samples[-1][0] - samples[0][0]
    mean = (samples[-1][1] - samples[0][1]) / elapsed if elapsed > 0 else 0
    if mean <= 0:
        return Eta()
    speeds = sorted(
        (after[1] - before[1]) / (after[0] - before[0])
        for before, after in itertools.pairwise(samples)
        if after[0] > before[0]
    )
    slow = min(max(speeds[len(speeds) // 5], mean / 3), mean)
    fast = max(speeds[-1 - len(speeds) // 5], mean)
    limit, percent = value.get("window_limit"), value.get("throttle_percent", 100)
    least = to_do / (limit * percent / 100 / _WINDOW_S) if limit else 0
    low, likely, high = (round(max(to_do / speed, least)) for speed in (fast, mean, slow))
    return Eta(low, likely, high)
