"""The sheet of custom attributes: which field each becomes, and what would not fit there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ochre_tui.migration.mapping.sheet import Change, Choice, Sheet
from ochre_tui.migration.plan.check import TAKES, PlanFacts, check_plan
from ochre_tui.migration.plan.model import (
    FIELD_TYPES,
    KEY_FORM,
    SCOPES,
    SELECTS,
    FieldEntry,
    Fields,
    Plan,
    PlanScope,
    toml_key,
)
from ochre_tui.migration.scan.result import FieldSuggestion, ScannedField, TextUse
from ochre_tui.migration.scan.suggest import field_entry, options_of, snake_key, suggest_fields, suggest_type
from ochre_tui.ochre.records import CustomField, FieldType

FieldKey: TypeAlias = tuple[PlanScope, str]
FieldChoice: TypeAlias = Choice[FieldKey, FieldEntry]
TYPE_WORDS: Final[dict[FieldType, str]] = {
    "text": "text",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "single_select": "single select",
    "multi_select": "multi select",
}
_PARTS: Final = ("", *FieldEntry.model_fields)


class FieldSheet(Sheet[FieldKey, FieldEntry]):
    """Attributes by their scope and their name in Intercom."""

    noun = "attribute"
    plural = "attributes"

    def __init__(
        self,
        attributes: Iterable[ScannedField],
        fields: Sequence[CustomField],
        entries: Mapping[FieldKey, FieldEntry],
    ) -> None:
        scanned = list(attributes)
        self.attributes: dict[FieldKey, ScannedField] = {(field.scope, field.name): field for field in scanned}
        self.suggestions: dict[FieldKey, FieldSuggestion] = dict(
            zip(self.attributes, suggest_fields(scanned, fields), strict=True)
        )
        self.existing = {(field.scope, field.key): field for field in fields}
        self._types = {key: suggest_type(attribute) for key, attribute in self.attributes.items()}
        self._fields = fields
        self._keys_by_toml = {
            toml_key(("fields", *key, *filter(None, [part]))): key for key in self.attributes for part in _PARTS
        }
        super().__init__(self.attributes, entries)

    def suggestion(self, key: FieldKey) -> FieldEntry | None:
        return field_entry(self.suggestions[key])

    def is_certain(self, key: FieldKey) -> bool:
        """Whether every value fits what is suggested."""
        return self.suggestions[key].action == "skip" or not self.attributes[key].misfits

    def skipping(self) -> FieldEntry:
        return FieldEntry(action="skip")

    def find_problems(self, keys: Collection[FieldKey]) -> dict[FieldKey, str]:
        facts = PlanFacts((), self._fields, attributes={key: self._types[key] for key in keys})
        errors, _ = check_plan(Plan(fields=_fields({key: self._entries[key] for key in keys})), facts)
        return {self._keys_by_toml[error.key]: error.error for error in errors}

    def related(self, change: Change[FieldKey, FieldEntry]) -> Collection[FieldKey]:
        """Two attributes of a scope that go to one field concern each other."""
        entries = [*change.before.items(), *change.after.items()]
        fields = {(key[0], entry.key) for key, entry in entries if entry is not None and entry.key is not None}
        return {*change.after, *(key for key, entry in self._entries.items() if (key[0], entry.key) in fields)}

    def search_text(self, key: FieldKey) -> str:
        field = self.attributes[key]
        return f"{field.scope} {field.name} {field.label} {self.suggestions[key].key or ''}"

    def misfits(self, key: FieldKey, entry: FieldEntry) -> Misfits | None:
        """What would not fit the entry's field; None where nothing is imported, or nothing was counted."""
        if entry.action == "skip":
            return None
        if entry.action == "create":
            return misfits(self.attributes[key], entry.type or "text", entry.options or ())
        field = self.existing.get((SCOPES[key[0]], entry.key or ""))
        return misfits(self.attributes[key], field.type, field.options) if field else None

    def choices(self, keys: Sequence[FieldKey]) -> list[FieldChoice]:
        """The suggestion, a new field of each type, the existing fields (of one attribute only), and leaving out."""
        new = [self._creation(kind, keys) for kind in FIELD_TYPES]
        skip: FieldChoice = Choice("Skip", lambda _: self.skipping(), "values are left out")
        if len(keys) > 1:
            accept: FieldChoice = Choice("Accept", self.suggestion, "each as it is suggested", suggested=True)
            return [accept, *new, skip]
        scope = SCOPES[keys[0][0]]
        choices = [*new, *(self._mapping(keys[0], field) for field in self.existing.values() if field.scope == scope)]
        return self._suggested_first(keys[0], [*choices, skip])

    def new_entry(self, key: FieldKey, kind: FieldType) -> FieldEntry | None:
        """A new field of this type: key and options as decided or else suggested; None where options are missing."""
        now, suggested = self.entry(key), self.suggestions[key]
        decided = now if now is not None and now.action == "create" else None
        name = decided.key if decided else suggested.key if suggested.action == "create" else None
        options: tuple[str, ...] = ()
        if kind in SELECTS:
            options = (decided.options if decided else None) or self.likely_options(key)
            if not options:
                return None
        return FieldEntry(
            action="create", key=name or self._free_key(key), type=kind, options=options if kind in SELECTS else None
        )

    def likely_type(self, key: FieldKey) -> FieldType:
        """The type that suits the attribute best."""
        return self._types[key]

    def likely_options(self, key: FieldKey) -> tuple[str, ...]:
        """Intercom's options, else every text seen, if that was all of it."""
        attribute = self.attributes[key]
        if attribute.options:
            return tuple(options_of(attribute))
        if attribute.distinct_capped or attribute.texts is None:
            return ()
        return tuple(sorted({*attribute.texts.alone, *attribute.texts.in_lists} - {""}))

    def edited(
        self, key: FieldKey, name: str, kind: FieldType, options: Sequence[str]
    ) -> tuple[FieldEntry | None, dict[str, str]]:
        """A new field as entered, or what is wrong with it by "key" and "options"."""
        options = tuple(options) if kind in SELECTS else ()
        errors = {"key": self._key_problem(key, name), "options": ""}
        if kind in SELECTS and not options:
            errors["options"] = "name at least one"
        elif len(set(options)) < len(options):
            errors["options"] = "one is there twice"
        wrong = {place: error for place, error in errors.items() if error}
        if wrong:
            return None, wrong
        return FieldEntry(action="create", key=name, type=kind, options=options or None), {}

    def _creation(self, kind: FieldType, keys: Sequence[FieldKey]) -> FieldChoice:
        entries = [(key, self.new_entry(key, kind)) for key in keys]
        possible = [(key, entry) for key, entry in entries if entry is not None]
        label = f"New {TYPE_WORDS[kind]} field"
        counted = [self.misfits(key, entry) for key, entry in possible]
        known = [misfits for misfits in counted if misfits]
        bad = sum(misfits.count for misfits in known)
        total = Misfits(bad, sum(misfits.of for misfits in known), all(misfits.exact for misfits in known))
        left = len(keys) - len(possible)
        stay = f"{self.count(left)} without options stay as they are" if left and possible else ""
        return Choice(
            label,
            lambda key: self.new_entry(key, kind),
            str(total) if possible and not bad and None not in counted else "",
            warning=" · ".join(part for part in (str(total) if bad else "", stay) if part),
            refused=""
            if possible
            else "its options are not known: name them with o"
            if len(keys) == 1
            else "no options",
        )

    def _mapping(self, key: FieldKey, field: CustomField) -> FieldChoice:
        entry = FieldEntry(action="map", key=field.key)
        misfits = self.misfits(key, entry)
        owner = self._owner_of(key, field.key)
        refused = f"{owner} goes there" if owner else ""
        if field.type not in TAKES[self._types[key]]:
            refused = f"a {TYPE_WORDS[field.type]} field can't hold this attribute"
        return Choice(
            f"Map to {field.key}",
            lambda _: entry,
            TYPE_WORDS[field.type],
            warning=str(misfits) if misfits and misfits.count else "",
            refused=refused,
        )

    def _suggested_first(self, key: FieldKey, choices: list[FieldChoice]) -> list[FieldChoice]:
        wanted, why = self.suggestion(key), self.suggestions[key].reason
        for place, choice in enumerate(choices):
            entry = None if choice.refused else choice.make(key)
            if entry is not None and wanted is not None and _same_target(entry, wanted):
                first: FieldChoice = Choice(choice.label, self.suggestion, why, suggested=True, warning=choice.warning)
                return [first, *choices[:place], *choices[place + 1 :]]
        return choices

    def _key_problem(self, key: FieldKey, name: str) -> str:
        if not KEY_FORM.fullmatch(name):
            return "small letters, digits and _, a letter first"
        owner = self._owner_of(key, name)
        if owner:
            return f"{owner} goes to {name} already"
        field = self.existing.get((SCOPES[key[0]], name))
        if field is not None and field.source_name != key[1]:
            return f"Ochre has {name} already: map to it, or choose another"
        return ""

    def _owner_of(self, key: FieldKey, name: str) -> str:
        """The other attribute of the scope that goes to the field of this key, or ""."""
        for other, entry in self._entries.items():
            if other != key and other[0] == key[0] and entry.action != "skip" and entry.key == name:
                return self.attributes[other].label
        return ""

    def _free_key(self, key: FieldKey) -> str:
        used = {entry.key for other, entry in self._entries.items() if other[0] == key[0] and other != key}
        used |= {field.key for (scope, _), field in self.existing.items() if scope == SCOPES[key[0]]}
        base = snake_key(key[1])
        numbered = (f"{base[:58]}_{number}" for number in range(2, len(used) + 3))
        return next(candidate for candidate in (base, *numbered) if candidate not in used)


