"""The tokens of Intercom and Ochre: their form, and keeping them in the system's keyring."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass

from ochre_tui.core.errors import CredentialError
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials import keyring_backend
from ochre_tui.store.store import Store

_FINGERPRINT = "token_fingerprint"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two systems that need a token; `unknown` and `remedy` are said where it is not known."""

    product: str
    environment: str
    account: str
    where: str
    unknown: str
    remedy: str


INTERCOM = Side(
    "Intercom",
    "OCHRE_TUI_INTERCOM_TOKEN",
    "{}",
    "Copy it again from Intercom: Settings, Developers, Authentication.",
    "The Intercom token is not known any more.",
    "Enter it again under Connect.",
)
OCHRE = Side(
    "Ochre",
    "OCHRE_TUI_OCHRE_TOKEN",
    "{}/ochre",
    "Make a new one in Ochre, of an owner or admin.",
    "No token for Ochre was given.",
    "Set OCHRE_TUI_OCHRE_TOKEN, or keep it with `ochre-tui connect --keep-token`.",
)
ENVIRONMENT = INTERCOM.environment


def as_token(text: str, otherwise: str = "No token was entered.", side: Side = INTERCOM) -> Secret:
    """The token in `text`, white space around it left out; CredentialError where it can't be one."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialError(
            otherwise if not token else f"That is no {side.product} token: it holds odd characters.", advice=side.where
        )
    return Secret(token)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that need not be entered, and where it is, in words."""

    token: Secret
    where: str


class Tokens:
    """The tokens that a process was given, in its memory alone; the environment's are for every migration."""

    def __init__(self) -> None:
        self._entered: dict[tuple[str, Side], Secret] = {}
        self._given: dict[Side, Secret] = {}

    def remember(self, migration: str, side: Side, token: Secret) -> None:
        """Keep a token that was entered for as long as this lasts."""
        self._entered[migration, side] = token

    def forget(self, migration: str) -> bool:
        """Drop a migration's tokens here, and take them out of the keyring; whether that had one."""
        for side in (INTERCOM, OCHRE):
            self._entered.pop((migration, side), None)
        return forget(migration)

    def find(self, migration: str, side: Side) -> KnownToken | None:
        """The token that was entered before, or that the environment or the keyring holds."""
        if token := self._entered.get((migration, side)):
            return KnownToken(token, "in memory, until the app ends")
        if token := self._from_environment(side):
            return KnownToken(token, f"in the environment ({side.environment})")
        if token := kept(migration, side):
            return KnownToken(token, "in this system's keyring")
        return None

    def _from_environment(self, side: Side) -> Secret | None:
        """The token that the environment holds, taken out of it: no child process inherits it."""
        if text := os.environ.pop(side.environment, None):
            self._given[side] = as_token(text, f"{side.environment} holds no token.", side)
        return self._given.get(side)


def kept(migration: str, side: Side = INTERCOM) -> Secret | None:
    """The token that the keyring has for a migration; None where there is none, or no keyring that can be trusted."""
    try:
        text = keyring_backend.read(side.account.format(migration))
    except keyring_backend.Unusable:
        return None
    return as_token(text, "The keyring holds no token.", side) if text else None


def keep(migration: str, token: Secret, side: Side = INTERCOM) -> str | None:
    """Keep the token in the keyring; the reason where that did not work."""
    try:
        keyring_backend.write(side.account.format(migration), token.unwrap())
    except keyring_backend.Unusable as reason:
        return f"The token is not kept: {reason}."
    return None


def forget(migration: str) -> bool:
    """Take the tokens of both sides out of the keyring; whether one was there."""
    forgotten = False
    for side in (INTERCOM, OCHRE):
        with suppress(keyring_backend.Unusable):
            forgotten = keyring_backend.delete(side.account.format(migration)) or forgotten
    return forgotten


def is_another(store: Store, token: Secret) -> bool:
    """Whether this is another token than the last that this migration met; it is the last one from now on.

    Only a keyed fingerprint is kept, which says nothing to those who have not the key.
    """
    before = store.get(_FINGERPRINT)
    key = before["key"] if before else secrets.token_hex(32)
    mark = token.fingerprint(bytes.fromhex(key))
    store.set(_FINGERPRINT, {"key": key, "mark": mark})
    return before is not None and before["mark"] != mark
