"""What all commands share: their options, how they find a migration, how they fail."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from ochre_tui.core.errors import ExitCode, OchreTuiError, UsageError
from ochre_tui.core.paths import DEFAULT_NAME, MigrationPaths, existing, migration_paths, root
from ochre_tui.core.secret import redacted
from ochre_tui.core.text import clean, clean_line
from ochre_tui.migration.session import Session

F = TypeVar("F", bound=Callable[..., Any])

_FORESEEN = (OchreTuiError, click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError)


class _LoggedError(Exception):
    """Something unexpected (its cause), noted in `log` if that is a path."""

    def __init__(self, log: Path | None) -> None:
        super().__init__()
        self.log = log


def in_migration(command: F) -> F:
    """Give the command `-m/--migration` as the `Session` of a migration that exists, its first argument."""
    return _with_session(command, existing)


def in_new_migration(command: F) -> F:
    """The same for a command that makes the migration where it is missing, or finds out itself whether it is."""
    return _with_session(command, migration_paths)


def _with_session(command: F, paths_of: Callable[[Path, str], MigrationPaths]) -> F:
    @click.option(
        "-m",
        "--migration",
        "name",
        envvar="OCHRE_TUI_MIGRATION",
        default=DEFAULT_NAME,
        show_default=True,
        help="The migration's name.",
    )
    @click.pass_context
    @functools.wraps(command)
    def wrapped(context: click.Context, /, name: str, **arguments: Any) -> Any:
        home = root(context.obj)
        try:
            return command(Session(paths_of(home, name)), **arguments)
        except _FORESEEN:
            raise
        except Exception as error:
            raise _LoggedError(_log(migration_paths(home, name), context.command_path, error)) from error

    return wrapped  # type: ignore[return-value]  # the decorators of click keep no signature


def as_json(command: F) -> F:
    """Give the command `--json` as `to_json`."""
    return click.option("--json", "to_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def print_json(value: Any) -> None:
    """One JSON document on standard output; escaped to ASCII, so nothing in it can steer a terminal."""
    click.echo(json.dumps(value, ensure_ascii=True))


def print_event(event: str, /, **facts: object) -> None:
    """A JSON line on standard output that says what happened, and when (unix seconds)."""
    print_json({"at": int(time.time()), "event": event, **facts})


def main(group: click.Group, arguments: list[str] | None = None) -> NoReturn:
    """Run a command and end the process with the contract's exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(group, words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): Python must not flush into the pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.UNEXPECTED
    sys.exit(code)


def _run(group: click.Group, words: list[str]) -> int:
    """The command's exit code, once what went wrong was shown."""
    to_json = "--json" in takewhile(lambda word: word != "--", words)
    try:
        code = group.main(words, prog_name="ochre-tui", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        if to_json:
            print_json(in_words(UsageError(error.format_message(), advice="Add --help to see what is possible.")))
        return UsageError.exit_code
    except OchreTuiError as error:
        show_error(error, to_json=to_json)
        return error.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence: no locals, no traceback on the terminal
        show_error(_unexpected(error), to_json=to_json)
        return ExitCode.UNEXPECTED
    return code if isinstance(code, int) else 0


def show_error(error: OchreTuiError, *, to_json: bool = False) -> None:
    """What happened, what it means for the data, what to do next: on standard error, and as JSON where asked for."""
    click.secho(clean(redacted(error.title)), fg="red", bold=True, err=True)
    for line in (error.meaning, error.advice):
        if line:
            click.echo(clean(redacted(line)), err=True)
    if to_json:
        print_json(in_words(error))


def in_words(error: OchreTuiError) -> dict[str, str]:
    """An error as it is shown in JSON."""
    texts = {"error": error.title, "meaning": error.meaning, "advice": error.advice}
    return {key: redacted(text) for key, text in texts.items()}


def _unexpected(error: BaseException) -> OchreTuiError:
    log = error.log if isinstance(error, _LoggedError) else None
    if isinstance(error, _LoggedError) and error.__cause__ is not None:
        error = error.__cause__
    at = traceback.extract_tb(error.__traceback__)[-1]
    return OchreTuiError(
        f"Something unexpected happened: {type(error).__name__}, at {Path(at.filename).name}:{at.lineno} in {at.name}.",
        meaning="What was committed is kept; running the command again goes on from there.",
        advice=f"The details are in {log}." if log else "",
    )


def _log(paths: MigrationPaths, command: str, error: BaseException) -> Path | None:
    from ochre_tui.core.log import log_failure  # here, as hardly any command needs it

    return log_failure(paths, command, error)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers are aligned right and grouped by thousands, None is an empty cell."""
    from rich.console import Console  # here, as most commands draw no table and should start quickly
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    cells = [list(row) for row in rows]
    for number, column in enumerate(columns):
        numeric = all(isinstance(row[number], int | None) for row in cells) and bool(cells)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console(highlight=False, soft_wrap=False).print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return clean_line(str(value))
