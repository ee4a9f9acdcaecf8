"""How many values of an attribute a field would not take, by what the scan has counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ochre_tui.migration.plan.model import SELECTS
from ochre_tui.migration.scan.result import FieldFound, TextUse
from ochre_tui.ochre.records import FieldType


@dataclass(frozen=True, slots=True)
class Misfits:
    """Records whose value would go to `unmapped`, of those that have one; not `exact`: at most so many."""

    count: int
    of: int
    exact: bool = True

    def __str__(self) -> str:
        if not self.count:
            return "all values fit" if self.of else "no values"
        most = "" if self.exact else "up to "
        return f"{most}{self.count:,} of {self.of:,} {'does' if self.count == 1 else 'do'} not fit"


def misfits(found: FieldFound, kind: FieldType, options: Sequence[str] = ()) -> Misfits | None:
    """What a field of this type and these options would not take; None where an older scan did not count it."""
    if kind not in SELECTS:
        count = found.misfits_as.get(kind)
        return None if count is None else Misfits(count, found.usage)
    if found.texts is None:
        return None
    if kind == "single_select":
        return _single(found, found.texts, options)
    return _multi(found, found.texts, options)


def _single(found: FieldFound, texts: TextUse, options: Sequence[str]) -> Misfits:
    count = found.usage - _fitting(texts, options)
    return Misfits(count, found.usage, exact=not count or _all_seen(found, texts, options))


def _multi(found: FieldFound, texts: TextUse, options: Sequence[str]) -> Misfits:
    alone = found.usage - texts.lists - _fitting(texts, options)
    offered = {option.casefold() for option in options}
    bad = [uses for text, uses in texts.in_lists.items() if text.casefold() not in offered]
    lists = min(texts.lists, texts.lists if found.distinct_capped else texts.odd_lists + sum(bad))
    kinds = len(bad) + bool(texts.odd_lists)
    exact = kinds <= 1 and not (found.distinct_capped and texts.lists) and _all_seen(found, texts, options)
    return Misfits(alone + lists, found.usage, exact=exact or not (alone + lists))


def _fitting(texts: TextUse, options: Sequence[str]) -> int:
    offered = {option.casefold() for option in options}
    return sum(uses for text, uses in texts.alone.items() if text.casefold() in offered)


def _all_seen(found: FieldFound, texts: TextUse, options: Sequence[str]) -> bool:
    """Whether every value that could be one of the options was counted apart."""
    if not found.distinct_capped:
        return True
    seen = {text.casefold() for text in (*texts.alone, *texts.in_lists)}
    return all(option.casefold() in seen for option in options)
