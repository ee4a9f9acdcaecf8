"""What a verification finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

RUN = "ochre-tui run"
RETRY = "ochre-tui retry"
MEND = "ochre-tui verify --mend"
RESYNC_FILES = "ochre-tui resync attachments"
MOST_KEPT = 1000

CHECKS = (
    "in scope",
    "conversations",
    "customers",
    "companies",
    "users",
    "custom fields",
    "tags",
    "saved replies",
    "by month",
    "by state",
    "by channel",
    "quarantine",
    "parts",
    "attachments",
    "aliases",
    "search",
    "second pass",
)
"""The names of the checks, in the order in which they are made."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that is not as it should be, by Intercom's id where it has one; `command` mends it."""

    kind: str
    id: str
    field: str
    expected: Any
    actual: Any
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared; of the differences at most 1,000 are kept."""

    name: str
    expected: int
    actual: int
    ok: bool
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A conversation (by Intercom's id) of which Intercom gives out only a part."""

    conversation: str
    expected_parts: int
    got: int
    reason: str


@dataclass(slots=True)
class Found:
    """A check under way: the records compared and right so far; `after` is the last one in the target's order.

    `odd` are records of the target that claim to be one of Intercom's and are not where that one belongs.
    """

    name: str
    after: str = ""
    number: int = 0
    right: int = 0
    ok: bool = True
    differences: list[Difference] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    def compared(self, differences: Iterable[Difference]) -> None:
        """One more of the records that there should be."""
        self.number += 1
        self.right += not self.differ(differences)

    def differ(self, differences: Iterable[Difference]) -> bool:
        """Take in what differs, if anything does."""
        found = list(differences)
        self.differences += found[: MOST_KEPT - len(self.differences)]
        self.ok = self.ok and not found
        return bool(found)

    def check(self) -> Check:
        return Check(self.name, self.number, self.right, self.ok, self.differences)
