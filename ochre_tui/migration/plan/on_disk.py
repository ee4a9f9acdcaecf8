"""`plan.toml` as one process changes it, decision after decision."""

from __future__ import annotations

import itertools
import re
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tomlkit.exceptions import TOMLKitError

from ochre_tui.migration.plan.file import (
    Entry,
    TablePath,
    entry_values,
    nested,
    plan_text,
    read_plan_text,
    table_text,
    tables_of,
    write_plan,
)
from ochre_tui.migration.plan.model import Plan, parse_plan


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
        text = read_plan_text(self.path) if self.path.exists() else ""
        if self._known is None or self._known.text != text:
            plan = parse_plan(text)
            self._known = _Known(text, plan, sections_of(text, plan) if text.strip() else None)
        return self._known


_TABLE = re.compile(r"(?:^[ \t]*#.*\n)*^[ \t]*\[", re.MULTILINE)
_DEPTH = {"import": 1, "pace": 1, "admins": 2, "fields": 3}


@dataclass(frozen=True, slots=True)
class Section:
    """A table with the comments above it; `place` is None for text that holds none."""

    place: TablePath | None
    text: str


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a whole file, in its order, and what they say."""

    sections: tuple[Section, ...]
    entries: Mapping[TablePath, Entry]

    @property
    def text(self) -> str:
        return "".join(section.text for section in self.sections)

    def changed(self, plan: Plan, notes: Callable[[], Mapping[str, str]]) -> Sections | None:
        """The file when it says `plan`; None where that takes more than changing, adding and dropping tables.

        `notes` gives the comments for tables that are new.
        """
        entries = tables_of(plan)
        texts = {section.place: section.text for section in self.sections if section.place is not None}
        changed_entries = {place: entry for place, entry in entries.items() if _differ(self.entries.get(place), entry)}
        comments = notes() if changed_entries.keys() - texts.keys() else {}
        try:
            rewritten = {
                place: _written(place, entry, comments, texts.get(place, ""))
                for place, entry in changed_entries.items()
            }
        except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError):
            return None
        sections: list[Section] = []
        for section in self.sections:
            if section.place is None or section.place in entries:
                sections.append(
                    Section(section.place, rewritten.pop(section.place, section.text)) if section.place else section
                )
            elif loose_comments := _comments(section.text):
                sections.append(Section(None, loose_comments))
        _add(sections, [Section(place, text) for place, text in rewritten.items()])
        return Sections(tuple(sections), entries)


def sections_of(text: str, plan: Plan) -> Sections | None:
    """`text`, which says `plan`, in sections; None where its tables can't be told apart, as when they are inline."""
    starts = [0, *(match.start() for match in _TABLE.finditer(text) if match.start()), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(starts)]
    sections: list[Section] = []
    by_section: dict[TablePath, dict[str, Any]] = {}
    try:
        whole = dict(_tables(tomllib.loads(text)))
        for piece in pieces:
            # A piece cut out of the middle of a value is no TOML.
            tables = dict(_tables(tomllib.loads(piece)))
            if len(tables) > 1:
                return None
            sections.append(Section(next(iter(tables), None), _ended(piece)))
            by_section |= tables
    except ValueError:
        return None
    if by_section != whole or len(by_section) != sum(section.place is not None for section in sections):
        return None
    entries = tables_of(plan)
    return Sections(tuple(sections), {place: entry for place, entry in entries.items() if place in by_section})


def _tables(document: Mapping[str, Any], above: TablePath = ()) -> Iterator[tuple[TablePath, dict[str, Any]]]:
    """Each table of the plan with its place; ValueError for what a plan does not have there."""
    for key, value in document.items():
        place = (*above, key)
        depth = _DEPTH.get(place[0])
        if depth is None or not isinstance(value, dict):
            raise ValueError(place)
        if len(place) == depth:
            yield place, value
        else:
            yield from _tables(value, place)


def _differ(before: Entry | None, after: Entry) -> bool:
    return before is not after and before != after


def _written(place: TablePath, entry: Entry, notes: Mapping[str, str], before: str) -> str:
    text = table_text(place, entry, notes, before)
    if tomllib.loads(text) != nested(place, entry_values(entry)):
        raise ValueError(place)
    return _ended(text)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _comments(text: str) -> str:
    """What people wrote above and below a table that is dropped; the note beside its name goes with it."""
    lines = text.splitlines(keepends=True)
    table_lines = [number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    above, below = lines[: table_lines[0]], lines[table_lines[-1] + 1 :]
    return "".join([*above, *below]) if any(line.strip() for line in (*above, *below)) else ""


def _add(sections: list[Section], added: Iterable[Section]) -> None:
    """Put new tables after the last of their scope, else after the last of their kind, else at the end."""
    for scope, group in itertools.groupby(added, key=lambda section: (section.place or ())[:-1]):
        at = _end_of(sections, scope)
        if at and not sections[at - 1].text.endswith("\n\n"):
            sections[at - 1] = Section(sections[at - 1].place, sections[at - 1].text + "\n")
        sections[at:at] = group


def _end_of(sections: Sequence[Section], scope: TablePath) -> int:
    for depth in range(len(scope), 0, -1):
        for number in range(len(sections), 0, -1):
            place = sections[number - 1].place
            if place is not None and place[:depth] == scope[:depth]:
                return number
    return len(sections)
