"""The tokens of Intercom and Ochre: their form, and keeping them in the system's keyring."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ochre_tui.errors import CredentialError
from ochre_tui.secret import Secret

_SERVICE = "ochre-tui"
_PATIENCE_S = 3.0

T = TypeVar("T")


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
    """The token that was entered before, or that the environment or the keyring holds."""
    return _entered.get(side.account.format(migration)) or given(side) or kept(migration, side)


def given(side: Side = INTERCOM) -> Secret | None:
    """The token that the environment holds."""
    text = os.environ.get(side.environment)
    return as_token(text, f"{side.environment} holds no token.", side) if text else None


def kept(migration: str, side: Side = INTERCOM) -> Secret | None:
    """The token that the keyring has for a migration; None where there is none, or no keyring that answers."""
    import keyring  # here and below, as it takes a while to look for the system's keyring

    try:
        text = _within(lambda: keyring.get_password(_SERVICE, side.account.format(migration)))
    except _Unusable:
        return None
    return as_token(text, "The keyring holds no token.", side) if text else None


def keep(migration: str, token: Secret, side: Side = INTERCOM) -> str | None:
    """Keep the token in the keyring; the reason where that did not work."""

    import keyring

    account = side.account.format(migration)

    def work() -> bool:
        keyring.set_password(_SERVICE, account, token.unwrap())
        # A keyring that stores nothing "succeeds" too.
        return keyring.get_password(_SERVICE, account) == token.unwrap()

    try:
        stored = _within(work)
    except _Unusable as problem:
        return f"The keyring {problem}; the token is not kept."
    return None if stored else "The keyring did not store it; the token is not kept."


def forget(migration: str) -> None:
    """Take the tokens of both sides out of the keyring, where they are there."""
    import keyring

    for side in (INTERCOM, OCHRE):
        account = side.account.format(migration)
        with suppress(_Unusable):
            _within(partial(keyring.delete_password, _SERVICE, account))


class _Unusable(Exception):  # noqa: N818 - a reason, said in a sentence
    """Why the keyring can't be used."""


def _within(call: Callable[[], T]) -> T:
    """What `call` gives; _Unusable where it fails, or waits for somebody to unlock a keyring that nobody sees."""
    import keyring.errors

    done: list[T] = []
    problems: list[str] = []

    def work() -> None:
        try:
            done.append(call())
        except (keyring.errors.KeyringError, OSError, RuntimeError) as error:
            problems.append(f"refused it ({type(error).__name__})")

    thread = threading.Thread(target=work, name="keyring", daemon=True)
    thread.start()
    thread.join(_PATIENCE_S)
    if not done:
        raise _Unusable(problems[0] if problems else f"gave no answer within {_PATIENCE_S:.0f} s")
    return done[0]
