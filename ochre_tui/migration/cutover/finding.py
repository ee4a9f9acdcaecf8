"""What was found out about an item of a check-list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from ochre_tui.store import checklist
from ochre_tui.store.store import Store

State: TypeAlias = Literal["done", "not yet", "can't tell"]
DONE: State = "done"
NOT_YET: State = "not yet"
CANT_TELL: State = "can't tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an item is done, and the evidence in a sentence or two."""

    item: str
    state: State
    evidence: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The last finding on an item, and when it was made (unix seconds)."""

    state: State
    evidence: str
    at: int


def keep(store: Store, findings: Iterable[Finding], at: int) -> None:
    """Keep what was found at that time (unix seconds), in place of what was found before."""
    with store.transaction() as conn:
        for one in findings:
            checklist.keep_finding(conn, one.item, one.state, one.evidence, at)


def kept(store: Store) -> dict[str, Kept]:
    """The last finding on each item."""
    return {
        item: Kept(cast("State", state), evidence, at) for item, state, evidence, at in checklist.findings(store.conn)
    }
