"""What the plan should say: suggestions for admins and attributes, and the plan that accepts them all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from ochre_tui.migration.plan.check import PlanFacts
from ochre_tui.migration.plan.model import SCOPES, SELECTS, AdminEntry, FieldEntry, Fields, Plan, PlanScope, toml_key
from ochre_tui.migration.scan.result import AdminSuggestion, FieldSuggestion, ScannedAdmin, ScannedField, ScanResult
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import CustomField, FieldType, User

_LONGEST_KEY: Final = 63
_TYPES: Final[dict[str, FieldType]] = {
    "integer": "number",
    "float": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
}
_SUITS: Final[dict[FieldType, frozenset[FieldType]]] = {
    "text": frozenset({"text", "single_select", "multi_select"}),
    "number": frozenset({"number", "text"}),
    "boolean": frozenset({"boolean", "text"}),
    "date": frozenset({"date", "text"}),
    "single_select": frozenset({"single_select", "multi_select", "text"}),
    "multi_select": frozenset({"multi_select"}),
}
_NEVER_SELECTED: Final = frozenset({"relationship", "files", *_TYPES})


def suggest_admin(admin: ScannedAdmin, users: Iterable[User]) -> AdminSuggestion | None:
    """The user with the admin's e-mail; else, as a guess, the only one with the same name; else none: skip.

    Whoever left is skipped: of them the scan sees a part only, and a suggestion must not depend on its sample.
    """
    if admin.is_bot:
        return None
    team = [user for user in users if user.email and user.state != "historical"]
    same_address = [
        user for user in team if admin.email and normal_email(user.email or "") == normal_email(admin.email)
    ]
    if admin.removed:
        known = "; a user in Ochre has this address" if same_address else ""
        return AdminSuggestion(action="skip", reason=f"no longer in Intercom{known}")
    if same_address:
        return AdminSuggestion(action="match", user=same_address[0].email, reason="same e-mail address")
    named = [user for user in team if _name(user.name) and _name(user.name) == _name(admin.name)]
    if len(named) == 1:
        return AdminSuggestion(action="match", user=named[0].email, guess=True, reason="same name, other address")
    if named:
        return AdminSuggestion(action="skip", reason=f"{len(named)} users in Ochre have this name: choose one")
    return AdminSuggestion(action="skip", reason="no user in Ochre has this e-mail address or name")


def suggest_type(field: ScannedField) -> FieldType:
    """The type that suits an attribute by its definition and by the values seen."""
    if field.lists and field.data_type not in _NEVER_SELECTED and options_of(field):
        return "multi_select"
    if field.data_type in {"string", "list"} and field.options:
        return "single_select"
    return _TYPES.get(field.data_type, "text")


def options_of(field: ScannedField) -> list[str]:
    """The options as defined; where none are and the values are lists, what was seen, if that was all of it."""
    if field.options or not field.lists or field.distinct_capped:
        return field.options
    return field.values


def suggest_fields(fields: Sequence[ScannedField], existing: Iterable[CustomField]) -> list[FieldSuggestion]:
    """A suggestion for each attribute, in the same order; keys are unique within a scope."""
    suggestions: dict[int, FieldSuggestion] = {}
    for scope, ochre_scope in SCOPES.items():
        free = {field.key: field for field in existing if field.scope == ochre_scope}
        used = set(free)
        for index, field in enumerate(fields):
            if field.scope == scope:
                suggestion = _suggest_field(field, free, used)
                suggestions[index] = suggestion
                if suggestion.key:
                    used.add(suggestion.key)
                    free.pop(suggestion.key, None)
    return [suggestions[index] for index in range(len(fields))]


def snake_key(name: str) -> str:
    """`name` as a field key: small ASCII letters, digits and single underscores, beginning with a letter."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not key[:1].isalpha():
        key = f"field_{key}".rstrip("_")
    return key[:_LONGEST_KEY].rstrip("_")


def with_suggestions(result: ScanResult, users: Sequence[User], fields: Sequence[CustomField]) -> ScanResult:
    """The scan with its suggestions made anew for the users and fields that Ochre has now."""
    admins = [admin.model_copy(update={"suggestion": suggest_admin(admin, users)}) for admin in result.admins]
    suggested = [
        field.model_copy(update={"suggestion": suggestion})
        for field, suggestion in zip(result.fields, suggest_fields(result.fields, fields), strict=True)
    ]
    return result.model_copy(update={"admins": admins, "fields": suggested})


