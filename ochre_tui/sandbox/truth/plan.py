"""What the operator decided, as far as the outcome depends on it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ochre_tui.sandbox.truth.values import Field
from ochre_tui.sandbox.world import World
from ochre_tui.sandbox.world.reference_data import COMPANY_ATTRIBUTES, CONTACT_ATTRIBUTES, CONVERSATION_ATTRIBUTES

Json = dict[str, Any]

_TYPES: Final = {
    "integer": "number",
    "float": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
}
_SCOPES: Final = {"contact": "customer", "company": "company", "conversation": "conversation"}
_WITH_LISTS: Final = "Affected product 📦"


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the Ochre workspace."""

    email: str
    name: str | None
    role: str


@dataclass(frozen=True, slots=True)
class TruthPlan:
    """Who an admin becomes and where an attribute goes; everything is in scope.

    `admins`: the Ochre user's e-mail by Intercom admin id, None for skipped. `invited`: the role of those admins who
    are invited under their own e-mail. `fields`: by scope (customer, company, conversation) and Intercom's name, None
    for skipped; names that are not there have no plan entry.
    """

    team: tuple[Member, ...] = ()
    admins: Mapping[str, str | None] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], Field | None] = field(default_factory=dict)
    invited: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def default(cls, world: World, team: Iterable[tuple[str, str | None, str]]) -> TruthPlan:
        """What accepting every suggestion comes to, for the given users (e-mail, name, role)."""
        members = tuple(Member(*member) for member in team)
        admins = {admin.id: _match(admin.email, admin.name, members) for admin in world.staff.admins}
        fields: dict[tuple[str, str], Field | None] = {}
        for scope, attributes in (
            ("customer", CONTACT_ATTRIBUTES),
            ("company", COMPANY_ATTRIBUTES),
            ("conversation", CONVERSATION_ATTRIBUTES),
        ):
            for name, data_type, options, archived in attributes:
                if not archived:
                    fields[scope, name] = Field(_key(name), _type(name, data_type, options), options)
        return cls(members, admins, fields)

    @classmethod
    def from_toml(cls, plan: str, team: Iterable[tuple[str, str | None, str]]) -> TruthPlan:
        """The decisions in a `plan.toml`, for the given users (e-mail, name, role)."""
        read = tomllib.loads(plan)
        entries = read.get("admins", {})
        fields = {
            (_SCOPES[scope], name): None
            if entry["action"] == "skip"
            else Field(entry["key"], entry.get("type", "text"), tuple(entry.get("options", ())))
            for scope, names in read.get("fields", {}).items()
            for name, entry in names.items()
        }
        return cls(
            tuple(Member(*member) for member in team),
            {admin: entry.get("user") if entry["action"] == "match" else None for admin, entry in entries.items()},
            fields,
            {admin: entry.get("role", "agent") for admin, entry in entries.items() if entry["action"] == "invite"},
        )

    @classmethod
    def from_json(cls, plan: Json) -> TruthPlan:
        """The inverse of `as_json`."""
        return cls(
            tuple(Member(row["email"], row.get("name"), row["role"]) for row in plan.get("team", [])),
            plan.get("admins", {}),
            {
                (row["scope"], row["name"]): Field(row["key"], row["type"], tuple(row.get("options", ())))
                if row.get("key")
                else None
                for row in plan.get("fields", [])
            },
            plan.get("invited", {}),
        )

    def as_json(self) -> Json:
        """`{team: [{email, name, role}], admins: {id: email|null}, fields: [{scope, name, key, type, options}], …}`."""
        return {
            "team": [{"email": member.email, "name": member.name, "role": member.role} for member in self.team],
            "admins": dict(self.admins),
            "invited": dict(self.invited),
            "fields": [
                {"scope": scope, "name": name, "key": None}
                if rule is None
                else {"scope": scope, "name": name, "key": rule.key, "type": rule.type, "options": list(rule.options)}
                for (scope, name), rule in self.fields.items()
            ],
        }

    def rules(self, scope: str) -> dict[str, Field | None]:
        return {name: rule for (owner, name), rule in self.fields.items() if owner == scope}


def _match(email: str, name: str, members: tuple[Member, ...]) -> str | None:
    for member in members:
        if email and member.email.strip().casefold() == email.strip().casefold():
            return member.email
    named = [member.email for member in members if (member.name or "").strip().casefold() == name.strip().casefold()]
    return named[0] if len(named) == 1 else None


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _type(name: str, data_type: str, options: tuple[str, ...]) -> str:
    if name == _WITH_LISTS:
        return "multi_select"
    return "single_select" if options else _TYPES.get(data_type, "text")
