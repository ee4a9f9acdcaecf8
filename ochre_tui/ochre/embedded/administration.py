"""The team of an embedded workspace: the users that Intercom's admins can be matched to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard, get_args

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.core.text_file import csv_rows, read_csv_text, shown_errors
from ochre_tui.ochre.columns import CUSTOM_FIELDS, USERS
from ochre_tui.ochre.embedded.workspace import BY_HAND, EmbeddedWorkspace
from ochre_tui.ochre.ids import field_id, user_id
from ochre_tui.ochre.records import CustomField, FieldType, Role, Scope, User

ROLES: tuple[Role, ...] = get_args(Role)
DEFAULT_ROLE: Role = "agent"
_HEADER = ["email", "name", "role"]
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_LONGEST_EMAIL = 254
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class _Member:
    """What was entered; an empty name or role keeps the one that a known user has."""

    email: str
    name: str | None
    role: Role | None


def add_user(workspace: EmbeddedWorkspace, email: str, name: str | None = None, role: str | None = None) -> User:
    """Add a team member, or update the one with this e-mail; UsageError when a value is no good.

    Where `name` or `role` is None, a known user keeps its own; a new one is an agent.
    """
    member, errors = _checked(email, name or "", role or "")
    if errors:
        raise UsageError(errors[0], advice=f"Give an e-mail address and one of the roles {', '.join(ROLES)}.")
    return _put(workspace, [member])[0]


def import_csv(workspace: EmbeddedWorkspace, file: Path) -> list[User]:
    """Add or update the users in a CSV file with the header `email,name,role`: all of them, or none.

    Raises UsageError that names every bad line (the first 20) by its number.
    """
    members, errors = _parsed(read_csv_text(file))
    if errors:
        raise UsageError(
            f"{file.name} can't be imported: {shown_errors(errors)}",
            meaning="No user was added or changed.",
            advice="Correct these lines, then import the file again.",
        )
    return _put(workspace, members)


def _put(workspace: EmbeddedWorkspace, members: list[_Member]) -> list[User]:
    users = [_user(workspace.record(USERS, user_id(member.email)), member) for member in members]
    workspace.put(BY_HAND, users)
    return users


def _user(known: User | None, member: _Member) -> User:
    if known is None:
        return User(user_id(member.email), member.email, member.name, member.role or DEFAULT_ROLE, "active")
    return replace(
        known,
        email=member.email,
        name=member.name or known.name,
        role=member.role or known.role or DEFAULT_ROLE,
        state="active",
    )


def _parsed(text: str) -> tuple[list[_Member], list[str]]:
    members: list[_Member] = []
    errors: list[str] = []
    lines_by_id: dict[str, int] = {}
    for line, row in csv_rows(text, _header_problem, errors):
        member, problems = _checked(row["email"], row["name"], row["role"])
        errors += (f"line {line}: {problem}" for problem in problems)
        first = lines_by_id.setdefault(user_id(member.email), line)
        if first != line and not problems:
            errors.append(f"line {line}: {clean_line(member.email)} is on line {first} already")
        members.append(member)
    return members, errors


def _header_problem(header: Sequence[str]) -> str | None:
    if [name.casefold() for name in header] == _HEADER:
        return None
    expected = ",".join(_HEADER)
    if not header:
        return f"the header {expected} is missing"
    return f"the header must be {expected}, not {clean_line(','.join(header))}"


def _checked(email: str, name: str, role: str) -> tuple[_Member, list[str]]:
    email, name, role = (storable(value).strip() for value in (email, name, role))
    errors = []
    if not _EMAIL.fullmatch(email) or len(email) > _LONGEST_EMAIL or not email.isprintable():
        errors.append(f"{clean_line(email)} is no e-mail address" if email else "the e-mail address is missing")
    if len(name) > _LONGEST_NAME:
        errors.append(f"the name is longer than {_LONGEST_NAME} characters")
    known_role = role if _is_role(role) else None
    if role and known_role is None:
        errors.append(f"{clean_line(role)} is no role ({', '.join(ROLES)})")
    return _Member(email, name or None, known_role), errors


def _is_role(value: str) -> TypeGuard[Role]:
    return value in ROLES


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates, which can't be stored, replaced by U+FFFD."""
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SELECTS = {"single_select", "multi_select"}


def add_field(
    workspace: EmbeddedWorkspace,
    scope: Scope,
    key: str,
    type: FieldType,  # noqa: A002 - the word of the contract and of the record
    label: str | None = None,
    options: Sequence[str] = (),
) -> CustomField:
    """Add a custom field, or update the label and options of the one with this key; UsageError when that can't be.

    Without a label a new field is labelled by its key.
    """
    options = tuple(storable(option).strip() for option in options)
    known = workspace.record(CUSTOM_FIELDS, field_id(scope, key))
    _check(key, type, options, known)
    field = CustomField(
        id=field_id(scope, key),
        scope=scope,
        key=key,
        label=storable(label or "").strip() or (known.label if known else key),
        type=type,
        options=options or (known.options if known else ()),
        source_name=known.source_name if known else None,
    )
    workspace.put(BY_HAND, [field])
    return field


def _check(key: str, kind: FieldType, options: Sequence[str], known: CustomField | None) -> None:
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"{clean_line(key)} is no key for a field",
            advice="Use up to 63 lower-case letters, digits and underscores, a letter first.",
        )
    if known and known.type != kind:
        raise UsageError(
            f"The {known.scope} field {key} is of type {known.type}; a field keeps its type",
            advice="Choose another key for a field of another type.",
        )
    if kind in _SELECTS and not (options or known):
        raise UsageError(f"A {kind} field needs options", advice="Name each with --option.")
    if kind not in _SELECTS and options:
        raise UsageError(f"A {kind} field has no options", advice="Leave the options out, or choose single_select.")
    if "" in options or len(set(options)) != len(options):
        raise UsageError("The options must differ from each other, and none may be empty")
