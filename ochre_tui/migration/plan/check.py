"""The plan against what there is: Ochre's users and fields, Intercom's admins and attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ochre_tui.core.text import clean_line
from ochre_tui.migration.plan.model import SCOPES, SELECTS, FieldEntry, Plan, PlanScope, Problem, toml_key
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import CustomField, FieldType, Scope, User

TAKES: Final[dict[FieldType, frozenset[FieldType]]] = {
    "text": frozenset({"text", "number", "boolean", "date", "single_select", "multi_select"}),
    "number": frozenset({"text", "number", "date"}),
    "boolean": frozenset({"text", "boolean"}),
    "date": frozenset({"text", "date", "number"}),
    "single_select": frozenset({"text", "single_select", "multi_select"}),
    "multi_select": frozenset({"multi_select"}),
}
"""The field types that can hold values of an attribute, by the type that suits it best."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is checked against; `admins` (id → e-mail) and `attributes` are None before the first scan."""

    users: Sequence[User]
    fields: Sequence[CustomField]
    admins: Mapping[str, str | None] | None = None
    attributes: Mapping[tuple[PlanScope, str], FieldType] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something at a key of the plan that is allowed but may not be meant."""

    key: str
    warning: str


def check_plan(plan: Plan, facts: PlanFacts) -> tuple[list[Problem], list[Notice]]:
    """Every error and every warning of a plan that its text alone does not show."""
    errors = [*_admin_errors(plan, facts)]
    warnings = [*_admin_warnings(plan, facts)]
    for scope in SCOPES:
        errors += _field_errors(plan, facts, scope)
        warnings += _field_warnings(plan, facts, scope)
    return errors, warnings


def _admin_errors(plan: Plan, facts: PlanFacts) -> Iterator[Problem]:
    users = {normal_email(user.email): user for user in facts.users if user.email and user.state != "historical"}
    known = ", ".join(sorted(users)) or "none yet: add one with `ochre-tui team add`"
    for admin, entry in plan.admins.items():
        if entry.action == "match" and normal_email(entry.user or "") not in users:
            yield Problem(
                toml_key(("admins", admin, "user")),
                f"{clean_line(entry.user or '')} is no user in Ochre; known: {known}",
            )
        if entry.action == "invite" and facts.admins is not None and admin in facts.admins:
            yield from _invitation_errors(admin, facts.admins[admin], users)


def _invitation_errors(admin: str, email: str | None, users: Mapping[str, User]) -> Iterator[Problem]:
    key = toml_key(("admins", admin, "action"))
    if not email or "@" not in email:
        yield Problem(key, 'this admin has no e-mail address to invite: use "match" or "skip"')
        return
    user = users.get(normal_email(email))
    if user and admin not in user.intercom_admin_ids:
        yield Problem(key, f'{clean_line(email)} is in Ochre already: use action = "match" with that user')


def _admin_warnings(plan: Plan, facts: PlanFacts) -> Iterator[Notice]:
    if facts.admins is None:
        return
    for admin in plan.admins:
        if admin not in facts.admins:
            yield Notice(toml_key(("admins", admin)), "no admin of this id was found in Intercom (bots need no entry)")
    for admin, email in facts.admins.items():
        if admin not in plan.admins:
            who = clean_line(email or "this admin")
            yield Notice(toml_key(("admins", admin)), f"no entry: {who} is kept by name only, as with skip")


def _field_errors(plan: Plan, facts: PlanFacts, scope: PlanScope) -> Iterator[Problem]:
    existing = {field.key: field for field in facts.fields if field.scope == SCOPES[scope]}
    used: dict[str, str] = {}
    for name, entry in plan.fields.of(scope).items():
        if entry.action == "skip" or entry.key is None:
            continue
        key = toml_key(("fields", scope, name, "key"))
        if entry.key in used:
            yield Problem(key, f"{used[entry.key]} goes to {entry.key} already: each attribute needs its own field")
            continue
        used[entry.key] = toml_key(("fields", scope, name))
        error = _creation_error(name, existing.get(entry.key)) if entry.action == "create" else None
        if entry.action == "map":
            error = _mapping_error(entry, existing, SCOPES[scope], _best_type(facts, scope, name))
        if error:
            yield Problem(key, error)


def _creation_error(name: str, field: CustomField | None) -> str | None:
    # A field that an earlier run of this plan made carries the attribute's name.
    if field is None or field.source_name == name:
        return None
    return f'Ochre has a field {field.key} already: use action = "map", or another key'


def _mapping_error(
    entry: FieldEntry, existing: Mapping[str, CustomField], scope: Scope, best: FieldType | None
) -> str | None:
    field = existing.get(entry.key or "")
    if field is None:
        known = ", ".join(sorted(existing)) or "none"
        return f"Ochre has no {scope} field {clean_line(entry.key or '')}; known: {known}"
    if best is not None and field.type not in TAKES[best]:
        fitting = ", ".join(sorted(TAKES[best]))
        return f"{field.key} is a {field.type} field, which can't hold this attribute; it needs one of: {fitting}"
    return None


def _field_warnings(plan: Plan, facts: PlanFacts, scope: PlanScope) -> Iterator[Notice]:
    if facts.attributes is None:
        return
    entries = plan.fields.of(scope)
    for name, entry in entries.items():
        best = _best_type(facts, scope, name)
        if best is None:
            yield Notice(toml_key(("fields", scope, name)), f"Intercom has no {scope} attribute of this name")
        elif entry.action == "create" and entry.type is not None and entry.type not in TAKES[best]:
            yield Notice(
                toml_key(("fields", scope, name, "type")),
                f"a {entry.type} field can't hold this attribute's values: they are kept as unmapped",
            )
        elif entry.action == "create" and entry.type in SELECTS and best == "text":
            yield Notice(
                toml_key(("fields", scope, name, "type")),
                "this attribute is free text: values that are none of the options are kept as unmapped",
            )
    for of, name in facts.attributes:
        if of == scope and name not in entries:
            yield Notice(toml_key(("fields", scope, name)), "no entry: its values are kept as unmapped")


def _best_type(facts: PlanFacts, scope: PlanScope, name: str) -> FieldType | None:
    return facts.attributes.get((scope, name)) if facts.attributes is not None else None
