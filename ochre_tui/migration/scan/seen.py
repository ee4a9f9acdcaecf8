"""Which ids were met already: lists overlap, and a million ids should fit into 16 MB."""

from __future__ import annotations

import hashlib
from array import array
from typing import Final

_FIRST_SLOTS: Final = 1024


class Seen:
    """A set of ids, kept as 64-bit hashes in an open-addressing table."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, item: str) -> bool:
        """Take the id in; whether it is new."""
        digest = hashlib.blake2b(item.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        # 0 marks a free slot.
        if not _put(self._slots, int.from_bytes(digest) or 1):
            return False
        self._count += 1
        if self._count * 2 > len(self._slots):
            self._grow()
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(8 * 2 * len(self._slots)))
        for key in self._slots:
            if key:
                _put(larger, key)
        self._slots = larger


def _put(slots: array[int], key: int) -> bool:
    mask = len(slots) - 1
    place = key & mask
    while there := slots[place]:
        if there == key:
            return False
        place = (place + 1) & mask
    slots[place] = key
    return True