def with_fields(plan: Plan, changed: Mapping[FieldKey, FieldEntry | None]) -> Plan:
    """The plan with these entries set, or taken out where they are None."""
    entries = {(scope, name): entry for scope in SCOPES for name, entry in plan.fields.of(scope).items()}
    remaining = {key: entry for key, entry in {**entries, **changed}.items() if entry is not None}
    return plan.model_copy(update={"fields": _fields(remaining)})


def field_entries(plan: Plan) -> dict[FieldKey, FieldEntry]:
    """The plan's entries by scope and name."""
    return {(scope, name): entry for scope in SCOPES for name, entry in plan.fields.of(scope).items()}


def field_words(entry: FieldEntry) -> str:
    """A decision in words."""
    if entry.action == "skip":
        return "skip"
    if entry.action == "map":
        return f"map to {entry.key}"
    return f"{entry.key} · {TYPE_WORDS[entry.type or 'text']}"


def _fields(entries: Mapping[FieldKey, FieldEntry]) -> Fields:
    fields = Fields()
    for (scope, name), entry in entries.items():
        fields.of(scope)[name] = entry
    return fields


def _same_target(entry: FieldEntry, wanted: FieldEntry) -> bool:
    if entry.action != wanted.action:
        return False
    return entry.type == wanted.type if entry.action == "create" else entry.key == wanted.key


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


