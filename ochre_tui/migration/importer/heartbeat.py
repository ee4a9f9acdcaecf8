"""The importer's pulse: how it does, written down once a second, and at once when the operator steers it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.files import refuse_short
from ochre_tui.core.wording import counted, moment
from ochre_tui.intercom.circuit_breaker import Outage
from ochre_tui.migration.importer.run_context import Job
from ochre_tui.ochre.target import Target
from ochre_tui.store import control, events, runs
from ochre_tui.store.store import Store

ANSWERS = "Intercom answers again; the import goes on."
AT_ONCE = "Intercom is asked at once whether it answers."

_BEAT_S = 1.0
_SAMPLE_S = 5
_SAMPLES = 120
_FULL = 100


async def beat(job: Job) -> None:
    """Write the pulse until cancelled, and have the run end where that fails or the disk gets full."""
    try:
        await _beat(job)
    except OchreTuiError as error:
        job.end_with(error)


async def _beat(job: Job) -> None:
    """With a sample of the speed every few seconds; time in a pause doesn't count."""
    samples: list[tuple[float, int, int]] = []
    worked, last = 0.0, time.monotonic()
    noted = _Noted(job.run)
    watchdog = Watchdog(job.client.clock.monotonic)
    while True:
        job.controls.changed.clear()
        refuse_short(job.spool.parent, job.reserve(job.spool.parent))
        now = time.monotonic()
        worked, last = worked + (now - last if noted.paused is None else 0.0), now
        budget = job.client.budget()
        at = round(worked, 1)
        if not samples or at - samples[-1][0] >= _SAMPLE_S or (len(samples) < _SAMPLE_S and at > samples[-1][0]):
            samples = [*samples[1 - _SAMPLES :], (at, job.progress.records, budget.requests)]
        stuck = watchdog.look(
            (job.progress.records, *job.progress.listed.values()),
            Waits(budget.pace.in_flight, budget.pace.waiting, budget.pace.used, budget.pace.limit),
            paused=noted.paused is not None,
        )
        value = {
            "run": job.run,
            "samples": samples,
            "to_do": job.progress.to_do,
            "listed": job.progress.listed,
            "window_limit": budget.pace.limit,
            "window_used": budget.pace.used,
            "window_resets_in": budget.pace.resets_in,
            "waiting": budget.pace.waiting,
            "throttle_percent": budget.pace.percent,
            "wanted_percent": job.controls.percent,
            "throttle_why": job.controls.share_why,
            "stuck": stuck,
            "outage": job.client.breaker.outage() is not None,
        }
        limited, now_is = budget.limited, job.now()
        await job.keeper.do(partial(noted.write, job=job, value=value, limited=limited, stuck=stuck, now=now_is))
        with suppress(TimeoutError):
            await asyncio.wait_for(job.controls.changed.wait(), _BEAT_S)


class _Noted:
    """What the store was told last, so that only changes become events."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.paused: str | None = None
        self.outage: Outage | None = None
        self.since = ""
        self.hurried = ""
        self.pace = (_FULL, "")
        self.stuck = False
        self.limited = 0

    def write(
        self,
        store: Store,
        _: Target,
        *,
        job: Job,
        value: dict[str, object],
        limited: int,
        stuck: tuple[str, ...],
        now: int,
    ) -> None:
        controls = job.controls
        heard, pace = controls.heard, (controls.share, controls.share_why)
        was_out = self.outage is not None
        outage = self._told(job.client.breaker.outage(), now)
        paused = controls.paused or (outage is not None and not controls.stopped)
        why = controls.why if controls.paused else outage or controls.why
        hurried = controls.hurried_why
        with store.transaction() as conn:
            control.take(conn, heard, now)
            runs.beat(conn, now, value)
            if paused and why != self.paused:
                runs.end(conn, self.run, "paused", why, now)
                events.note(conn, now, "info" if controls.paused else "warning", "state", why)
            if self.paused is not None and not paused and not controls.stopped:
                runs.go_on(conn, self.run)
                events.note(conn, now, "info", "state", ANSWERS if was_out else why)
            if hurried != self.hurried:
                events.note(conn, now, "info", "watch", f"{hurried} {AT_ONCE}")
            if pace != self.pace:
                events.note(conn, now, "info", "pace", pace[1] or "All of Intercom's limit is used.")
            if stuck and not self.stuck:
                for sentence in stuck:
                    events.note(conn, now, "warning", "watch", sentence)
            if limited > self.limited:
                refused = limited - self.limited
                times = "a request" if refused == 1 else f"{refused:,} requests"
                events.note(conn, now, "warning", "limit", f"Intercom refused {times} (429); all wait for its window.")
        self.paused = why if paused else None
        self.pace, self.limited, self.stuck, self.hurried = pace, limited, bool(stuck), hurried

    def _told(self, outage: Outage | None, now: int) -> str | None:
        """Why nothing goes on for the moment, while Intercom does not answer; its beginning is dated once."""
        if outage is not None and (self.outage is None or outage.since != self.outage.since):
            self.since = moment(now - outage.seconds)
        self.outage = outage
        if outage is None:
            return None
        return f"{outage.reason}, since {self.since}. It is asked again and again; when it answers, the import goes on."


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
            return f"{counted(self.answers, 'answer')} of Intercom"
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
