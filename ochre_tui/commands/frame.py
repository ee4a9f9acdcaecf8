"""What all commands share: their options, how they find a migration, how they fail."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from ochre_tui.errors import OchreTuiError
from ochre_tui.home import DEFAULT_NAME, Place, existing, place, root
from ochre_tui.text import clean

INTERRUPTED = 130
UNEXPECTED = 1

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Where:
    """Which migration a command is about."""

    home: Path
    name: str

    def existing(self) -> Place:
        """The migration's place; UsageError where there is none."""
        return existing(self.home, self.name)

    def created(self) -> Place:
        """The migration's place, made where it is missing."""
        found = place(self.home, self.name)
        found.create()
        return found


def in_migration(command: F) -> F:
    """Give the command `-m/--migration` as a `Where`, its first argument."""

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
        return command(Where(root(context.obj), name), **arguments)

    return wrapped  # type: ignore[return-value]  # the decorators of click keep no signature


def as_json(command: F) -> F:
    """Give the command `--json` as `to_json`."""
    return click.option("--json", "to_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def print_json(value: Any) -> None:
    """One JSON document on standard output; escaped to ASCII, so nothing in it can steer a terminal."""
    click.echo(json.dumps(value, ensure_ascii=True))


def main(group: click.Group, arguments: list[str] | None = None) -> NoReturn:
    """Run a command and end the process with the contract's exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = group.main(words, prog_name="ochre-tui", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except OchreTuiError as error:
        show_error(error, to_json="--json" in words)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): that is no error, and Python must not flush into the pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNEXPECTED)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no locals, no traceback on the terminal
        _show_unexpected(error)
        sys.exit(UNEXPECTED)
    sys.exit(code if isinstance(code, int) else 0)


def show_error(error: OchreTuiError, *, to_json: bool) -> None:
    """What happened, what it means for the data, what to do next: on standard error, and as JSON where asked for."""
    click.secho(clean(error.title), fg="red", bold=True, err=True)
    for line in (error.meaning, error.advice):
        if line:
            click.echo(clean(line), err=True)
    if to_json:
        print_json({"error": error.title, "meaning": error.meaning, "advice": error.advice})


def _show_unexpected(error: BaseException) -> None:
    where = traceback.extract_tb(error.__traceback__)[-1]
    click.secho(f"Something unexpected happened: {type(error).__name__}.", fg="red", bold=True, err=True)
    click.echo(f"At {Path(where.filename).name}:{where.lineno} in {where.name}.", err=True)
    click.echo("What was committed is kept; running the command again goes on from there.", err=True)
