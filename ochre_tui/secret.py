"""Secrets that can't be printed by accident."""

from __future__ import annotations

from typing import NoReturn, final


@final
class Secret:
    """A token; prints as `***` and is unwrapped only where a request is signed."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

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
