"""How a migration stands: the one view that `status`, the progress lines and the app show."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.store import events, files, lease, outcomes, runs
from ochre_tui.store.events import Event
from ochre_tui.store.outcomes import Quarantined
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


def read(store: Store, paths: MigrationPaths) -> Status:
    """The status of the latest run, from the store alone."""
    conn = store.conn
    run = runs.latest(conn)
    if run is None:
        return Status(
            migration=paths.name,
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
    holder = lease.holder(paths.lock)
    state, reason = _state(run, holder)
    pulse = runs.pulse(conn)
    value = pulse[1] if pulse is not None and pulse[1].get("run") == run.id else {}
    counts = outcomes.counts(conn, run.id)
    importing = state == "importing"
    held = importing or (state == "paused" and holder is not None)
    return Status(
        migration=paths.name,
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


PHASES = ("setup", "listing", "people", "conversations", "closing")

_EVENTS = 500
_QUARANTINED = 1000
_RATE_OVER_S = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The importer's speed over some seconds that end at `at`, seconds of work since it began."""

    at: float
    records_per_s: float
    requests_per_s: float


@dataclass(frozen=True, slots=True)
class Board:
    """One moment of a migration.

    `held`: a process works on it, importing or paused. `since` is when its state began, `heard_at` when the importer
    last gave a sign of life (unix seconds). `resets_in` are the seconds to Intercom's next window, `waiting` the
    requests that wait for it, `wanted_percent` the operator's share of the limit, which quiet hours may lower.
    `quarantined` are the first 1,000, `stuck` says that nothing moves and what it waits for. In an `outage` the import
    is paused because Intercom does not answer.
    """

    status: Status
    held: bool = False
    since: int | None = None
    heard_at: int | None = None
    samples: tuple[Sample, ...] = ()
    resets_in: float | None = None
    waiting: int = 0
    wanted_percent: int = 100
    events: tuple[Event, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    stuck: str = ""
    outage: bool = False

    @property
    def fraction(self) -> float | None:
        """How much of the conversations is done, 0 to 1; None before they are counted."""
        if self.status.state == "completed":
            return 1.0
        total = self.status.listed.get("conversations")
        if not total or self.status.phase in {None, "setup", "listing"}:
            return None
        return min(1.0, self.status.counts["conversations"]["found"] / total)

    @property
    def quarantine_size(self) -> int:
        return sum(kind["quarantined"] for kind in self.status.counts.values())


@dataclass(slots=True)
class Watch:
    """Reads boards from one store; what has not changed is not read again. It belongs to one thread."""

    store: Store
    paths: MigrationPaths
    _events: tuple[Event, ...] = ()
    _quarantined: tuple[Quarantined, ...] = ()
    _quarantine_size: int = 0

    def read(self) -> Board:
        conn = self.store.conn
        now = read(self.store, self.paths)
        run = runs.latest(conn)
        if run is None:
            return Board(now)
        new = events.after(conn, self._events[-1].id if self._events else 0, _EVENTS)
        if new:
            self._events = (*self._events, *new)[-_EVENTS:]
        size = sum(kind["quarantined"] for kind in now.counts.values())
        if new or size != self._quarantine_size:
            self._quarantine_size = size
            self._quarantined = tuple(outcomes.quarantined(conn, run.id, _QUARANTINED))
        pulse = runs.pulse(conn)
        value = pulse[1] if pulse is not None and pulse[1].get("run") == run.id else {}
        heard_at = pulse[0] if value and pulse is not None else None
        holder = lease.holder(self.paths.lock)
        importing = now.state == "importing"
        return Board(
            status=now,
            held=holder is not None,
            since=self._since(run, now, heard_at),
            heard_at=heard_at,
            samples=speeds(value.get("samples", [])),
            resets_in=value.get("window_resets_in") if importing else None,
            waiting=value.get("waiting", 0) if importing else 0,
            wanted_percent=value.get("wanted_percent", 100),
            events=self._events,
            quarantined=self._quarantined,
            stuck=next(iter(value.get("stuck", ())), "") if importing else "",
            outage=value.get("outage", False) and holder is not None,
        )

    def _since(self, run: runs.Run, now: Status, heard_at: int | None) -> int | None:
        """When the state began: noted as an event, but for a process that died in the middle."""
        if run.state == "importing" and now.state != "importing":
            return heard_at
        changed = events.latest(self.store.conn, "state")
        return changed.at if changed else run.ended_at or run.started_at


@dataclass(slots=True)
class KindRates:
    """How many records of each kind were done a second, over the last half minute of boards."""

    _seen: deque[tuple[float, dict[str, int]]] = field(default_factory=deque)

    def see(self, at: float, now: Status) -> dict[str, float]:
        """The rates once this status, read at `at` (seconds), is known; none while nothing imports."""
        if now.state != "importing":
            self._seen.clear()
            return {}
        self._seen.append((at, {kind: row["found"] - row["skipped"] for kind, row in now.counts.items()}))
        while len(self._seen) > 2 and at - self._seen[0][0] > _RATE_OVER_S:
            self._seen.popleft()
        then, before = self._seen[0]
        if at - then < 1:
            return {}
        return {kind: max(0, done - before[kind]) / (at - then) for kind, done in self._seen[-1][1].items()}


def speeds(samples: list[list[float]]) -> tuple[Sample, ...]:
    """The speeds between the samples of a pulse: (seconds of work, records, requests)."""
    return tuple(
        Sample(after[0], (after[1] - before[1]) / span, (after[2] - before[2]) / span)
        for before, after in itertools.pairwise(samples)
        if (span := after[0] - before[0]) > 0
    )
