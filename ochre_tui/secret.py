"""Secrets that can't be printed by accident."""

from __future__ import annotations

from typing import NoReturn, final
from weakref import WeakSet


@final
class Secret:
    """A token; prints as `***` and is unwrapped only where a request is signed."""

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        _in_use.add(self)

    def unwrap(self) -> str:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


# No token is shorter, and hiding a short one would hide words that have nothing to do with it.
_SHORTEST = 8

_in_use: WeakSet[Secret] = WeakSet()


def redacted(text: str) -> str:
    """`text` with every secret that is in use shown as `***`: what others say may repeat what they were sent."""
    for secret in list(_in_use):
        if len(value := secret.unwrap()) >= _SHORTEST:
            text = text.replace(value, repr(secret))
    return text