def auto_plan(result: ScanResult, users: Sequence[User], fields: Sequence[CustomField]) -> Plan:
    """The default plan with every suggestion accepted, guesses too."""
    suggested = with_suggestions(result, users, fields)
    entries: dict[PlanScope, dict[str, FieldEntry]] = {scope: {} for scope in SCOPES}
    for field in suggested.fields:
        if field.suggestion:
            entries[field.scope][field.name] = field_entry(field.suggestion)
    return Plan(
        admins={admin.id: admin_entry(admin.suggestion) for admin in suggested.admins if admin.suggestion},
        fields=Fields(**entries),
    )


def field_entry(suggestion: FieldSuggestion) -> FieldEntry:
    """The plan's entry that accepts the suggestion."""
    if suggestion.action == "skip":
        return FieldEntry(action="skip")
    if suggestion.action == "map":
        return FieldEntry(action="map", key=suggestion.key)
    options = tuple(suggestion.options) if suggestion.options else None
    return FieldEntry(action="create", key=suggestion.key, type=suggestion.type, options=options)


def admin_entry(suggestion: AdminSuggestion) -> AdminEntry:
    """The plan's entry that accepts the suggestion."""
    if suggestion.action == "match":
        return AdminEntry(action="match", user=suggestion.user)
    return AdminEntry(action="skip")


def plan_notes(result: ScanResult) -> dict[str, str]:
    """Comments for a plan's tables, by key: who an admin is, and why the suggestion is what it is."""
    notes = {}
    for admin in result.admins:
        who = " ".join(part for part in (admin.name, f"<{admin.email}>" if admin.email else None) if part)
        why = admin.suggestion.reason if admin.suggestion else "a bot"
        guess = "a guess: " if admin.suggestion and admin.suggestion.guess else ""
        notes[toml_key(("admins", admin.id))] = f"{who or 'unknown'}: {guess}{why}"
    for field in result.fields:
        if field.suggestion:
            notes[toml_key(("fields", field.scope, field.name))] = f"{field.usage} in use: {field.suggestion.reason}"
    return notes


def plan_facts(result: ScanResult | None, users: Sequence[User], fields: Sequence[CustomField]) -> PlanFacts:
    """What a plan is checked against; without a scan only Ochre's side."""
    if result is None:
        return PlanFacts(users, fields)
    return PlanFacts(
        users,
        fields,
        admins={admin.id: admin.email for admin in result.admins if not admin.is_bot},
        attributes={(field.scope, field.name): suggest_type(field) for field in result.fields},
    )


def _suggest_field(field: ScannedField, free: Mapping[str, CustomField], used: Collection[str]) -> FieldSuggestion:
    kind = suggest_type(field)
    options = options_of(field) if kind in SELECTS else []
    if field.archived and not field.usage:
        return FieldSuggestion(action="skip", reason="archived in Intercom and nowhere in use")
    own = next((existing for existing in free.values() if existing.source_name == field.name), None)
    if own is not None:
        # Made by an earlier run: the same entry again, so that the plan stays as it is.
        return FieldSuggestion(
            action="create", key=own.key, type=own.type, options=list(own.options), reason="made from it before"
        )
    for existing in _alike(field, free):
        if _holds(existing, kind, field):
            return FieldSuggestion(action="map", key=existing.key, type=existing.type, reason="Ochre has such a field")
    key = _free_key(snake_key(field.name), used)
    return FieldSuggestion(action="create", key=key, type=kind, options=options, reason=_why(field, kind))


def _alike(field: ScannedField, free: Mapping[str, CustomField]) -> list[CustomField]:
    """Existing fields of the same key, then of the same label, that no other attribute has made."""
    key, names = snake_key(field.name), {_name(field.name), _name(field.label)}
    unclaimed = [existing for existing in free.values() if existing.source_name is None]
    alike = [existing for existing in unclaimed if existing.key == key or _name(existing.label) in names]
    return sorted(alike, key=lambda existing: existing.key != key)


def _holds(existing: CustomField, kind: FieldType, field: ScannedField) -> bool:
    """Whether the existing field takes every value that the attribute may have, as far as it is known."""
    if existing.type not in _SUITS[kind]:
        return False
    if existing.type not in SELECTS:
        return True
    if not field.options and field.distinct_capped:
        return False
    offered = {option.casefold() for option in existing.options}
    known = field.options or field.values
    return bool(known) and all(value.casefold() in offered for value in known)


def _free_key(key: str, used: Collection[str]) -> str:
    number, candidate = 2, key
    while candidate in used:
        ending = f"_{number}"
        candidate = key[: _LONGEST_KEY - len(ending)].rstrip("_") + ending
        number += 1
    return candidate


def _why(field: ScannedField, kind: FieldType) -> str:
    archived = "archived in Intercom, but in use; " if field.archived else ""
    seen = ", its values are lists" if kind == "multi_select" else ""
    return f"{archived}{field.data_type} in Intercom{seen}"


def _name(name: str | None) -> str:
    return " ".join((name or "").split()).casefold()
