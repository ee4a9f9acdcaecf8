"""A sheet of decisions: what each row could become, what was suggested and decided, and what is wrong with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from ochre_tui.core.wording import counted

K = TypeVar("K", bound=Hashable)
E = TypeVar("E")

Status: TypeAlias = Literal["undecided", "decided", "problem"]
Show: TypeAlias = Literal["all", "undecided", "problem", "decided"]


@dataclass(frozen=True, slots=True)
class Change(Generic[K, E]):
    """A step in words, and its entries before and after; None stands for undecided."""

    words: str
    before: Mapping[K, E | None]
    after: Mapping[K, E | None]

    def reversed(self) -> Change[K, E]:
        """The step back."""
        return Change(self.words, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Choice(Generic[K, E]):
    """Something that rows can become.

    `make` gives a row's entry, None for one that can't become it. `warning` is what speaks against it, `refused` why
    it can't be chosen at all.
    """

    label: str
    make: Callable[[K], E | None]
    detail: str = ""
    suggested: bool = False
    warning: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows there are; `decided` ones have no problem."""

    rows: int
    decided: int
    undecided: int
    problems: int

    @property
    def open(self) -> int:
        return self.undecided + self.problems


@dataclass(slots=True)
class _History(Generic[K, E]):
    done: list[Change[K, E]] = field(default_factory=list)
    undone: list[Change[K, E]] = field(default_factory=list)


class Sheet(ABC, Generic[K, E]):
    """The rows of one grid by their keys, in an order that never changes.

    What changes something answers with the change, or None where there was nothing to do.
    """

    noun: str
    plural: str

    def __init__(self, keys: Iterable[K], entries: Mapping[K, E]) -> None:
        self.keys: tuple[K, ...] = tuple(keys)
        self._entries: dict[K, E] = {key: entries[key] for key in self.keys if key in entries}
        self.keep: Callable[[Change[K, E]], None] | None = None
        """Called with each change before anything else happens, so that it can't get lost."""
        self._history: _History[K, E] = _History()
        self._problems = self.find_problems(self._entries)
        self._search = {key: self.search_text(key).casefold() for key in self.keys}

    @abstractmethod
    def suggestion(self, key: K) -> E | None:
        """The entry that accepts what is suggested."""

    @abstractmethod
    def is_certain(self, key: K) -> bool:
        """Whether the suggestion can be accepted without looking."""

    @abstractmethod
    def skipping(self) -> E:
        """The entry that leaves a row out."""

    @abstractmethod
    def choices(self, keys: Sequence[K]) -> list[Choice[K, E]]:
        """What these rows can become, the suggestion first."""

    @abstractmethod
    def find_problems(self, keys: Collection[K]) -> dict[K, str]:
        """What is wrong with the entries of these rows."""

    def related(self, change: Change[K, E]) -> Collection[K]:
        """The rows whose problems a change may have made or ended."""
        return change.after

    @abstractmethod
    def search_text(self, key: K) -> str:
        """What a search looks at."""

    def count(self, number: int) -> str:
        """`number` rows in words."""
        return counted(number, self.noun, self.plural)

    def entries(self) -> dict[K, E]:
        """Every decision."""
        return dict(self._entries)

    def entry(self, key: K) -> E | None:
        """What was decided."""
        return self._entries.get(key)

    def problem(self, key: K) -> str:
        """What is wrong with the decision; "" where nothing is."""
        return self._problems.get(key, "")

    def status(self, key: K) -> Status:
        """Where the row stands."""
        if key not in self._entries:
            return "undecided"
        return "problem" if key in self._problems else "decided"

    def tally(self) -> Tally:
        """The sums of all rows."""
        decided, problems = len(self._entries), len(self._problems)
        return Tally(len(self.keys), decided - problems, len(self.keys) - decided, problems)

    def shown(self, show: Show = "all", words: str = "") -> list[K]:
        """The rows of that status which hold every one of the words."""
        wanted = words.casefold().split()
        return [
            key
            for key in self.keys
            if (show == "all" or self.status(key) == show) and all(word in self._search[key] for word in wanted)
        ]

    def next_open(self, after: K | None, among: Sequence[K]) -> K | None:
        """The next row of `among` that needs a decision, beginning again at the top; None where none does."""
        start = among.index(after) + 1 if after in among else 0
        return next((key for key in [*among[start:], *among[:start]] if self.status(key) != "decided"), None)

    def certain(self) -> list[K]:
        """The undecided rows whose suggestion is certain."""
        return [key for key in self.keys if key not in self._entries and self.is_certain(key)]

    def accept(self, keys: Collection[K]) -> Change[K, E] | None:
        """Accept what is suggested for these rows."""
        wanted = {key: entry for key in keys if (entry := self.suggestion(key)) is not None}
        return self.decide("Accepted", wanted)

    def accept_certain(self) -> Change[K, E] | None:
        """Accept every certain suggestion for a row that is undecided."""
        wanted = {key: entry for key in self.certain() if (entry := self.suggestion(key)) is not None}
        return self.decide("Accepted what is certain", wanted)

    def skip(self, keys: Collection[K]) -> Change[K, E] | None:
        """Leave these rows out."""
        return self.decide("Skipped", {key: self.skipping() for key in keys})

    def choose(self, choice: Choice[K, E], keys: Collection[K]) -> Change[K, E] | None:
        """Let these rows become it, those that can."""
        if choice.refused:
            return None
        wanted = {key: entry for key in keys if (entry := choice.make(key)) is not None}
        return self.decide(f"Set to {choice.label}", wanted)

    def decide(self, what: str, entries: Mapping[K, E | None]) -> Change[K, E] | None:
        """Set these entries as one step; `what` is told with the number of rows that it changed."""
        after = {key: entry for key, entry in entries.items() if self._entries.get(key) != entry}
        if not after:
            return None
        change = Change(f"{what}: {self.count(len(after))}", {key: self._entries.get(key) for key in after}, after)
        self._history.done.append(change)
        self._history.undone.clear()
        self._apply(change)
        return change

    @property
    def can_undo(self) -> bool:
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        return bool(self._history.undone)

    def undo(self) -> Change[K, E] | None:
        """Take the last step back."""
        if not self._history.done:
            return None
        change = self._history.done.pop()
        self._history.undone.append(change)
        self._apply(change.reversed())
        return change.reversed()

    def redo(self) -> Change[K, E] | None:
        """Do again what was last taken back."""
        if not self._history.undone:
            return None
        change = self._history.undone.pop()
        self._history.done.append(change)
        self._apply(change)
        return change

    def _apply(self, change: Change[K, E]) -> None:
        if self.keep is not None:
            self.keep(change)
        for key, entry in change.after.items():
            if entry is None:
                self._entries.pop(key, None)
            else:
                self._entries[key] = entry
        touched = set(self.related(change))
        self._problems = {key: problem for key, problem in self._problems.items() if key not in touched}
        self._problems |= self.find_problems([key for key in self._entries if key in touched])
