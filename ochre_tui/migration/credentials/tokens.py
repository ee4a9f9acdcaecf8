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
    """One of the two systems that a migration needs a token for."""

    product: str
    environment: str
    account: str
    where: str


INTERCOM = Side(
    "Intercom", "OCHRE_TUI_INTERCOM_TOKEN", "{}", "Copy it again from Intercom: Settings, Developers, Authentication."
)
OCHRE = Side("Ochre", "OCHRE_TUI_OCHRE_TOKEN", "{}/ochre", "Make a new one in Ochre, of an owner or admin.")
ENVIRONMENT = INTERCOM.environment

_entered: dict[str, Secret] = {}


def as_token(text: str, otherwise: str = "No token was entered.", side: Side = INTERCOM) -> Secret:
    """The token in `text`, white space around it left out; CredentialError where it can't be one."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialError(
            otherwise if not token else f"That is no {side.product} token: it holds odd characters.", advice=side.where
        )
    return Secret(token)


def remember(migration: str, token: Secret, side: Side) -> None:
    """Keep a token that was entered for as long as this process lasts."""
    _entered[side.account.format(migration)] = token


def known(migration: str, side: Side) -> Secret | None:
    """The token that the environment holds, that was entered before, or that the keyring holds."""
    if there := given(side):
        remember(migration, there, side)
    return _entered.get(side.account.format(migration)) or kept(migration, side)


def given(side: Side = INTERCOM) -> Secret | None:
    """The token that the environment holds, taken out of it: no child process inherits it."""
    text = os.environ.pop(side.environment, None)
    return as_token(text, f"{side.environment} holds no token.", side) if text else None


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
    there = False
    for side in (INTERCOM, OCHRE):
        _entered.pop(side.account.format(migration), None)
        with suppress(keyring_backend.Unusable):
            there = keyring_backend.delete(side.account.format(migration)) or there
    return there


def is_another(store: Store, token: Secret) -> bool:
    """Whether this is another token than the last that this migration met; it is the last one from now on.

    Only a keyed fingerprint is kept, which says nothing to those who have not the key.
    """
    before = store.get(_FINGERPRINT)
    key = before["key"] if before else secrets.token_hex(32)
    mark = token.fingerprint(bytes.fromhex(key))
    store.set(_FINGERPRINT, {"key": key, "mark": mark})
    return before is not None and before["mark"] != mark
