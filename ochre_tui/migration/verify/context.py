"""A verification under way: both sides, how far it is, and what it found."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, TypeAlias

from ochre_tui.migration.importer.reconvert import Reconverter
from ochre_tui.migration.verify.checkpoint import Kept, keep, whole
from ochre_tui.migration.verify.fix import Mender
from ochre_tui.migration.verify.model import Check, Found
from ochre_tui.migration.verify.source_counts import Facts
from ochre_tui.ochre.target import Record, Target
from ochre_tui.store import refetch
from ochre_tui.store.store import Store

_KEEP_S = 2.0
_WHOLE_S = 0.1

Told: TypeAlias = Callable[[str, int], None]
"""Hears the name of a check and how many of its records are done."""


@dataclass(slots=True)
class Verifying:
    """What every check works with.

    `of` names the run and the state of the target that are verified; what is kept is taken up only for the same.
    """

    store: Store
    target: Target
    again: Reconverter
    zone: tzinfo
    of: str | None
    told: Told = lambda check, done: None
    mender: Mender | None = None
    rng: random.Random = field(default_factory=random.SystemRandom)
    done: list[Check] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    under_way: Found | None = None
    _kept_at: float = field(default_factory=time.monotonic)
    _whole: bytes | None = None
    _whole_at: float = 0.0

    @property
    def workspace(self) -> str:
        """Intercom's id of the workspace."""
        return self.again.lookups.workspace

    def turn(self, found: Found) -> None:
        """A page of a check is done, all that was found is of one moment: remember it, tell it, keep it at times."""
        now = time.monotonic()
        if self._whole is None or found is not self.under_way or now - self._whole_at >= _WHOLE_S:
            self.under_way, self._whole_at = found, now
            self._whole = whole(Kept(self.of or "", self.done, self.facts, found))
        self.told(found.name, found.number)
        if now - self._kept_at >= _KEEP_S:
            self.keep()

    def finished(self, check: Check) -> None:
        self.done.append(check)
        self.under_way = None
        self._whole = whole(Kept(self.of or "", self.done, self.facts, None))

    def keep(self) -> None:
        """Keep what was found up to the last whole page, to be taken up by the next verification of the same."""
        self._kept_at = time.monotonic()
        if self.of is not None and self.mender is None and self._whole is not None:
            keep(self.store, self._whole)

    def mend(self, wanted: Any) -> None:
        """Put a record in the place of one that differs, where that is asked for."""
        if self.mender is not None:
            self.mender.write(wanted)

    def mend_conversation(self, intercom_id: str) -> None:
        """Have a conversation written again that is right by itself, for what belongs to it."""
        if self.mender is not None:
            self.mender.write(self.again.thread(intercom_id))

    def mend_customer(self, id_: str) -> None:
        """The same for a customer."""
        if self.mender is not None:
            self.mender.write(self.again.customer(id_))

    def take_out(self, kind: type[Record], id_: str) -> None:
        """Take a record out that nothing in Intercom is, where that is asked for."""
        if self.mender is not None:
            self.mender.take_out(kind, id_)

    def read_again(self, kind: refetch.Kind, *ids: str) -> None:
        """Have the next run read these from Intercom once more."""
        with self.store.transaction() as conn:
            refetch.ask(conn, kind, ids)
