"""The Intercom token: its form, and keeping it in the system's keyring."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar

from ochre_tui.errors import CredentialError
from ochre_tui.secret import Secret

ENVIRONMENT = "OCHRE_TUI_INTERCOM_TOKEN"
_SERVICE = "ochre-tui"
_PATIENCE_S = 3.0

T = TypeVar("T")


def as_token(text: str, otherwise: str = "No token was entered.") -> Secret:
    """The token in `text`, white space around it left out; CredentialError where it can't be one."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialError(
            otherwise if not token else "That is no Intercom token: it holds odd characters.",
            advice="Copy it again from Intercom: Settings, Developers, Authentication.",
        )
    return Secret(token)


def given() -> Secret | None:
    """The token that the environment holds."""
    text = os.environ.get(ENVIRONMENT)
    return as_token(text, f"{ENVIRONMENT} holds no token.") if text else None


def kept(migration: str) -> Secret | None:
    """The token that the keyring has for a migration; None where there is none, or no keyring that answers."""
    import keyring  # here and below, as it takes a while to look for the system's keyring

    try:
        text = _within(lambda: keyring.get_password(_SERVICE, migration))
    except _Unusable:
        return None
    return as_token(text, "The keyring holds no token.") if text else None


def keep(migration: str, token: Secret) -> str | None:
    """Keep the token in the keyring; the reason where that did not work."""

    import keyring

    def work() -> bool:
        keyring.set_password(_SERVICE, migration, token.unwrap())
        # A keyring that stores nothing "succeeds" too.
        return keyring.get_password(_SERVICE, migration) == token.unwrap()

    try:
        stored = _within(work)
    except _Unusable as problem:
        return f"The keyring {problem}; the token is not kept."
    return None if stored else "The keyring did not store it; the token is not kept."


def forget(migration: str) -> None:
    """Take the token out of the keyring, where it is there."""
    import keyring

    try:
        _within(lambda: keyring.delete_password(_SERVICE, migration))
    except _Unusable:
        return


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
