"""The importer's pulse: how it does, written down once a second, and at once when the operator steers it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.files import refuse_short
from ochre_tui.core.wording import counted, moment
from ochre_tui.intercom.circuit_breaker import Outage
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.target import Target
from ochre_tui.store import control, events, runs
from ochre_tui.store.store import Store

OUTAGE_OVER = "Intercom answers again; the import goes on."
PROBED_AT_ONCE = "Intercom is asked at once whether it answers."
START_S = 10 * 60
STUCK_S = 30 * 60

_BEAT_S = 1.0
_SAMPLE_S = 5
_SAMPLES = 120
_FULL = 100
_AT_THE_START = (
    "That is almost always the credential, not a backlog.",
    "Enter the token again (`ochre-tui connect`), then run again.",
)
_LATER = (
    "Pause other users of Intercom's API, such as exports and CRM syncs.",
    "Some workspaces are slowed at night and go on in the morning.",
    "Large attachments take long: the bar moves per record, not per byte.",
)


async def beat(context: RunContext) -> None:
    """Write the pulse until cancelled, and have the run end where that fails or the disk gets full."""
    try:
        await _beat(context)
    except OchreTuiError as error:
        context.fail(error)


async def _beat(context: RunContext) -> None:
    """With a sample of the speed every few seconds; time in a pause doesn't count."""
    samples: list[tuple[float, int, int]] = []
    working_s, last = 0.0, time.monotonic()
    pulse = _PulseWriter(context)
    watchdog = Watchdog(context.client.clock.monotonic)
    while True:
        context.controls.changed.clear()
        refuse_short(context.spool.parent, context.reserve(context.spool.parent))
        now = time.monotonic()
        working_s, last = working_s + (now - last if pulse.paused is None else 0.0), now
        budget = context.client.budget()
        at = round(working_s, 1)
        if not samples or at - samples[-1][0] >= _SAMPLE_S or (len(samples) < _SAMPLE_S and at > samples[-1][0]):
            samples = [*samples[1 - _SAMPLES :], (at, context.progress.records, budget.requests)]
        stuck = watchdog.look(
            (context.progress.records, *context.progress.listed.values()),
            Waiting(budget.pace.in_flight, budget.pace.waiting, budget.pace.used, budget.pace.limit),
            paused=pulse.paused is not None,
        )
        value = {
            "run": context.run,
            "samples": samples,
            "to_do": context.progress.to_do,
            "listed": context.progress.listed,
            "window_limit": budget.pace.limit,
            "window_used": budget.pace.used,
            "window_resets_in": budget.pace.resets_in,
            "waiting": budget.pace.waiting,
            "throttle_percent": budget.pace.percent,
            "wanted_percent": context.controls.percent,
            "throttle_why": context.controls.share_reason,
            "stuck": stuck,
            "outage": context.client.breaker.outage() is not None,
        }
        write = partial(pulse.write, value=value, refused=budget.limited, stuck=stuck, now=context.now())
        await context.writer.do(write)
        with suppress(TimeoutError):
            await asyncio.wait_for(context.controls.changed.wait(), _BEAT_S)


class _PulseWriter:
    """Writes the pulse, and an event for what has changed since it was written last."""

    def __init__(self, context: RunContext) -> None:
        self.paused: str | None = None
        """Why the import was paused when the pulse was written last; None where it was not."""
        self._context = context
        self._outage: Outage | None = None
        self._outage_began = ""
        self._probe_reason = ""
        self._pace = (_FULL, "")
        self._stuck = False
        self._refused = 0

    def write(
        self, store: Store, _: Target, *, value: dict[str, Any], refused: int, stuck: tuple[str, ...], now: int
    ) -> None:
        run, controls = self._context.run, self._context.controls
        last_command, pace = controls.last_command, (controls.share, controls.share_reason)
        was_out = self._outage is not None
        outage = self._outage_reason(self._context.client.breaker.outage(), now)
        paused = controls.paused or (outage is not None and not controls.stopped)
        reason = controls.reason if controls.paused else outage or controls.reason
        probe_reason = controls.probe_reason
        with store.transaction() as conn:
            control.take(conn, last_command, now)
            runs.beat(conn, now, value)
            if paused and reason != self.paused:
                runs.end(conn, run, "paused", reason, now)
                events.note(conn, now, "info" if controls.paused else "warning", "state", reason)
            if self.paused is not None and not paused and not controls.stopped:
                runs.go_on(conn, run)
                events.note(conn, now, "info", "state", OUTAGE_OVER if was_out else reason)
            if probe_reason != self._probe_reason:
                events.note(conn, now, "info", "watch", f"{probe_reason} {PROBED_AT_ONCE}")
            if pace != self._pace:
                events.note(conn, now, "info", "pace", pace[1] or "All of Intercom's limit is used.")
            if stuck and not self._stuck:
                for sentence in stuck:
                    events.note(conn, now, "warning", "watch", sentence)
            if refused > self._refused:
                more = refused - self._refused
                times = "a request" if more == 1 else f"{more:,} requests"
                events.note(conn, now, "warning", "limit", f"Intercom refused {times} (429); all wait for its window.")
        self.paused = reason if paused else None
        self._pace, self._refused, self._stuck, self._probe_reason = pace, refused, bool(stuck), probe_reason

    def _outage_reason(self, outage: Outage | None, now: int) -> str | None:
        """Why nothing goes on for the moment, while Intercom does not answer; its beginning is dated once."""
        if outage is not None and (self._outage is None or outage.since != self._outage.since):
            self._outage_began = moment(now - outage.seconds)
        self._outage = outage
        if outage is None:
            return None
        return (
            f"{outage.reason}, since {self._outage_began}. It is asked again and again; when it answers, the import "
            "goes on."
        )


@dataclass(slots=True)
class Watchdog:
    """Watches whatever grows as an import goes on; time in a pause does not count."""

    clock: Callable[[], float]
    _progress: Hashable = None
    _idle_since: float = field(init=False)
    _moved: bool = False

    def __post_init__(self) -> None:
        self._idle_since = self.clock()

    def look(self, progress: Hashable, waiting: Waiting, *, paused: bool) -> tuple[str, ...]:
        """What there is to say, a sentence each: what it waits for, and what to do; nothing while it makes progress."""
        now = self.clock()
        if paused or progress != self._progress:
            self._moved = self._moved or (self._progress is not None and progress != self._progress)
            self._progress, self._idle_since = progress, now
            return ()
        idle = int(now - self._idle_since)
        if idle < (STUCK_S if self._moved else START_S):
            return ()
        what = f"No progress for {idle // 60} min: it waits for {waiting.in_words()}."
        return (what, *(_LATER if self._moved else _AT_THE_START))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an import has open at Intercom: answers under way, requests held back, and how much of the limit is used."""

    answers: int = 0
    held_back: int = 0
    used: int = 0
    limit: int | None = None

    def in_words(self) -> str:
        if self.held_back and self.limit is not None:
            return f"Intercom's rate limit ({self.used:,} of {self.limit:,} used)"
        if self.answers:
            return f"{counted(self.answers, 'answer')} of Intercom"
        return "attachments, or the disk"
