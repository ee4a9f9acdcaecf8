"""What a changed plan means for what is imported already, and which command applies the change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from ochre_tui.migration.plan.model import SCOPES, AdminEntry, Plan, PlanScope, toml_key
from ochre_tui.migration.session import Session
from ochre_tui.ochre.ids import normal_email

_RUN: Final = "run"
_ATTRIBUTION: Final = "resync attribution"
_FIELDS: Final = "resync fields"

_IMPORT_EFFECTS: Final[dict[str, str]] = {
    "range": "which conversations are imported; those in Ochre already stay there",
    "states": "which conversations are imported; those in Ochre already stay there",
    "exclude_closed_older_than_days": "which conversations are imported; those in Ochre already stay there",
    "channels": "which conversations are imported; those in Ochre already stay there",
    "contacts": "which contacts are imported; those in Ochre already stay there",
    "saved_replies": "whether macros are imported; those in Ochre already stay there",
    "deleted": "whether what was deleted in Intercom is taken out of Ochre; what was taken out stays out",
}


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A changed key, what it affects, and the command (as typed after `ochre-tui`) that applies it."""

    key: str
    affects: str
    command: str


def changes(old: Plan, new: Plan) -> list[PlanChange]:
    """Every difference between two plans, in the plan's order."""
    result = [*_import_changes(old, new), *_admin_changes(old, new)]
    for scope in SCOPES:
        result += _field_changes(old, new, scope)
    return result


def _import_changes(old: Plan, new: Plan) -> Iterator[PlanChange]:
    for key, effect in _IMPORT_EFFECTS.items():
        if _as_set(getattr(old.import_, key)) != _as_set(getattr(new.import_, key)):
            yield PlanChange(toml_key(("import", key)), effect, _RUN)
    for key, what in (("attachments", "files"), ("inline_images", "images inside messages")):
        if getattr(old.import_, key) == getattr(new.import_, key):
            continue
        wanted = getattr(new.import_, key)
        effect = f"{what} left out so far are fetched" if wanted else f"no more {what} are fetched; stored ones stay"
        yield PlanChange(toml_key(("import", key)), effect, _RUN)
    if old.pace != new.pace:
        yield PlanChange("pace", "how fast later runs go; one under way keeps its quiet hours", _RUN)


def _as_set(value: object) -> object:
    # The order of states and channels means nothing.
    return frozenset(value) if isinstance(value, tuple) else value


def _admin_changes(old: Plan, new: Plan) -> Iterator[PlanChange]:
    for admin in [*old.admins, *(admin for admin in new.admins if admin not in old.admins)]:
        if _becomes(old.admins.get(admin)) != _becomes(new.admins.get(admin)):
            effect = "who is shown as author and assignee of this admin's messages and conversations"
            yield PlanChange(toml_key(("admins", admin)), effect, _ATTRIBUTION)


def _becomes(entry: AdminEntry | None) -> tuple[str, str | None]:
    """What counts of an entry; having none is as good as skipping."""
    if entry is None or entry.action == "skip":
        return "skip", None
    return entry.action, normal_email(entry.user or "") if entry.action == "match" else entry.role


def _field_changes(old: Plan, new: Plan, scope: PlanScope) -> Iterator[PlanChange]:
    was, now = old.fields.of(scope), new.fields.of(scope)
    for name in [*was, *(name for name in now if name not in was)]:
        if was.get(name) != now.get(name):
            effect = f"where this attribute's values go in every {SCOPES[scope]} that has one"
            yield PlanChange(toml_key(("fields", scope, name)), effect, _FIELDS)


def audit_changes(session: Session, old: Plan, new: Plan) -> None:
    """Note in the audit log each key of the plan that changed; nothing where none did."""
    if changed := changed_values(old, new):
        session.audit("plan", changed=changed)


def changed_values(old: Plan, new: Plan) -> dict[str, dict[str, Any]]:
    """The old and the new value of each key that differs, as JSON has them."""
    was, now = dict(_values(old)), dict(_values(new))
    return {
        toml_key(key): {"old": _dumped(was.get(key)), "new": _dumped(now.get(key))}
        for key in [*was, *(key for key in now if key not in was)]
        if was.get(key) != now.get(key)
    }


def _values(plan: Plan) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What is decided one by one: each choice of the import, each admin, each attribute."""
    for name in type(plan.import_).model_fields:
        yield ("import", name), getattr(plan.import_, name)
    for admin, decided in plan.admins.items():
        yield ("admins", admin), decided
    for scope in SCOPES:
        for name, entry in plan.fields.of(scope).items():
            yield ("fields", scope, name), entry


def _dumped(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True) if isinstance(value, BaseModel) else value
