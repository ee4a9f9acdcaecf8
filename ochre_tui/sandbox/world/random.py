"""Repeatable chance: the same keys always give the same generator."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


def mixed(seed: int, *keys: int) -> int:
    """64 well-mixed bits from the seed and the keys (splitmix64 steps)."""
    state = seed & _MASK
    for key in keys:
        state = (state + 0x9E3779B97F4A7C15 + key * 0xD1B54A32D192ED03) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def generator(seed: int, *keys: int) -> Random:
    return Random(mixed(seed, *keys))  # noqa: S311 - made-up data wants repeatable chance, not secrecy


def pick(rng: Random, values: Sequence[T]) -> T:
    """One of `values`; quicker than `Random.choice`."""
    return values[int(rng.random() * len(values))]


def digest(*parts: object) -> str:
    """64 hex digits that follow from the parts."""
    return hashlib.sha256("|".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()
