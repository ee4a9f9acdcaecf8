"""A run of the importer: opens both sides, lets the phases work, and says how it ended."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial

from ochre_tui.errors import CredentialError, DiskFullError, OchreTuiError, UnreachableError
from ochre_tui.home import Place
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.session import Workspace
from ochre_tui.intercom.timing import Timing
from ochre_tui.migration.importer.job import Job, StoppedError
from ochre_tui.migration.importer.keeper import Keeper
from ochre_tui.migration.importer.phases import import_everything
from ochre_tui.migration.plan import Plan
from ochre_tui.migration.plan_file import plan_text
from ochre_tui.ochre.target import Target
from ochre_tui.secret import Secret
from ochre_tui.state import lease, runs
from ochre_tui.state.runs import RunState
from ochre_tui.state.store import Store

_BEAT_S = 1.0
_SAMPLE_S = 5
_SAMPLES = 120


@dataclass(slots=True)
class Importer:
    """An import of one migration, to be run once; `stop` may be called from any thread."""

    place: Place
    plan: Plan
    workspace: Workspace
    token: Secret
    hosts: FileHosts
    open_target: Callable[[], Target]
    limit: int | None = None
    now: Callable[[], int] = lambda: int(time.time())
    timing: Timing = field(default_factory=Timing)
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Ask the run to finish what it has in hand and end."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    async def run(self) -> None:
        """Import until all is done. Raises what ended it early, after saying so in the store; MigrationHeldError when
        another process works on this migration."""
        self._loop = asyncio.get_running_loop()
        with lease.held(self.place.lock):
            shutil.rmtree(self.place.spool, ignore_errors=True)
            self.place.create()
            await self._run()

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            reader = stack.enter_context(Store(self.place.state_db))
            keeper = await stack.enter_async_context(Keeper(lambda: Store(self.place.state_db), self.open_target))
            run = await keeper.do(lambda store, _: _begin(store, self.plan, self.now()))
            client = await stack.enter_async_context(Intercom(self.token, self.workspace.base_url, timing=self.timing))
            downloader = await stack.enter_async_context(Downloader(self.hosts, timing=self.timing))
            job = Job(
                run=run,
                plan=self.plan,
                workspace=self.workspace,
                client=client,
                downloader=downloader,
                hosts=self.hosts,
                keeper=keeper,
                reader=reader,
                spool=self.place.spool,
                now=self.now,
                limit=self.limit,
                stop=self._stop,
            )
            beating = asyncio.create_task(_beat(job))
            try:
                await import_everything(job)
            except BaseException as error:
                state, reason = _ended_by(error)
                with suppress(
                    OchreTuiError
                ):  # a full disk can't take the note either; the lease tells that we are gone
                    await keeper.do(lambda store, _: _end(store, run, state, reason, self.now()))
                raise
            finally:
                beating.cancel()
            await keeper.do(lambda store, _: _end(store, run, *self._ended(), self.now()))

    def _ended(self) -> tuple[RunState, str | None]:
        if self.limit is None:
            return "completed", None
        return "paused", f"A sample of {self.limit} conversations was asked for; run again without a limit to go on."


def _begin(store: Store, plan: Plan, now: int) -> int:
    store.set("plan", plan_text(plan))
    with store.transaction() as conn:
        return runs.begin(conn, now).id


def _end(store: Store, run: int, state: RunState, reason: str | None, now: int) -> None:
    with store.transaction() as conn:
        runs.end(conn, run, state, reason, now)


def _ended_by(error: BaseException) -> tuple[RunState, str]:
    if isinstance(error, CredentialError | UnreachableError | DiskFullError | StoppedError):
        return "paused", error.title
    if isinstance(error, OchreTuiError):
        return "failed", error.title
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "paused", "Interrupted."
    return "failed", f"Something unexpected happened ({type(error).__name__})."


async def _beat(job: Job) -> None:
    """Write the importer's pulse down once a second, with a sample of its speed every few."""
    samples: list[tuple[float, int, int]] = []
    begun = time.monotonic()
    while True:
        budget = job.client.budget()
        at = round(time.monotonic() - begun, 1)
        if not samples or at - samples[-1][0] >= _SAMPLE_S or len(samples) < _SAMPLE_S:
            samples = [*samples[1 - _SAMPLES :], (at, job.progress.records, budget.requests)]
        value = {
            "run": job.run,
            "samples": samples,
            "to_do": job.progress.to_do,
            "listed": job.progress.listed,
            "window_limit": budget.pace.limit,
            "window_used": budget.pace.used,
            "throttle_percent": budget.pace.percent,
        }
        await job.keeper.do(partial(_pulse, now=job.now(), value=value))
        await asyncio.sleep(_BEAT_S)


def _pulse(store: Store, _: Target, *, now: int, value: dict[str, object]) -> None:
    with store.transaction() as conn:
        runs.beat(conn, now, value)
