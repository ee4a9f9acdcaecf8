"""Custom attributes: which values fit which custom field, and what is left over."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import scrub
from ochre_tui.migration.convert.context import SKIP, FieldRule, Rules
from ochre_tui.migration.convert.times import is_unreadable, read_date, read_time
from ochre_tui.ochre.records import JsonObject, JsonValue

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,400})(\.\d{1,400})?")
_WORDS = {"true": True, "false": False}
_LONGEST_INT = 2**63
_DEEPEST = 40


class Misfit(Enum):
    """What `fit` answers for a value that the field can't hold."""

    MISFIT = "misfit"


MISFIT: Final = Misfit.MISFIT
Fit: TypeAlias = JsonValue | Literal[Misfit.MISFIT]


@dataclass(slots=True)
class Fields:
    """Values for custom fields by key, and raw ones without a place by Intercom's name."""

    values: JsonObject = field(default_factory=dict)
    unmapped: JsonObject = field(default_factory=dict)

    def time(self, name: str, raw: Any) -> int | None:
        """The time in `raw`; if it is unreadable the raw value goes to `unmapped` under `name`."""
        if is_unreadable(raw):
            self.unmapped.setdefault(name, storable(raw))
            return None
        return read_time(raw)

    def times(self, name: str, raws: Sequence[Any]) -> list[int]:
        """Those of `raws` that are times; the first unreadable one goes to `unmapped` under `name`."""
        return [found for raw in raws if (found := self.time(name, raw)) is not None]


def convert_attributes(attributes: Mapping[str, Any], rules: Rules) -> Fields:
    """The attributes sorted into custom fields and leftovers; those that the plan skips are in neither."""
    found = Fields()
    for name, raw in attributes.items():
        if is_nothing(raw):
            continue
        rule = rules.get(name)
        if rule is SKIP:
            continue
        value = fit(rule, raw) if rule else MISFIT
        if value is MISFIT:
            found.unmapped[scrub(name)] = storable(raw)
        elif rule and value is not None:
            found.values[rule.key] = value
    return found


def is_nothing(raw: Any) -> bool:
    """Whether an attribute has no value: null or ""."""
    return raw is None or raw == ""


def fit(rule: FieldRule, raw: Any) -> Fit:
    """`raw` as a value of the field, None if it says nothing, MISFIT if it can't be one."""
    if is_nothing(raw):
        return None
    match rule.type:
        case "text":
            return _text(raw)
        case "number":
            return _number(raw)
        case "boolean":
            return _boolean(raw)
        case "date":
            return read_date(raw) or MISFIT
        case "single_select":
            return _option(rule.options, raw)
        case "multi_select":
            return _options(rule.options, raw)


def storable(raw: Any, depth: int = 0) -> JsonValue:
    """`raw` JSON as it came, but in a form that every store takes.

    NUL and lone surrogates become U+FFFD. RecordError if it is nested absurdly deep.
    """
    if depth > _DEEPEST:
        raise RecordError(f"A custom attribute is nested more than {_DEEPEST} levels deep.")
    if isinstance(raw, str):
        return scrub(raw)
    if isinstance(raw, dict):
        return {scrub(str(key)): storable(value, depth + 1) for key, value in raw.items()}
    if isinstance(raw, list):
        return [storable(value, depth + 1) for value in raw]
    if isinstance(raw, bool | int) or raw is None:
        return raw
    return raw if isinstance(raw, float) and math.isfinite(raw) else str(raw)


def _text(raw: Any) -> Fit:
    if isinstance(raw, str):
        return scrub(raw)
    return json.dumps(raw) if isinstance(raw, bool | int | float) and _is_storable(raw) else MISFIT


def _number(raw: Any) -> Fit:
    if isinstance(raw, bool):
        return MISFIT
    if isinstance(raw, str):
        if not _NUMBER.fullmatch(raw):
            return MISFIT
        raw = float(raw) if "." in raw else int(raw)
    return raw if isinstance(raw, int | float) and _is_storable(raw) else MISFIT


def _is_storable(raw: float) -> bool:
    """Whether a number is one that a field can hold: finite and, if whole, of 64 bits with its sign."""
    return math.isfinite(raw) if isinstance(raw, float) else -_LONGEST_INT <= raw < _LONGEST_INT


def _boolean(raw: Any) -> Fit:
    if isinstance(raw, bool):
        return raw
    return _WORDS.get(raw.casefold(), MISFIT) if isinstance(raw, str) else MISFIT


def _option(options: Sequence[str], raw: Any) -> Fit:
    if not isinstance(raw, str):
        return MISFIT
    if raw in options:
        return raw
    folded = raw.casefold()
    return next((option for option in options if option.casefold() == folded), MISFIT)


def _options(options: Sequence[str], raw: Any) -> Fit:
    given = raw if isinstance(raw, list) else [raw]
    found = [_option(options, item) for item in given if not is_nothing(item)]
    if MISFIT in found:
        return MISFIT
    return list(dict.fromkeys(item for item in found if isinstance(item, str))) or None