def misfits(attribute: ScannedField, kind: FieldType, options: Sequence[str] = ()) -> Misfits | None:
    """What a field of this type and these options would not take; None where an older scan did not count it."""
    if kind not in SELECTS:
        count = attribute.misfits_as.get(kind)
        return None if count is None else Misfits(count, attribute.usage)
    if attribute.texts is None:
        return None
    if kind == "single_select":
        return _single(attribute, attribute.texts, options)
    return _multi(attribute, attribute.texts, options)


def _single(attribute: ScannedField, texts: TextUse, options: Sequence[str]) -> Misfits:
    count = attribute.usage - _fitting(texts, options)
    return Misfits(count, attribute.usage, exact=not count or _all_seen(attribute, texts, options))


def _multi(attribute: ScannedField, texts: TextUse, options: Sequence[str]) -> Misfits:
    alone = attribute.usage - texts.lists - _fitting(texts, options)
    offered = {option.casefold() for option in options}
    bad = [uses for text, uses in texts.in_lists.items() if text.casefold() not in offered]
    lists = min(texts.lists, texts.lists if attribute.distinct_capped else texts.odd_lists + sum(bad))
    kinds = len(bad) + bool(texts.odd_lists)
    exact = kinds <= 1 and not (attribute.distinct_capped and texts.lists) and _all_seen(attribute, texts, options)
    return Misfits(alone + lists, attribute.usage, exact=exact or not (alone + lists))


def _fitting(texts: TextUse, options: Sequence[str]) -> int:
    offered = {option.casefold() for option in options}
    return sum(uses for text, uses in texts.alone.items() if text.casefold() in offered)


def _all_seen(attribute: ScannedField, texts: TextUse, options: Sequence[str]) -> bool:
    """Whether every value that could be one of the options was counted apart."""
    if not attribute.distinct_capped:
        return True
    seen = {text.casefold() for text in (*texts.alone, *texts.in_lists)}
    return all(option.casefold() in seen for option in options)
