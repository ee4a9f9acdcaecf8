"""Where the passphrase of an encrypted migration comes from: never from an argument."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from ochre_tui.commands.credentials import at_a_terminal, printed, read_private
from ochre_tui.core.encryption import LockedError
from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials.passphrase import as_new_passphrase, as_passphrase, encrypted, known, unseal

F = TypeVar("F", bound=Callable[..., Any])


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


def open_sealed(paths: MigrationPaths, source: PassphraseSource) -> None:
    """Have what is encrypted readable, where something is; LockedError (exit 4) without the passphrase."""
    if encrypted(paths) is None:
        return
    found = given(paths.name, source) or prompted()
    if found is None:
        raise LockedError
    unseal(paths, found)


def given(migration: str, source: PassphraseSource) -> Secret | None:
    """The passphrase from where it is said to be, else from the environment or the keyring."""
    if source.file is not None:
        return as_passphrase(read_private(source.file, "passphrase").partition("\n")[0])
    if source.command is not None:
        return as_passphrase(printed(source.command, what="passphrase"))
    return known(migration)


def prompted() -> Secret | None:
    """The passphrase that is typed; None where there is nobody to ask."""
    return as_passphrase(click.prompt("Passphrase", hide_input=True, err=True)) if at_a_terminal() else None


def chosen() -> Secret | None:
    """A new passphrase, typed twice; None where there is nobody to ask."""
    if not at_a_terminal():
        return None
    return as_new_passphrase(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))
