"""`plan.toml` as one process changes it, decision after decision."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ochre_tui.migration.plan.file import plan_text, read_text, write_plan
from ochre_tui.migration.plan.model import Plan, parse_plan
from ochre_tui.migration.plan.sections import Sections, sections_of


@dataclass(frozen=True, slots=True)
class _Known:
    """The text last read or written, and what it says."""

    text: str
    plan: Plan
    sections: Sections | None


@dataclass(slots=True)
class PlanOnDisk:
    """The plan in a file; what is known of it holds as long as nobody else has changed the file."""

    path: Path
    _known: _Known | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Plan:
        """The plan, the default one where there is none; PlanError where it was made invalid by hand."""
        with self._lock:
            return self._look().plan

    def update(self, change: Callable[[Plan], Plan], notes: Callable[[], Mapping[str, str]]) -> Plan:
        """Change the plan and write it at once, people's comments kept; the plan as it is now.

        `notes` gives the comments for tables that are new. One thread at a time, so no decision is lost.
        """
        with self._lock:
            before = self._look()
            plan = change(before.plan)
            after = before.sections.changed(plan, notes) if before.sections else None
            text = after.text if after else plan_text(plan, notes(), before.text)
            write_plan(self.path, text)
            self._known = _Known(text, plan, after or sections_of(text, plan))
        return plan

    def _look(self) -> _Known:
        text = read_text(self.path) if self.path.exists() else ""
        if self._known is None or self._known.text != text:
            plan = parse_plan(text)
            self._known = _Known(text, plan, sections_of(text, plan) if text.strip() else None)
        return self._known
