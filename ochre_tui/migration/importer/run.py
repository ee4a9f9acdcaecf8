"""A run of the importer: what it needs before it begins, both sides opened, its phases, and how it ended."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ochre_tui.core.errors import CredentialError, DiskFullError, ExitCode, OchreTuiError, UnreachableError, UsageError
from ochre_tui.core.files import free, refuse_short, reserve
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.core.wording import size
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.files import MAX_BYTES, Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection
from ochre_tui.migration.credentials.tokens import INTERCOM
from ochre_tui.migration.importer.control_loop import control_loop, obey
from ochre_tui.migration.importer.controls import Controls
from ochre_tui.migration.importer.finalize import write_merges
from ochre_tui.migration.importer.heartbeat import beat
from ochre_tui.migration.importer.phases import import_everything
from ochre_tui.migration.importer.run_context import LARGE, RunContext, StoppedError, stopped_error
from ochre_tui.migration.importer.writer import Writer
from ochre_tui.migration.plan.check import PlanFacts, check_plan
from ochre_tui.migration.plan.file import plan_text, read_plan
from ochre_tui.migration.plan.model import Plan, PlanError
from ochre_tui.migration.scan.result import last_scan
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import read
from ochre_tui.ochre.target import Target
from ochre_tui.store import control, events, files, runs, warnings
from ochre_tui.store import sync_passes as passes
from ochre_tui.store.lease import refuse_held
from ochre_tui.store.runs import RunState
from ochre_tui.store.store import Store

ON_REQUEST = "Stopped on request."
MOST_PASSES: Final = 10
OUTAGE_TIMEOUT_S = 3600.0
"""How long an outage of Intercom is waited for before the run ends."""
_LONGEST_STOP_S = 7.0
_BYTES_EACH = 25_000
"""What a conversation of some dozen messages takes in both databases, files apart."""
_REPAIRING = "A part of what is imported is to be mended."
_CUT_SHORT = "An import was cut short; run again and it goes on."
_NEW_STORE = (
    "The store of this migration is new and its Ochre workspace is not: everything is read again from Intercom, "
    "what is in Ochre is recognised by its ids, and nothing is imported twice."
)


def usable_plan(session: Session, file: Path | None = None) -> Plan:
    """The plan in `file`, else the migration's; PlanError where it does not fit what there is."""
    if file is None and not session.paths.plan.exists():
        raise UsageError("There is no plan yet.", advice="Run `ochre-tui scan`, then `ochre-tui plan --auto`.")
    plan = read_plan(file or session.paths.plan)
    with session.target() as workspace:
        errors, _ = check_plan(plan, PlanFacts(workspace.users(), workspace.custom_fields()))
    if errors:
        raise PlanError(errors)
    return plan


def importer_for(session: Session, plan: Plan, limit: int | None = None) -> Importer:
    """The importer of a migration, once Intercom has confirmed that the token is for its workspace.

    Raises MigrationHeldError at once, before a request, when another process imports already, and LockedError where
    the archive is encrypted and the passphrase is not known.
    """
    refuse_held(session.paths.lock)
    token = session.token(INTERCOM)
    with session.store() as store:
        _ = store.seal
        workspace = in_loop(connection.confirmed(store, token))
    return Importer(
        session=session,
        plan=plan,
        workspace=workspace,
        token=token,
        hosts=connection.attachment_hosts(),
        limit=limit,
        outage_timeout_s=connection.outage_timeout_s(OUTAGE_TIMEOUT_S),
    )


class StillChangingError(OchreTuiError):
    """Intercom changed in each of the passes; all that these found is imported."""

    exit_code = ExitCode.OUTSTANDING

    def __init__(self, passes: int) -> None:
        super().__init__(
            f"Intercom was still changing after {passes} passes.",
            meaning="All that the last pass found is in Ochre; something changed in Intercom since the pass before.",
            advice="Choose an hour with less traffic, or let the team pause in Intercom, and run `ochre-tui catch-up` "
            "again. If customers reach Ochre already, nothing more is needed than to repeat it until Intercom rests.",
        )


