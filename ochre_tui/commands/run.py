"""`run`: the import, at this terminal or without one."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from ochre_tui.commands import progress
from ochre_tui.commands.credentials import (
    PassphraseSource,
    TokenSource,
    take_all,
    take_token,
    takes_passphrase,
    takes_token,
)
from ochre_tui.commands.frame import in_migration, in_words, print_event, print_json, show_error, show_table
from ochre_tui.commands.progress import SourceChanges, deleted_line
from ochre_tui.core.errors import ExitCode, OchreTuiError, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.text import clean_line
from ochre_tui.migration.credentials.passphrase import as_passphrase, unseal
from ochre_tui.migration.credentials.tokens import OCHRE, as_token
from ochre_tui.migration.importer.detach import HANDED_OVER, Detached, start_detached
from ochre_tui.migration.importer.run import MOST_PASSES
from ochre_tui.migration.importer.signals import TerminalSession, terminal_session
from ochre_tui.migration.importer.thread import ImportThread, prepare_catch_up, prepare_import
from ochre_tui.migration.repair import quarantine
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import Status, read
from ochre_tui.migration.wording import detached_words
from ochre_tui.store import files, outcomes, runs, warnings
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.store.store import Store

_LOOK_S = 0.25
_EVENT_EVERY_S = 2.0
_SHOWN = 20


@click.command()
@in_migration
@takes_token
@takes_passphrase
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Use this plan instead of plan.toml.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N conversations, as a sample.")
@click.option("--detach", is_flag=True, help="Import in a process that goes on without this terminal.")
@click.option(HANDED_OVER, is_flag=True, hidden=True)
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event.")
def run(
    session: Session,
    *,
    source: TokenSource,
    passphrase: PassphraseSource,
    plan_file: Path | None,
    limit: int | None,
    detach: bool,
    handed_over: bool,
    to_json: bool,
) -> None:
    """Import; run again, it resumes; when done, it imports what is new or changed.

    It goes on where the terminal is closed or the SSH session drops, and writes to logs/run.log then.
    """

    def prepare() -> ImportThread:
        if handed_over:
            _take_handed_over(session)
        else:
            take_all(session, source, passphrase)
        return prepare_import(session, plan_file, limit)

    thread = prepared(session, prepare, to_json=to_json)
    if detach:
        code = _detach(session, start_detached(session, plan=plan_file, limit=limit), to_json=to_json)
    else:
        code = import_in_thread(thread, to_json=to_json)
    raise click.exceptions.Exit(code)


def prepared(session: Session, prepare: Callable[[], ImportThread], *, to_json: bool) -> ImportThread:
    """An import, ready to begin; what keeps it from that ends the command, as an event where JSON is asked for."""
    try:
        return prepare()
    except OchreTuiError as error:
        if not to_json:
            raise
        show_error(error)
        print_event("end", exit=error.exit_code, status=_status(session).as_json(), **in_words(error))
        raise click.exceptions.Exit(error.exit_code) from error


def _status(session: Session) -> Status:
    with session.store() as store:
        return read(store, session.paths)


def _take_handed_over(session: Session) -> None:
    """Intercom's token, as `start_detached` hands it over, with Ochre's and the passphrase where they are needed."""
    take_token(session, TokenSource(stdin=True))
    if ochre := sys.stdin.readline().strip():
        session.remember_token(OCHRE, as_token(ochre, side=OCHRE))
    if words := sys.stdin.readline().strip():
        unseal(session.paths, as_passphrase(bytes.fromhex(words).decode()))


def _detach(session: Session, found: Detached, *, to_json: bool) -> int:
    """Say how the process that was started does; the exit code."""
    code = found.exit or 0
    if found.exit is not None and not to_json:
        click.echo(found.output, err=code != 0, nl=False)
    elif not to_json:
        for line in detached_words(session.paths, found.pid):
            click.echo(line)
    else:
        if found.exit is None:
            print_event("detached", pid=found.pid, log=str(session.paths.run_log))
        print_event("end", exit=code, status=_status(session).as_json())
    return code


def import_in_thread(thread: ImportThread, *, to_json: bool) -> int:
    """Import in its thread and show how it goes; the exit code."""
    session = thread.importer.session
    with terminal_session(thread) as terminal, session.store() as store:
        found = SourceChanges(store)
        thread.start()
        _follow(store, session.paths, terminal, found, to_json=to_json)
        status = read(store, session.paths)
        code = _exit_code(thread.failure, status, interrupted=signal.SIGINT in terminal.signals)
        _show_end(session, store, status, thread.failure, code, found, to_json=to_json)
    return code


def _follow(
    store: Store, paths: MigrationPaths, terminal: TerminalSession, found: SourceChanges, *, to_json: bool
) -> None:
    """Show how it goes until it ends; where nobody reads any more, in the log."""
    view = _Events(found) if to_json else progress.view()
    in_log = False
    try:
        while terminal.running.alive:
            terminal.join(_LOOK_S)
            try:
                view.show(read(store, paths))
            except OSError:
                terminal.hang_up()
            if terminal.hung_up and not in_log:
                in_log = True
                view.close()
                terminal.write_to_log(paths)
                view = _Events(found) if to_json else progress.lines()
    finally:
        view.close()


@dataclass(slots=True)
class _Events:
    """A JSON line at each new phase and after each pass, and one on progress every few seconds."""

    found: SourceChanges
    phase: str | None = None
    at: float = float("-inf")

    def show(self, status: Status) -> None:
        for done in self.found.passes():
            print_event("pass", **done)
        if status.phase != self.phase:
            self.phase = status.phase
            print_event("phase", phase=status.phase)
        if time.monotonic() - self.at >= _EVENT_EVERY_S:
            self.at = time.monotonic()
            print_event("progress", status=status.as_json())

    def close(self) -> None:
        return


def print_end(code: int, status: Status, failure: BaseException | None = None) -> None:
    """The last JSON line."""
    words = in_words(failure) if isinstance(failure, OchreTuiError) else {}
    print_event("end", exit=code, status=status.as_json(), **words)


def _exit_code(failure: BaseException | None, status: Status, *, interrupted: bool) -> int:
    if failure is None:
        return ExitCode.OUTSTANDING if status.outstanding else 0
    if isinstance(failure, OchreTuiError):
        return ExitCode.INTERRUPTED if interrupted and failure.exit_code == ExitCode.STOPPED else failure.exit_code
    raise failure


def _show_end(
    session: Session,
    store: Store,
    status: Status,
    failure: BaseException | None,
    code: int,
    found: SourceChanges,
    *,
    to_json: bool,
) -> None:
    run = runs.latest(store.conn)
    left = outcomes.quarantined(store.conn, run.id) if run else []
    missing = _missing(session, store) if code == ExitCode.OUTSTANDING else []
    warned = warnings.warnings(store.conn)
    if to_json:
        for warning in warned:
            print_event("warning", **asdict(warning))
        for record in left:
            print_event("quarantined", **asdict(record))
        for file in missing:
            print_event("missing", **asdict(file))
        for gone in found.deleted():
            print_event("deleted", kind=gone.kind, id=gone.id, removed=gone.removed)
        print_end(code, status, failure)
        return
    if isinstance(failure, OchreTuiError):
        show_error(failure)
    progress.summary(status)
    if status.contacts.merged and session.paths.merges.exists():
        click.echo(f"Who was merged with whom: {clean_line(str(session.paths.merges))}")
    _show_some(f"Warning: {warning.text}" for warning in warned)
    _show_some(f"Quarantined: {record.kind} {record.id}: {record.reason}" for record in left)
    _show_some(f"Missing: {file.name} of conversation {file.conversation}: {file.reason}" for file in missing)
    _show_some(deleted_line(gone) for gone in found.deleted())
    for line in found.pass_lines():
        click.echo(line)
    if failure is None:
        click.echo(found.sentence())


@dataclass(frozen=True, slots=True)
class _Missing:
    """An attachment that could not be fetched, of a conversation by Intercom's id."""

    attachment: str
    conversation: str
    name: str
    reason: str | None


