"""The passphrase of an encrypted migration: its form, where it is known from, and what it unlocks."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from ochre_tui.core.encryption import SealedKey, read_key
from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials import keyring_backend
from ochre_tui.store.store import Store

ENVIRONMENT: Final = "OCHRE_TUI_PASSPHRASE"
SHORTEST: Final = 8
_ENTRY = "{}/passphrase"

_entered: dict[str, Secret] = {}


def as_passphrase(text: str) -> Secret:
    """The passphrase in `text`, white space around it left out; CredentialError where it holds none."""
    words = text.strip()
    if not words or not words.isprintable():
        raise CredentialError("That is no passphrase: it is empty or holds odd characters.")
    return Secret(words)


def as_new_passphrase(text: str) -> Secret:
    """A passphrase to encrypt with; UsageError where it is too short to be one."""
    passphrase = as_passphrase(text)
    if len(text.strip()) < SHORTEST:
        raise UsageError(
            f"The passphrase is shorter than {SHORTEST} characters.", advice="Take several words that nobody guesses."
        )
    return passphrase


def spelled(passphrase: Secret) -> str:
    """It in ASCII, for a pipe to a process that may take another encoding for its own."""
    return passphrase.unwrap().encode().hex()


def remember(migration: str, passphrase: Secret) -> None:
    """Keep the passphrase for as long as this process lasts."""
    _entered[migration] = passphrase


def known(migration: str) -> Secret | None:
    """The passphrase that the environment holds (it is taken out), that was given before, or that the keyring has."""
    if text := os.environ.pop(ENVIRONMENT, None):
        remember(migration, as_passphrase(text))
    if migration not in _entered:
        with suppress(keyring_backend.Unusable):
            if text := keyring_backend.read(_ENTRY.format(migration)):
                remember(migration, as_passphrase(text))
    return _entered.get(migration)


def keep(migration: str, passphrase: Secret) -> str | None:
    """Keep it in the keyring; the reason where that did not work."""
    try:
        keyring_backend.write(_ENTRY.format(migration), passphrase.unwrap())
    except keyring_backend.Unusable as reason:
        return f"The passphrase is not kept: {reason}."
    return None


def forget(migration: str) -> bool:
    """Take it out of the keyring and of this process; whether the keyring had it."""
    _entered.pop(migration, None)
    with suppress(keyring_backend.Unusable):
        return keyring_backend.delete(_ENTRY.format(migration))
    return False


def encrypted(paths: MigrationPaths) -> SealedKey | None:
    """The key of the migration, still sealed; None where it is not encrypted."""
    if not paths.exists():
        return read_key(paths.key)
    with Store(paths.state_db) as store:
        return store.key


def unseal(paths: MigrationPaths, passphrase: Secret) -> None:
    """Have what is encrypted readable in this process, and remember the passphrase.

    WrongPassphraseError where it is another one; nothing where the migration is not encrypted.
    """
    key = encrypted(paths)
    if key is not None:
        key.unseal(passphrase)
        remember(paths.name, passphrase)


def unseal_known(paths: MigrationPaths) -> None:
    """`unseal`, by the passphrase that is known, if one is."""
    passphrase = known(paths.name)
    if passphrase is not None:
        unseal(paths, passphrase)