@dataclass(slots=True)
class Importer:
    """An import of one migration, to be run once; it is steered by the commands in the store."""

    session: Session
    plan: Plan
    workspace: Workspace
    token: Secret
    hosts: FileHosts
    limit: int | None = None
    large: int = LARGE
    now: Callable[[], int] = lambda: int(time.time())
    clock: Clock = field(default_factory=Clock)
    outage_timeout_s: float = OUTAGE_TIMEOUT_S
    reserve: Callable[[Path], int] = reserve
    _loop: asyncio.AbstractEventLoop | None = None
    _controls: Controls = field(default_factory=Controls)

    def stop(self, reason: str = ON_REQUEST) -> None:
        """Ask the run, from any thread, to finish what it has in hand and end; asked again, to end at once."""
        if self._loop is None:
            self._controls.stop(reason)
        elif not self._loop.is_closed():
            with suppress(RuntimeError):  # it was closed in between: there is nothing left to stop
                self._loop.call_soon_threadsafe(self._controls.stop, reason)

    async def run(self) -> None:
        """Import until all is done. Raises what ended it early, after saying so in the store; MigrationHeldError when
        another process works on this migration."""
        with self._holding_lease() as last_command:
            await self._run(last_command)

    async def catch_up(self, most: int) -> None:
        """Import again and again until a pass over Intercom brings nothing new; raises StillChangingError where `most`
        passes all did, else as `run`."""
        with self._holding_lease() as last_command:
            run = await self._run(last_command)
            for _ in range(most - 1):
                if self._is_quiet():
                    return
                run = await self._run(self._controls.last_command, follows=run)
            if not self._is_quiet():
                raise StillChangingError(most)

    async def repair(self, work: Callable[[RunContext], Coroutine[Any, Any, None]]) -> None:
        """Do this work alone, as part of the latest run; raises UsageError before the first one, else as `run`."""
        with self._holding_lease() as last_command:
            with self.session.store() as store, store.transaction() as conn:
                latest = runs.latest(conn)
                runs.reopen(conn, _REPAIRING)
            if latest is None:
                raise UsageError("Nothing was imported yet.", advice="Import with `ochre-tui run` first.")
            outcome = (latest.state, latest.reason) if latest.state != "importing" else ("paused", _CUT_SHORT)
            await self._run(last_command, work=work, outcome=outcome)

    @contextmanager
    def _holding_lease(self) -> Iterator[int]:
        """Be the process that works on this migration: the last command that was meant for others, and the lease."""
        self._loop = asyncio.get_running_loop()
        paths = self.session.paths
        with self.session.store() as store:
            last_command = control.last(store.conn)  # the commands until now were meant for somebody else
        with self.session.lease():
            shutil.rmtree(paths.spool, ignore_errors=True)
            paths.create()
            refuse_short(paths.folder, self.reserve(paths.folder))
            self.session.audit("start", limit=self.limit, plan_sha256=_sha256(plan_text(self.plan)))
            try:
                yield last_command
            finally:
                with suppress(OchreTuiError):  # a full disk takes no note
                    _note_end(self.session)

    def _is_quiet(self) -> bool:
        with self.session.store() as store:
            return passes.quiet_since(store.conn) is not None

    async def _run(
        self,
        last_command: int,
        follows: int | None = None,
        work: Callable[[RunContext], Coroutine[Any, Any, None]] = import_everything,
        outcome: tuple[RunState, str | None] | None = None,
    ) -> int:
        """Do the work as a run, and note how it ended: as `outcome` says, else as this importer's limit has it."""
        async with AsyncExitStack() as stack:
            reader = stack.enter_context(self.session.store())
            writer = await stack.enter_async_context(Writer(self.session.store, self.session.open_target))
            run = await writer.do(lambda store, target: self._begin(store, target, last_command))
            client = await stack.enter_async_context(
                Intercom(self.token, self.workspace.base_url, clock=self.clock, patience_s=self.outage_timeout_s)
            )
            largest = await writer.do(lambda _, target: min(MAX_BYTES, target.largest_file or MAX_BYTES))
            spooling = await writer.do(lambda _, target: target.spooling)
            downloader = Downloader(self.hosts, clock=self.clock, max_bytes=largest, spooling=spooling)
            await stack.enter_async_context(downloader)
            context = RunContext(
                run=run,
                plan=self.plan,
                workspace=self.workspace,
                client=client,
                downloader=downloader,
                hosts=self.hosts,
                writer=writer,
                reader=reader,
                spool=self.session.paths.spool,
                spooling=spooling,
                now=self.now,
                reserve=self.reserve,
                limit=self.limit,
                follows=follows,
                large=self.large,
                controls=self._controls,
            )
            self._controls.last_command = last_command
            if (pace := control.pace(reader.conn)) is not None:
                obey(self._controls, pace)
            self._controls.attach(client.pacer, client.breaker)
            attendants = [asyncio.create_task(beat(context)), asyncio.create_task(control_loop(context))]
            try:
                await _unless_stopped(context, work(context))
                await writer.do(lambda store, _: write_merges(store, self.session.paths.merges))
            except BaseException as error:
                _cancel(attendants)  # first, so that the end is the last thing that is written
                state, reason = _outcome_of(error)
                with suppress(OchreTuiError):  # a full disk takes no note either; the lease tells that we are gone
                    await writer.do(lambda store, _: _end(store, context, state, reason))
                raise
            _cancel(attendants)
            await writer.do(lambda store, _: _end(store, context, *(outcome or self._outcome())))
        return run

    def _begin(self, store: Store, target: Target, last_command: int) -> int:
        """Number the run, and note what the operator should know before it."""
        store.refuse_damaged()
        target.refuse_damaged()
        store.set("plan", plan_text(self.plan))
        now, folder = self.now(), self.session.paths.folder
        is_new = runs.latest(store.conn) is None and next(iter(target.threads()), None) is not None
        shortage = _shortage_ahead(store, folder, self.reserve(folder))
        with store.transaction() as conn:
            control.take(conn, last_command, now)
            begun = runs.begin(conn, now, number=time.time_ns() // 1_000_000)
            sentence = "The import began." if begun.phase is None else "The import goes on."
            events.note(conn, now, "info", "state", sentence)
            for kind, warning in (("store", _NEW_STORE if is_new else None), ("disk", shortage)):
                warnings.warn(conn, begun.id, kind, [("", [warning] if warning else [])])
                if warning:
                    events.note(conn, now, "warning", "state", warning)
        return begun.id

    def _outcome(self) -> tuple[RunState, str | None]:
        if self.limit is None:
            return "completed", None
        return "paused", f"A sample of {self.limit} conversations was asked for; run again without a limit to go on."


async def _unless_stopped(context: RunContext, work: Coroutine[Any, Any, None]) -> None:
    """Do the work; where a stop takes too long, or an end at once was asked for, leave it where it is."""
    doing = asyncio.create_task(work)
    overdue = asyncio.create_task(context.controls.overdue(_LONGEST_STOP_S))
    try:
        await asyncio.wait({doing, overdue}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await doing
            raise context.failure or stopped_error(context.controls)
        await doing
    finally:
        doing.cancel()
        overdue.cancel()


def _cancel(attendants: Iterable[asyncio.Task[None]]) -> None:
    for task in attendants:
        task.cancel()


def _note_end(session: Session) -> None:
    with session.store() as store:
        run = runs.latest(store.conn)
        counts = read(store, session.paths).counts
    if run is not None:
        session.audit("end", run=run.id, state=run.state, reason=run.reason, counts=counts)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _end(store: Store, context: RunContext, state: RunState, reason: str | None) -> None:
    now = context.now()
    with store.transaction() as conn:
        control.take(conn, context.controls.last_command, now)
        runs.end(conn, context.run, state, reason, now)
        level: events.Level = "error" if state == "failed" else "info"
        events.note(conn, now, level, "state", reason or "The import is complete.")


def _outcome_of(error: BaseException) -> tuple[RunState, str]:
    if isinstance(error, CredentialError | UnreachableError | DiskFullError | StoppedError):
        return "paused", error.title
    if isinstance(error, OchreTuiError):
        return "failed", error.title
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "paused", "Interrupted."
    return "failed", f"Something unexpected happened ({type(error).__name__})."


def _shortage_ahead(store: Store, folder: Path, reserved: int) -> str | None:
    """A warning where the disk of `folder` has less to give, apart from what is kept free, than will be needed."""
    scanned = last_scan(store)
    if scanned is None:
        return None
    (done,) = store.conn.execute("SELECT count(*) FROM conversation WHERE got_parts IS NOT NULL").fetchone()
    left = max(0, scanned.counts.get("conversations", 0) - done)
    stored = files.attachment_tally(store.conn).bytes
    needed = left * _BYTES_EACH + max(0, scanned.attachments.bytes.likely - stored)
    usable = free(folder) - reserved
    if needed <= usable:
        return None
    return (
        f"The disk may get full: about {size(needed)} will be needed, {size(max(0, usable))} can be used. "
        "The import pauses in time; free some room, and run again."
    )
