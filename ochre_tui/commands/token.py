"""Where the Intercom token comes from: never from an argument."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import click
import keyring
import keyring.errors

from ochre_tui.errors import CredentialError, UsageError
from ochre_tui.secret import Secret

_ENVIRONMENT = "OCHRE_TUI_INTERCOM_TOKEN"
_SERVICE = "ochre-tui"


def find_token(migration: str, *, from_stdin: bool = False, file: Path | None = None) -> Secret:
    """The token from standard input or a file where asked for, else the environment, the keyring, or a prompt.

    Raises CredentialError (exit 4) where there is none.
    """
    if from_stdin:
        return _named(sys.stdin.readline(), "Standard input holds no token.")
    if file is not None:
        return _named(_read_private(file), f"{file} holds no token.")
    given = os.environ.get(_ENVIRONMENT) or _kept(migration)
    if given:
        return _named(given, f"{_ENVIRONMENT} holds no token.")
    if sys.stdin.isatty() and sys.stderr.isatty():
        return _named(click.prompt("Intercom access token", hide_input=True, err=True), "No token was entered.")
    raise CredentialError(
        "No Intercom token was given.",
        advice=f"Set {_ENVIRONMENT}, or give it with --token-stdin or --token-file to `ochre-tui connect`.",
    )


def keep_token(migration: str, token: Secret) -> str | None:
    """Keep the token in the system's keyring; the reason where that did not work."""
    try:
        keyring.set_password(_SERVICE, migration, token.unwrap())
    except (keyring.errors.KeyringError, OSError, RuntimeError) as error:
        return f"The keyring refused it ({type(error).__name__}); the token is not kept."
    return None


def _kept(migration: str) -> str | None:
    try:
        return keyring.get_password(_SERVICE, migration)
    except (keyring.errors.KeyringError, OSError, RuntimeError):
        return None


def _named(value: str, otherwise: str) -> Secret:
    token = value.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialError(
            otherwise if not token else "That is no Intercom token: it holds odd characters.",
            advice="Copy it again from Intercom: Settings, Developers, Authentication.",
        )
    return Secret(token)


def _read_private(file: Path) -> str:
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise UsageError(
                f"{file} is not a private file of yours.",
                advice="The token file must be a plain file, owned by you, with mode 0600.",
            )
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can't be read: {error}.", advice="Name a text file that holds the token.") from error
