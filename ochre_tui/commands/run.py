"""`run`: the import, in the foreground."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Coroutine, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import uvloop

from ochre_tui.commands import progress
from ochre_tui.commands.frame import INTERRUPTED, Where, in_migration, in_words, print_json, show_error
from ochre_tui.commands.token import find_token
from ochre_tui.errors import OchreTuiError, UsageError
from ochre_tui.home import Place
from ochre_tui.migration import connection
from ochre_tui.migration.importer.run import Importer
from ochre_tui.migration.plan import Plan, PlanError
from ochre_tui.migration.plan_check import check_plan
from ochre_tui.migration.plan_file import read_plan
from ochre_tui.migration.status import Status, read
from ochre_tui.migration.suggest import plan_facts
from ochre_tui.state import files, notes, outcomes, runs
from ochre_tui.state.store import Store
from ochre_tui.text import clean_line

_LOOK_S = 0.25
_EVENT_EVERY_S = 2.0
_STOPPED = 7
_OUTSTANDING = 3
_SHOWN = 20


@click.command()
@in_migration
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Use this plan instead of plan.toml.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N conversations, as a sample.")
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event.")
def run(where: Where, *, plan_file: Path | None, limit: int | None, to_json: bool) -> None:
    """Import; run again, it resumes; when done, it imports what is new or changed."""
    place = where.existing()
    with Store(place.state_db) as store:
        try:
            importer = _importer(place, store, plan_file, limit)
        except OchreTuiError as error:
            if not to_json:
                raise
            show_error(error)
            _event("end", exit=error.exit_code, status=read(store, place).as_json(), **in_words(error))
            raise click.exceptions.Exit(error.exit_code) from error
    raise click.exceptions.Exit(import_in_thread(importer, place, to_json=to_json))


def _importer(place: Place, store: Store, plan_file: Path | None, limit: int | None) -> Importer:
    plan = _plan(place, plan_file)
    token = find_token(place.name)
    return Importer(
        place=place,
        plan=plan,
        workspace=in_loop(connection.confirmed(store, token)),
        token=token,
        hosts=connection.attachment_hosts(),
        open_target=lambda: connection.open_target(place),
        limit=limit,
    )


def import_in_thread(importer: Importer, place: Place, *, to_json: bool) -> int:
    """Import in a thread and show how it goes; the exit code.

    The first SIGINT or SIGTERM ends it after the records in hand, the second at once; both leave it resumable.
    """
    failure: list[BaseException] = []

    def work() -> None:
        try:
            in_loop(importer.run())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that shows it
            failure.append(error)

    thread = threading.Thread(target=work, name="importer")
    asked: list[int] = []

    def ask(number: int, _: object) -> None:
        if asked:
            os._exit(128 + number)
        asked.append(number)
        importer.stop()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    _suit_threads()
    try:
        thread.start()
        with Store(place.state_db) as store:
            _follow(store, place, thread, to_json=to_json)
            status = read(store, place)
            code = _exit_code(failure[0] if failure else None, status, interrupted=signal.SIGINT in asked)
            _show_end(store, place, status, failure[0] if failure else None, code, to_json=to_json)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code


def _suit_threads() -> None:
    """Settings of the interpreter that suit one busy event loop beside one writing thread."""
    # What comes in lives until it is written: to look for cycles after every 700 objects costs a tenth for nothing.
    gc.set_threshold(100_000, 50, 100)
    # Each release of the interpreter lock, in SQLite or the sanitiser, would else cost the loop up to 5 ms.
    sys.setswitchinterval(0.0005)


def in_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in an event loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _plan(place: Place, file: Path | None) -> Plan:
    """The plan to import by; PlanError where it does not fit what there is."""
    if file is None and not place.plan.exists():
        raise UsageError("There is no plan yet.", advice="Run `ochre-tui scan`, then `ochre-tui plan --auto`.")
    plan = read_plan(file or place.plan)
    with closing(connection.open_target(place)) as workspace:
        errors, _ = check_plan(plan, plan_facts(None, workspace.users(), workspace.custom_fields()))
    if errors:
        raise PlanError(errors)
    return plan


def _follow(store: Store, place: Place, thread: threading.Thread, *, to_json: bool) -> None:
    view = _Events() if to_json else progress.view()
    try:
        while thread.is_alive():
            thread.join(_LOOK_S)
            view.show(read(store, place))
    finally:
        view.close()


@dataclass(slots=True)
class _Events:
    """A JSON line at each new phase, and one on progress every few seconds."""

    phase: str | None = None
    at: float = float("-inf")

    def show(self, status: Status) -> None:
        if status.phase != self.phase:
            self.phase = status.phase
            _event("phase", phase=status.phase)
        if time.monotonic() - self.at >= _EVENT_EVERY_S:
            self.at = time.monotonic()
            _event("progress", status=status.as_json())

    def close(self) -> None:
        return


def _event(name: str, **facts: object) -> None:
    print_json({"at": int(time.time()), "event": name, **facts})


def _exit_code(failure: BaseException | None, status: Status, *, interrupted: bool) -> int:
    if failure is None:
        return _OUTSTANDING if status.outstanding else 0
    if isinstance(failure, OchreTuiError):
        return INTERRUPTED if interrupted and failure.exit_code == _STOPPED else failure.exit_code
    raise failure


def _show_end(
    store: Store, place: Place, status: Status, failure: BaseException | None, code: int, *, to_json: bool
) -> None:
    run = runs.latest(store.conn)
    left = outcomes.quarantined(store.conn, run.id) if run else []
    missing = _missing(store, place) if code == _OUTSTANDING else []
    warned = notes.warnings(store.conn)
    if to_json:
        for warning in warned:
            _event("warning", **asdict(warning))
        for record in left:
            _event("quarantined", **asdict(record))
        for file in missing:
            _event("missing", **asdict(file))
        _event("end", exit=code, status=status.as_json())
        return
    if isinstance(failure, OchreTuiError):
        show_error(failure)
    progress.summary(status)
    _show_some(f"Warning: {warning.text}" for warning in warned)
    _show_some(f"Quarantined: {record.kind} {record.id}: {record.reason}" for record in left)
    _show_some(f"Missing: {file.name} of conversation {file.conversation}: {file.reason}" for file in missing)


@dataclass(frozen=True, slots=True)
class _Missing:
    """An attachment that could not be fetched, of a conversation by Intercom's id."""

    attachment: str
    conversation: str
    name: str
    reason: str | None


def _missing(store: Store, place: Place) -> list[_Missing]:
    owners = files.missing(store.conn)
    if not owners:
        return []
    with closing(connection.open_target(place)) as workspace:
        return [
            _Missing(file.id, owners[file.id], file.name, file.reason)
            for file in workspace.attachments()
            if file.id in owners
        ]


def _show_some(lines: Iterable[str]) -> None:
    shown = list(lines)
    for line in shown[:_SHOWN]:
        click.echo(clean_line(line))
    if len(shown) > _SHOWN:
        click.echo(f"… and {len(shown) - _SHOWN:,} more; `ochre-tui run --json` names them all.")
