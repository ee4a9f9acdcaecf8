"""A run of the importer: opens both sides, lets the phases work, and says how it ended."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from ochre_tui.errors import CredentialError, DiskFullError, OchreTuiError, UnreachableError
from ochre_tui.home import Place
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.files import MAX_BYTES, Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.session import Workspace
from ochre_tui.intercom.timing import Timing
from ochre_tui.migration.importer.controls import Controls
from ochre_tui.migration.importer.heartbeat import beat
from ochre_tui.migration.importer.job import Job, StoppedError
from ochre_tui.migration.importer.keeper import Keeper
from ochre_tui.migration.importer.merges import write_merges
from ochre_tui.migration.importer.phases import import_everything
from ochre_tui.migration.plan import Plan
from ochre_tui.migration.plan_file import plan_text
from ochre_tui.ochre.target import Target
from ochre_tui.secret import Secret
from ochre_tui.state import events, lease, runs
from ochre_tui.state.runs import RunState
from ochre_tui.state.store import Store


@dataclass(slots=True)
class Importer:
    """An import of one migration, to be run once; what steers it may be called from any thread.

    What is asked before `run` begins holds from its start.
    """

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
    _task: asyncio.Task[None] | None = None
    _controls: Controls = field(default_factory=Controls)

    def stop(self) -> None:
        """Ask the run to finish what it has in hand and end."""
        self._ask(self._controls.stop)

    def abort(self) -> None:
        """End the run at once: what is in hand is done again by the next one."""
        if self._task is not None:
            self._ask(self._task.cancel)

    def pause(self) -> None:
        """Ask the run to begin nothing more until `resume`; it keeps the lease."""
        self._ask(self._controls.pause)

    def resume(self) -> None:
        self._ask(self._controls.resume)

    def throttle(self, percent: int) -> None:
        """Use at most this share (1 to 100) of Intercom's limit from now on."""
        self._ask(lambda: self._controls.throttle(percent))

    def _ask(self, change: Callable[[], object]) -> None:
        if self._loop is None:
            change()
        elif not self._loop.is_closed():
            with suppress(RuntimeError):  # it was closed in between: there is nothing left to steer
                self._loop.call_soon_threadsafe(change)

    async def run(self) -> None:
        """Import until all is done. Raises what ended it early, after saying so in the store; MigrationHeldError when
        another process works on this migration."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
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
            largest = await keeper.do(lambda _, target: min(MAX_BYTES, target.largest_file or MAX_BYTES))
            downloader = Downloader(self.hosts, timing=self.timing, max_bytes=largest)
            await stack.enter_async_context(downloader)
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
                controls=self._controls,
            )
            self._controls.steer(client.pacer)
            beating = asyncio.create_task(beat(job))
            try:
                await import_everything(job)
                await keeper.do(lambda store, _: write_merges(store, self.place.merges))
            except BaseException as error:
                beating.cancel()  # first, so that the end is the last thing that is written
                state, reason = _ended_by(error)
                with suppress(OchreTuiError):  # a full disk takes no note either; the lease tells that we are gone
                    await keeper.do(lambda store, _: _end(store, run, state, reason, self.now()))
                raise
            beating.cancel()
            await keeper.do(lambda store, _: _end(store, run, *self._ended(), self.now()))

    def _ended(self) -> tuple[RunState, str | None]:
        if self.limit is None:
            return "completed", None
        return "paused", f"A sample of {self.limit} conversations was asked for; run again without a limit to go on."


def _begin(store: Store, plan: Plan, now: int) -> int:
    store.set("plan", plan_text(plan))
    with store.transaction() as conn:
        begun = runs.begin(conn, now, number=time.time_ns() // 1_000_000)
        events.note(conn, now, "info", "state", "The import began." if begun.phase is None else "The import goes on.")
    return begun.id


def _end(store: Store, run: int, state: RunState, reason: str | None, now: int) -> None:
    with store.transaction() as conn:
        runs.end(conn, run, state, reason, now)
        level: events.Level = "error" if state == "failed" else "info"
        events.note(conn, now, level, "state", reason or "The import is complete.")


def _ended_by(error: BaseException) -> tuple[RunState, str]:
    if isinstance(error, CredentialError | UnreachableError | DiskFullError | StoppedError):
        return "paused", error.title
    if isinstance(error, OchreTuiError):
        return "failed", error.title
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "paused", "Interrupted."
    return "failed", f"Something unexpected happened ({type(error).__name__})."
