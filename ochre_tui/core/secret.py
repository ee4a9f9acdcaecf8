"""Secrets that can't be printed by accident."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import NoReturn, final
from urllib.parse import quote
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

    def fingerprint(self, key: bytes) -> str:
        """What tells whether another secret is the same one, to those alone who have `key`."""
        return hmac.new(key, self._value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def spellings(self) -> Iterator[str]:
        """The ways in which others may repeat it: as it is, in a URL, in base64 wherever in a longer text it stands."""
        yield self._value
        yield quote(self._value, safe="", errors="surrogatepass")
        yield from _in_base64(self._value.encode("utf-8", "surrogatepass"))

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
        for spelling in secret.spellings():
            if len(spelling) >= _SHORTEST:
                text = text.replace(spelling, repr(secret))
    return text


def _in_base64(value: bytes) -> Iterator[str]:
    """The part of each of its three possible alignments that does not depend on what stands around it."""
    for before in range(3):
        padded = bytes(before) + value
        first = 4 * -(-before // 3)
        last = 4 * (len(padded) // 3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(padded).decode("ascii")[first:last]
