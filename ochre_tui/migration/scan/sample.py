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
from ochre_tui.migration.scan.result import AttachmentEstimate, Interval

_RESAMPLES: Final = 1_000
_TYPICAL_IMAGE: Final = 150_000
_LEAST_IMAGE: Final = 15_000
_GROWTH: Final = 3


class RandomSample:
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


def estimate_files(sampled: Sequence[Files], population: int, rng: Random) -> AttachmentEstimate:
    """The files of all conversations; images of unknown size count as typical ones, and widen the interval."""
    sized = sum(files.count - files.sizes_unknown for files in sampled)
    typical = sum(files.known_bytes for files in sampled) // sized if sized else _TYPICAL_IMAGE
    typical = min(typical, _TYPICAL_IMAGE)

    def total(image: int) -> Interval:
        values = [files.known_bytes + image * files.sizes_unknown for files in sampled]
        return estimate_total(values, population, rng, typical=_TYPICAL_IMAGE)

    low, likely, high = total(min(typical, _LEAST_IMAGE)), total(typical), total(_GROWTH * typical)
    return AttachmentEstimate(
        count=estimate_total([files.count for files in sampled], population, rng, typical=1).likely,
        bytes=Interval(low=min(low.low, likely.likely), likely=likely.likely, high=max(high.high, likely.likely)),
        sampled=len(sampled),
    )


def estimate_total(values: Sequence[int], population: int, rng: Random, *, typical: int) -> Interval:
    """The sum over the population: what was seen, and for the rest an interval of the mean.

    Few large files make up most of the bytes, and a small sample tends to miss them. So the upper end is that of a
    sample in which the largest value came up twice more. On made-up desks the interval holds the truth in six of seven
    samples of 32. `typical` bounds what a sample of nothing can hide: as a rule fewer than 3 in n have one.
    """
    seen, size = sum(values), len(values)
    rest = max(0, population - size)
    if not size or not rest:
        return Interval(low=seen, likely=seen, high=seen)
    largest = max(values)
    low = _means(values, rng)[_RESAMPLES // 40]
    high = _means([*values, largest, largest], rng)[-_RESAMPLES // 40] if seen else min(1.0, 3 / size) * typical
    likely = seen + round(rest * seen / size)
    return Interval(low=min(likely, seen + int(rest * low)), likely=likely, high=max(likely, seen + round(rest * high)))


def _means(values: Sequence[int], rng: Random) -> list[float]:
    """The means of samples drawn from the sample, in order."""
    size = len(values)
    return sorted(sum(rng.choices(values, k=size)) / size for _ in range(_RESAMPLES))
