"""Where tokens come from: never from an argument."""

from __future__ import annotations

import errno
import functools
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from ochre_tui.commands.token_command import printed
from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials.tokens import ENVIRONMENT, INTERCOM, Side, as_token, given, kept

_LONGEST = 10_000

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where the operator said that the token is; at most one of them."""

    stdin: bool = False
    file: Path | None = None
    command: str | None = None


ANYWHERE = TokenSource()


def takes_token(command: F) -> F:
    """Give the command the options that say where the token is, as `source`."""

    @click.option("--token-stdin", is_flag=True, help="Read the Intercom token from standard input.")
    @click.option("--token-file", type=click.Path(path_type=Path), help="Read it from a private file (mode 0600).")
    @click.option("--token-command", metavar="COMMAND", help="Run a program that prints it, such as a vault's.")
    @functools.wraps(command)
    def wrapped(
        *words: Any, token_stdin: bool, token_file: Path | None, token_command: str | None, **arguments: Any
    ) -> Any:
        source = TokenSource(token_stdin, token_file, token_command)
        if token_stdin + (token_file is not None) + (token_command is not None) > 1:
            raise UsageError(
                "The token is said to be in more than one place.",
                advice="Give one of --token-stdin, --token-file and --token-command.",
            )
        return command(*words, source=source, **arguments)

    return wrapped  # type: ignore[return-value]  # the decorators of click keep no signature


def find_token(migration: str, source: TokenSource = ANYWHERE) -> Secret:
    """The token from where it is said to be, else from the environment, the keyring, or a prompt.

    Raises CredentialError (exit 4) where there is none.
    """
    if source.stdin:
        return as_token(_first_line(), "Standard input holds no token.")
    if source.file is not None:
        return as_token(read_private(source.file), f"{source.file} holds no token.")
    if source.command is not None:
        return as_token(printed(source.command), "The token command printed nothing.")
    if there := given() or kept(migration) or prompted(INTERCOM):
        return there
    raise CredentialError(
        "No Intercom token was given.",
        advice=f"Set {ENVIRONMENT}, or give it with --token-stdin, --token-file or --token-command.",
    )


def prompted(side: Side) -> Secret | None:
    """The token that is typed; None where there is nobody to ask."""
    if not at_a_terminal():
        return None
    return as_token(click.prompt(f"{side.product} access token", hide_input=True, err=True), side=side)


def _first_line() -> str:
    try:
        return sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError:
        return "\ufffd"


def at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def read_private(file: Path, what: str = "token") -> str:
    """The text of a file that only this user can read; the open file is checked, so that nobody can swap it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as opened:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise _not_private(file, what)
            return opened.read(_LONGEST).decode("utf-8", "replace")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _not_private(file, what) from error
        raise UsageError(
            f"{file} can't be read: {error.strerror}.", advice=f"Name a text file that holds the {what}."
        ) from error


def _not_private(file: Path, what: str) -> UsageError:
    return UsageError(
        f"{file} is not a private file of yours.",
        advice=f"The {what} file must be a plain file, owned by you, with mode 0600.",
    )
