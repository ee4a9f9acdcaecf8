"""Decisions that were made on a screen and are not in the plan yet."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class SaveQueue:
    """Decisions on their way to the plan; one thread at a time takes them there."""

    entries: dict[Any, Any] = field(default_factory=dict)
    saving: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entries: Mapping[Any, Any]) -> bool:
        """Take these in; whether a thread is needed that saves them."""
        with self.lock:
            self.entries.update(entries)
            needed, self.saving = not self.saving, True
            return needed

    def take(self) -> dict[Any, Any]:
        """What is to be saved; where that is nothing, the thread is done."""
        with self.lock:
            entries, self.entries = self.entries, {}
            self.saving = bool(entries)
            return entries

    def give_back(self, entries: Mapping[Any, Any]) -> None:
        """Keep what could not be saved for the next time."""
        with self.lock:
            self.entries = {**entries, **self.entries}
            self.saving = False