def _missing(session: Session, store: Store) -> list[_Missing]:
    owners = files.missing(store.conn)
    if not owners:
        return []
    with session.target() as workspace:
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


@click.command("catch-up")
@in_migration
@takes_token
@takes_passphrase
@click.option(
    "--passes", type=click.IntRange(min=1), default=MOST_PASSES, show_default=True, help="Give up after so many passes."
)
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event.")
def catch_up(
    session: Session, *, source: TokenSource, passphrase: PassphraseSource, passes: int, to_json: bool
) -> None:
    """Import what changed in Intercom since, until nothing new is left."""

    def prepare() -> ImportThread:
        take_all(session, source, passphrase)
        return prepare_catch_up(session, passes)

    raise click.exceptions.Exit(import_in_thread(prepared(session, prepare, to_json=to_json), to_json=to_json))


@click.command()
@in_migration
@takes_token
@takes_passphrase
@click.argument("records", nargs=-1, metavar="[KIND:ID]...")
@click.option("--list", "only_list", is_flag=True, help="Only list the records in quarantine.")
@click.option("--json", "to_json", is_flag=True, help="Print a JSON line for each event; with --list one document.")
def retry(
    session: Session,
    *,
    source: TokenSource,
    passphrase: PassphraseSource,
    records: tuple[str, ...],
    only_list: bool,
    to_json: bool,
) -> None:
    """Try the quarantined records again: these, or all."""
    if only_list and records:
        raise UsageError("--list shows all records.", advice="Leave out the names, or --list.")
    chosen = quarantine.chosen(session, records)
    if only_list:
        _show(chosen, to_json=to_json)
        return
    if not chosen:
        if to_json:
            print_end(0, _status(session))
        else:
            click.echo("Nothing is in quarantine.")
        return

    def prepare() -> ImportThread:
        take_all(session, source, passphrase)
        return quarantine.prepare_retry(session, chosen)

    raise click.exceptions.Exit(import_in_thread(prepared(session, prepare, to_json=to_json), to_json=to_json))


def _show(records: list[Quarantined], *, to_json: bool) -> None:
    if to_json:
        print_json([asdict(record) for record in records])
    elif not records:
        click.echo("Nothing is in quarantine.")
    else:
        rows = [
            (f"{record.kind}:{clean_line(record.id)}", record.attempts, clean_line(record.reason)) for record in records
        ]
        show_table(("Record", "Tries", "Reason"), rows)
