"""Which contacts will become one customer, told from hashes of their keys so that a million of them fit."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable

from ochre_tui.migration.convert.customers import components


class Merges:
    """Contacts and the keys that link them, 16 bytes a key and an id's length a contact."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._owners = array("Q")
        self._ids = bytearray()
        self._ends = array("Q")

    def add(self, contact_id: str, keys: Iterable[str]) -> None:
        """Take in one contact."""
        owner = len(self._ends)
        self._ids += contact_id.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._ids))
        for key in keys:
            digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            self._hashes.append(int.from_bytes(digest))
            self._owners.append(owner)

    def groups(self) -> list[list[str]]:
        """Ids of the contacts of each customer that is made of several."""
        shared = _repeated(self._hashes)
        pairs = zip(self._owners, self._hashes, strict=True)
        return components((self._id(owner), str(key)) for owner, key in pairs if key in shared)

    def _id(self, owner: int) -> str:
        start = self._ends[owner - 1] if owner else 0
        return self._ids[start : self._ends[owner]].decode("utf-8", "surrogatepass")


def _repeated(hashes: Iterable[int]) -> set[int]:
    repeated, before = set(), -1
    for key in sorted(hashes):
        if key == before:
            repeated.add(key)
        before = key
    return repeated
