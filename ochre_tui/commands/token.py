"""Where tokens come from: never from an argument."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import click

from ochre_tui.errors import CredentialError, UsageError
from ochre_tui.migration.token import ENVIRONMENT, INTERCOM, Side, as_token, given, kept
from ochre_tui.secret import Secret

_LONGEST = 10_000


def find_token(migration: str, *, from_stdin: bool = False, file: Path | None = None) -> Secret:
    """The token from standard input or a file where asked for, else the environment, the keyring, or a prompt.

    Raises CredentialError (exit 4) where there is none.
    """
    if from_stdin:
        return as_token(_first_line(), "Standard input holds no token.")
    if file is not None:
        return as_token(_read_private(file), f"{file} holds no token.")
    if there := given() or kept(migration) or prompted(INTERCOM):
        return there
    raise CredentialError(
        "No Intercom token was given.",
        advice=f"Set {ENVIRONMENT}, or give it with --token-stdin or --token-file to `ochre-tui connect`.",
    )


def prompted(side: Side) -> Secret | None:
    """The token that is typed; None where there is nobody to ask."""
    if not _at_a_terminal():
        return None
    return as_token(click.prompt(f"{side.product} access token", hide_input=True, err=True), side=side)


def _first_line() -> str:
    try:
        return sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError:
        return "\ufffd"


def _at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def _read_private(file: Path) -> str:
    """The text of a file that only this user can read; the open file is checked, so that nobody can swap it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as opened:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise _not_private(file)
            return opened.read(_LONGEST).decode("utf-8", "replace")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _not_private(file) from error
        raise UsageError(
            f"{file} can't be read: {error.strerror}.", advice="Name a text file that holds the token."
        ) from error


def _not_private(file: Path) -> UsageError:
    return UsageError(
        f"{file} is not a private file of yours.",
        advice="The token file must be a plain file, owned by you, with mode 0600.",
    )
