"""Everything the dashboard shows, read from the store at one moment, whichever process imports."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field

from ochre_tui.core.paths import Place
from ochre_tui.migration import status
from ochre_tui.migration.status import Status
from ochre_tui.store import events, lease, outcomes, runs
from ochre_tui.store.events import Event
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.store.store import Store

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
    place: Place
    _events: tuple[Event, ...] = ()
    _quarantined: tuple[Quarantined, ...] = ()
    _quarantine_size: int = 0

    def read(self) -> Board:
        conn = self.store.conn
        now = status.read(self.store, self.place)
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
        holder = lease.holder(self.place.lock)
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
