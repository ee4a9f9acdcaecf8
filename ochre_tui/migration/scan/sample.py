"""A random sample of conversations, and totals estimated from it."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attachments import files_of
from ochre_tui.migration.scan.result import AttachmentsFound, Interval

_RESAMPLES: Final = 1_000
_TYPICAL_IMAGE: Final = 150_000
_LEAST_IMAGE: Final = 15_000
_GROWTH: Final = 3


class Draw:
    """The `size` items that a keyed hash puts first: a random choice that does not depend on the order they come in."""

    def __init__(self, size: int, rng: Random) -> None:
        self._size = size
        self._key = rng.randbytes(16)
        self._chosen: list[tuple[int, str]] = []

    def offer(self, item: str) -> None:
        """Take the item in, perhaps."""
        digest = hashlib.blake2b(item.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8).digest()
        # A heap's first entry is its smallest: negated, the one to give way.
        entry = (-int.from_bytes(digest), item)
        if len(self._chosen) < self._size:
            heapq.heappush(self._chosen, entry)
        elif entry > self._chosen[0]:
            heapq.heapreplace(self._chosen, entry)

    def chosen(self, most: int) -> list[str]:
        """The choice, at most so many."""
        return [item for _, item in sorted(self._chosen, reverse=True)[:most]]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one conversation; Intercom tells no size for inline images."""

    count: int
    known_bytes: int
    sizes_unknown: int


def files_in(conversation: Conversation, hosts: FileHosts) -> Files:
    """Attachments and inline images of a conversation that was read in full."""
    files = files_of(conversation, hosts)
    sizes = [file.declared_size for file in files]
    return Files(len(files), sum(size or 0 for size in sizes), sum(size is None for size in sizes))


def estimate_files(sampled: Sequence[Files], population: int, rng: Random) -> AttachmentsFound:
    """The files of all conversations; images of unknown size count as typical ones, and widen the interval."""
    sized = sum(files.count - files.sizes_unknown for files in sampled)
    typical = sum(files.known_bytes for files in sampled) // sized if sized else _TYPICAL_IMAGE
    typical = min(typical, _TYPICAL_IMAGE)

    def total(image: int) -> Interval:
        values = [files.known_bytes + image * files.sizes_unknown for files in sampled]
        return estimate_total(values, population, rng, typical=_TYPICAL_IMAGE)

    low, likely, high = total(min(typical, _LEAST_IMAGE)), total(typical), total(_GROWTH * typical)
    return AttachmentsFound(
        count=estimate_total([files.count for files in sampled], population, rng, typical=1).likely,
        bytes=Interval(low=min(low.low, likely.likely), likely=likely.likely, high=max(high.high, likely.likely)),
        sampled=len(sampled),
    )


def estimate_total(values: Sequence[int], population: int, rng: Random, *, typical: int) -> Interval:
    """The sum over the population: what was seen, and for the rest a 95 % bootstrap interval of the mean.

    `typical` bounds from above what a sample without any can hide: with 95 % probability fewer than 3 in n have one.
    """
    seen, size = sum(values), len(values)
    rest = max(0, population - size)
    if not size or not rest:
        return Interval(low=seen, likely=seen, high=seen)
    means = sorted(sum(rng.choices(values, k=size)) / size for _ in range(_RESAMPLES))
    low, high = means[_RESAMPLES // 40], means[-_RESAMPLES // 40]
    unseen = min(1.0, 3 / size) * typical if not seen else 0.0
    likely = seen + round(rest * seen / size)
    return Interval(
        low=min(likely, seen + int(rest * low)), likely=likely, high=max(likely, seen + round(rest * max(high, unseen)))
    )
