"""Where tokens and the passphrase come from: never from an argument."""

from __future__ import annotations

import errno
import functools
import os
import selectors
import shlex
import stat
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ochre_tui.commands.frame import F
from ochre_tui.core.encryption import LockedError
from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.migration import destination
from ochre_tui.migration.credentials.passphrase import ENVIRONMENT as PASSPHRASE
from ochre_tui.migration.credentials.passphrase import as_new_passphrase, as_passphrase, encrypted, unseal
from ochre_tui.migration.credentials.passphrase import known as known_passphrase
from ochre_tui.migration.credentials.tokens import INTERCOM, OCHRE, Side, as_token
from ochre_tui.migration.session import Session
from ochre_tui.ochre.target import Target

_LONGEST = 10_000


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


def take_token(session: Session, source: TokenSource = ANYWHERE) -> Secret:
    """The Intercom token from where it is said to be, else from the environment, the keyring, or a prompt; the session
    knows it from then on.

    Raises CredentialError (exit 4) where there is none.
    """
    token = _intercom_token(session, source)
    session.remember_token(INTERCOM, token)
    return token


def _intercom_token(session: Session, source: TokenSource) -> Secret:
    if source.stdin:
        return as_token(_first_line(), "Standard input holds no token.")
    if source.file is not None:
        return as_token(read_private(source.file), f"{source.file} holds no token.")
    if source.command is not None:
        return as_token(printed(source.command), "The token command printed nothing.")
    if known := session.known_token(INTERCOM):
        return known.token
    if entered := prompted(INTERCOM):
        return entered
    raise CredentialError(
        "No Intercom token was given.",
        advice=f"Set {INTERCOM.environment}, or give it with --token-stdin, --token-file or --token-command.",
    )


def take_ochre_token(session: Session) -> None:
    """Ask for Ochre's token, where the migration needs one that is not known and there is a terminal."""
    if destination.pinned_server(session.paths) is None or session.known_token(OCHRE):
        return
    if entered := prompted(OCHRE):
        session.remember_token(OCHRE, entered)


def open_target(session: Session) -> AbstractContextManager[Target]:
    """The Ochre workspace; a token that it needs and nobody has given yet is asked for."""
    take_ochre_token(session)
    return session.target()


@dataclass(frozen=True, slots=True)
class PassphraseSource:
    """Where the operator said that the passphrase is; at most one of them."""

    file: Path | None = None
    command: str | None = None


def takes_passphrase(command: F) -> F:
    """Give the command the options that say where the passphrase is, as `passphrase`."""

    @click.option("--passphrase-file", type=click.Path(path_type=Path), help="Read the passphrase from a private file.")
    @click.option("--passphrase-command", metavar="COMMAND", help="Run a program that prints the passphrase.")
    @functools.wraps(command)
    def wrapped(*words: Any, passphrase_file: Path | None, passphrase_command: str | None, **arguments: Any) -> Any:
        if passphrase_file and passphrase_command:
            raise UsageError(
                "The passphrase is said to be in more than one place.",
                advice="Give one of --passphrase-file and --passphrase-command.",
            )
        return command(*words, passphrase=PassphraseSource(passphrase_file, passphrase_command), **arguments)

    return wrapped  # type: ignore[return-value]  # the decorators of click keep no signature


def unlock(session: Session, source: PassphraseSource) -> None:
    """Have what is encrypted readable, where something is; LockedError (exit 4) without the passphrase."""
    if encrypted(session.paths) is None:
        return
    passphrase = given_passphrase(session, source)
    if passphrase is None and at_a_terminal():
        passphrase = as_passphrase(click.prompt("Passphrase", hide_input=True, err=True))
    if passphrase is None:
        raise LockedError
    unseal(session.paths, passphrase)


def given_passphrase(session: Session, source: PassphraseSource) -> Secret | None:
    """The passphrase from where it is said to be, else from the environment or the keyring."""
    if source.file is not None:
        return as_passphrase(read_private(source.file, "passphrase").partition("\n")[0])
    if source.command is not None:
        return as_passphrase(printed(source.command, what="passphrase"))
    return known_passphrase(session.paths.name)


def new_passphrase() -> Secret | None:
    """A new passphrase, typed twice; None where there is nobody to ask."""
    if not at_a_terminal():
        return None
    return as_new_passphrase(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))


def take_all(session: Session, token: TokenSource, passphrase: PassphraseSource) -> None:
    """What an import needs: Intercom's token, Ochre's, and the passphrase, the latter two where they are needed."""
    unlock(session, passphrase)
    take_ochre_token(session)
    take_token(session, token)


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


PATIENCE_S = 60.0
_MOST_BYTES = 10_000


def printed(command: str, *, what: str = "token", patience_s: float = PATIENCE_S) -> str:
    """The first line that `command` prints, which is `what`; it is run without a shell, and has nothing of our secrets.

    Raises UsageError where it can't be run, CredentialError where it fails or takes too long.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{what}-command can't be read: {error}.", advice="Close every quote.") from error
    if not words:
        raise UsageError(
            f"--{what}-command names no program.", advice=f"For example --{what}-command 'pass show intercom'."
        )
    try:
        process = subprocess.Popen(  # noqa: S603 - what it runs is the operator's own choice
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
        )
    except OSError as error:
        raise UsageError(
            f"{clean_line(words[0])} can't be run: {error.strerror}.",
            advice=f"--{what}-command is run without a shell: name a program and its arguments.",
        ) from error
    with process:
        try:
            out, err = _read(process, time.monotonic() + patience_s)
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode:
        said = clean_line(err.decode("utf-8", "replace"))
        raise CredentialError(
            f"{clean_line(words[0])} ended with {process.returncode} and gave no {what}.",
            advice=f"It said: {said}" if said else "It said nothing on standard error.",
        )
    return out.decode("utf-8", "replace").strip().partition("\n")[0]


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not _is_secret(key)}


def _is_secret(key: str) -> bool:
    return key == PASSPHRASE or (key.startswith("OCHRE_TUI_") and "TOKEN" in key)


def _read(process: subprocess.Popen[bytes], until: float) -> tuple[bytes, bytes]:
    """What it prints on both of its outputs, up to its end."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = {process.stdout: b"", process.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for pipe in said:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(max(0.0, until - time.monotonic())):
                pipe = process.stdout if key.fileobj is process.stdout else process.stderr
                more = os.read(pipe.fileno(), 65536)
                said[pipe] = (said[pipe] + more)[:_MOST_BYTES]
                if not more:
                    selector.unregister(pipe)
            if time.monotonic() > until:
                raise _late()
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _late() from None
    return said[process.stdout], said[process.stderr]


def _late() -> CredentialError:
    return CredentialError("The command did not end in time.", advice="Does it wait for somebody to type something?")
