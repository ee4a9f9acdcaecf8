"""The system's keyring, where it has one that keeps secrets encrypted: found by name, tried before it is trusted."""

from __future__ import annotations

import configparser
import importlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        "keyring.backends.SecretService.Keyring": "Secret Service",
        "keyring.backends.libsecret.Keyring": "libsecret",
        "keyring.backends.kwallet.DBusKeyring": "KWallet",
        "keyring.backends.macOS.Keyring": "macOS Keychain",
        "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Locker",
    }
)
"""The back ends that are trusted, by the name that the configuration of `keyring` calls them."""
_SERVICE = "ochre-tui"
_PROBE = "ochre-tui probe"
_PATIENCE_S = 3.0

T = TypeVar("T")


class Unusable(Exception):  # noqa: N818 - a reason, said in a sentence
    """Why no keyring can be used."""


def trusted() -> str:
    """What the keyring that can be used is called; Unusable as with `write`."""

    def work() -> str:
        found = type(_found())
        return ALLOWED[f"{found.__module__}.{found.__qualname__}"]

    return _within(work)


def write(entry: str, value: str) -> None:
    """Keep `value`; Unusable where no keyring that is trusted keeps what it is given, told within 3 s."""

    def work() -> None:
        found = _found()
        _probe(found)
        found.set_password(_SERVICE, entry, value)
        if found.get_password(_SERVICE, entry) != value:
            raise Unusable("the keyring did not store it")

    _within(work)


def read(entry: str) -> str | None:
    """What is kept; None where nothing is. Unusable as with `write`."""
    return _within(lambda: _found().get_password(_SERVICE, entry))


def delete(entry: str) -> bool:
    """Take out what is kept; whether there was anything. Unusable as with `write`."""

    def work() -> bool:
        found = _found()
        if found.get_password(_SERVICE, entry) is None:
            return False
        found.delete_password(_SERVICE, entry)
        return True

    return _within(work)


def _found() -> KeyringBackend:
    """The first back end of the allow-list that works here; what `keyring` itself would choose does not count."""
    reasons = []
    for path in _candidates():
        module, _, name = path.rpartition(".")
        try:
            backend = getattr(importlib.import_module(module), name)
            if backend.priority > 0:
                found: KeyringBackend = backend()
                return found
        except Exception as error:  # noqa: BLE001 - a back end that can't work here says so by whatever it likes
            reasons.append(f"{ALLOWED[path]}: {str(error).rstrip('.') or type(error).__name__}")
    raise Unusable(f"this system has no keyring that is trusted ({'; '.join(reasons)})")


def _candidates() -> Iterator[str]:
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND") or _configured()
    if chosen is None:
        yield from ALLOWED
    elif chosen in ALLOWED:
        yield chosen
    else:
        raise Unusable(f"the keyring that the configuration names, {chosen}, is not one that is trusted")


def _configured() -> str | None:
    from keyring.util.platform_ import config_root

    config = configparser.RawConfigParser()
    with suppress(configparser.Error, OSError, UnicodeDecodeError):
        config.read(os.path.join(config_root(), "keyringrc.cfg"), encoding="utf-8")
    return config.get("backend", "default-keyring", fallback=None)


def _probe(backend: KeyringBackend) -> None:
    """Write, read and delete something random: some keyrings "succeed" and store nothing."""
    entry, value = secrets.token_hex(8), secrets.token_hex(16)
    backend.set_password(_PROBE, entry, value)
    stored = backend.get_password(_PROBE, entry) == value
    if stored:
        backend.delete_password(_PROBE, entry)
    if not stored or backend.get_password(_PROBE, entry) is not None:
        raise Unusable("the keyring does not keep, or does not delete, what it is given")


def _within(call: Callable[[], T]) -> T:
    """What `call` gives; Unusable where it fails, or waits for somebody to unlock a keyring that nobody sees."""
    done: list[T] = []
    problems: list[str] = []

    def work() -> None:
        try:
            done.append(call())
        except Unusable as error:
            problems.append(str(error))
        except Exception as error:  # noqa: BLE001 - each back end has errors of its own
            problems.append(f"the keyring refused it ({type(error).__name__})")

    thread = threading.Thread(target=work, name="keyring", daemon=True)
    thread.start()
    thread.join(_PATIENCE_S)
    if not done:
        raise Unusable(problems[0] if problems else f"the keyring gave no answer within {_PATIENCE_S:.0f} s")
    return done[0]
