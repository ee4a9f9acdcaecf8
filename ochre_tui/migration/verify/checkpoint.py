"""How far a verification is, kept in the store, so that one that was interrupted goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

from ochre_tui.migration.verify.model import Check, Difference, Found, Incomplete
from ochre_tui.migration.verify.source_counts import Facts, Side
from ochre_tui.ochre.target import Target
from ochre_tui.store import runs
from ochre_tui.store.store import Store

_KEY = "verifying"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found so far of what `of` names: whole checks, and the one under way."""

    of: str
    done: list[Check]
    facts: Facts
    under_way: Found | None


def subject(store: Store, target: Target) -> str | None:
    """The run and the target's state that a verification is of; None where the target can't tell its state."""
    run, state = runs.latest(store.conn), target.state()
    return None if run is None or state is None else f"{run.id} {run.ended_at} {state}"


def whole(kept: Kept) -> bytes:
    """All of it at one moment, before the next page adds to it."""
    return orjson.dumps(kept)


def keep(store: Store, whole: bytes) -> None:
    store.set(_KEY, orjson.Fragment(whole))


def drop(store: Store) -> None:
    store.set(_KEY, None)


def kept_of(store: Store, of: str | None) -> Kept | None:
    """What was kept, where it is of the same run and state."""
    found = store.get(_KEY)
    if of is None or not found or found.get("of") != of:
        return None
    under_way = found["under_way"]
    return Kept(
        of,
        [read_check(check) for check in found["done"]],
        _facts(found["facts"]),
        None if under_way is None else Found(**{**under_way, "differences": _differences(under_way)}),
    )


def read_check(kept: dict[str, Any]) -> Check:
    """A check as JSON has it."""
    return Check(**{**kept, "differences": _differences(kept)})


def _differences(kept: dict[str, Any]) -> list[Difference]:
    return [Difference(**one) for one in kept["differences"]]


def _facts(kept: dict[str, Any]) -> Facts:
    sides = {side: Side(**{key: Counter(n) for key, n in kept[side].items()}) for side in ("source", "target")}
    found = {
        "incomplete": [Incomplete(**one) for one in kept["incomplete"]],
        "parts": [Difference(**one) for one in kept["parts"]],
    }
    return Facts(**{**kept, **sides, **found})
