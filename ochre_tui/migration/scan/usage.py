"""Which custom attributes are used, and with what values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import JsonValue

from ochre_tui.intercom.models import DataAttribute, scrub
from ochre_tui.migration.convert.context import FieldRule
from ochre_tui.migration.convert.fields import MISFIT, fit, is_nothing
from ochre_tui.migration.plan.model import FIELD_TYPES, SELECTS, PlanScope
from ochre_tui.migration.scan.result import DISTINCT_CAP, EXAMPLES, ScannedField, TextUse
from ochre_tui.migration.scan.suggest import suggest_type
from ochre_tui.ochre.records import FieldType

PLAIN: Final[tuple[FieldType, ...]] = tuple(kind for kind in FIELD_TYPES if kind not in SELECTS)

_LONGEST_VALUE: Final = 200
_MOST_UNDEFINED: Final = 1_000


@dataclass(slots=True)
class AttributeUse:
    """The running count of one attribute's values; its size does not grow with the number of records."""

    defined: ScannedField
    usage: int = 0
    lists: int = 0
    odd_lists: int = 0
    capped: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    raw: dict[str, JsonValue] = field(default_factory=dict)
    alone: Counter[str] = field(default_factory=Counter)
    in_lists: Counter[str] = field(default_factory=Counter)
    misfits: Counter[FieldType] = field(default_factory=Counter)
    rules: tuple[FieldRule, ...] = field(init=False)

    def __post_init__(self) -> None:
        options = tuple(self.defined.options)
        types = PLAIN if not options else FIELD_TYPES
        self.rules = tuple(FieldRule("", kind, options if kind in SELECTS else ()) for kind in types)

    def add(self, value: Any) -> None:
        """Take in the value of one record."""
        if is_nothing(value):
            return
        self.usage += 1
        for rule in self.rules:
            if fit(rule, value) is MISFIT:
                self.misfits[rule.type] += 1
        if isinstance(value, list):
            self._add_list([item for item in value if not is_nothing(item)])
        else:
            self._note(value, self.alone)

    def _add_list(self, items: list[Any]) -> None:
        self.lists += 1
        self.odd_lists += any(not isinstance(item, str) for item in items)
        once: Counter[str] = Counter()
        for item in items:
            self._note(item, once)
        self.in_lists.update(once.keys())

    def result(self) -> ScannedField:
        """What was seen, without a suggestion."""
        ranked = sorted(self.seen, key=lambda text: (-self.seen[text], text))
        attribute = self.defined.model_copy(
            update={
                "usage": self.usage,
                "lists": self.lists > 0,
                "distinct": len(self.seen),
                "distinct_capped": self.capped,
                "values": sorted(self.seen),
                "examples": [self.raw[text] for text in ranked[:EXAMPLES]],
                "misfits_as": {kind: self.misfits[kind] for kind in PLAIN},
                "texts": TextUse(
                    alone=dict(self.alone),
                    in_lists=dict(self.in_lists),
                    lists=self.lists,
                    odd_lists=self.odd_lists,
                ),
            }
        )
        chosen = suggest_type(attribute)
        if chosen in {"number", "boolean", "date"}:
            attribute = attribute.model_copy(update={"values": []})
        if chosen in SELECTS and not self.defined.options:
            # The options will be what was seen, so that only items which are no text do not fit.
            return attribute.model_copy(update={"misfits": self.odd_lists})
        return attribute.model_copy(update={"misfits": self.misfits[chosen]})

    def _note(self, value: Any, texts: Counter[str]) -> None:
        """Count the value, and among `texts` if it is one."""
        text = scrub(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
        if len(text) > _LONGEST_VALUE:
            self.capped = True
            text = text[: _LONGEST_VALUE - 1] + "…"
        if text not in self.seen:
            if len(self.seen) >= DISTINCT_CAP:
                self.capped = True
                return
            self.raw[text] = value if isinstance(value, bool | int | float) else text
        self.seen[text] += 1
        if isinstance(value, str):
            texts[text] += 1


class Usage:
    """The use of all attributes of one scope, defined ones and others."""

    def __init__(self, scope: PlanScope, definitions: Iterable[DataAttribute]) -> None:
        self._uses: dict[str, AttributeUse] = {}
        self.undefined: Counter[str] = Counter()
        for definition in definitions:
            if definition.custom and definition.name and definition.name not in self._uses:
                self._uses[definition.name] = AttributeUse(_defined(scope, definition))

    def add(self, attributes: Mapping[str, Any]) -> None:
        """Take in the custom attributes of one record."""
        for name, value in attributes.items():
            use = self._uses.get(name)
            if use is not None:
                use.add(value)
            elif not is_nothing(value) and (name in self.undefined or len(self.undefined) < _MOST_UNDEFINED):
                self.undefined[name] += 1

    def result(self) -> list[ScannedField]:
        """Every defined custom attribute, in Intercom's order."""
        return [use.result() for use in self._uses.values()]


def _defined(scope: PlanScope, definition: DataAttribute) -> ScannedField:
    name = definition.name or ""
    return ScannedField(
        scope=scope,
        name=name,
        label=definition.label or name,
        data_type=definition.data_type or "string",
        options=list(definition.options),
        archived=definition.archived,
    )
