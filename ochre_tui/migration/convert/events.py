"""What happened in a part: as much as Intercom tells."""

from __future__ import annotations

from typing import Any

from ochre_tui.intercom.models import Part, Ref, decoded, scrub
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.fields import is_nothing, storable
from ochre_tui.migration.convert.part_order import Entry
from ochre_tui.migration.convert.tags import tag_names
from ochre_tui.ochre.records import JsonObject, JsonValue

# Part types that say of a message that it did something besides.
_DEEDS = frozenset(
    {
        "assignment",
        "assign_and_reopen",
        "assign_and_unsnooze",
        "default_assignment",
        "away_mode_assignment",
        "workflow_assignment",
        "note_and_reopen",
        "note_and_unsnooze",
        "open",
        "close",
        "snoozed",
        "unsnoozed",
        "timer_unsnooze",
    }
)
_ANSWER = "quick_reply_uuid"


def event(entry: Entry, lookups: Lookups) -> JsonObject:
    """The details of an event: `type` always, the rest as far as given."""
    details: JsonObject = {"type": entry.source_type}
    part = entry.part
    if part is None:
        return details
    details |= _changes(part, lookups)
    details |= _given(part.metadata, {"type", "quick_reply_options", _ANSWER})
    if part.state:
        details["state"] = part.state
    if tags := _tags(part, lookups):
        details["tags"] = tags
    return details


def deed(entry: Entry, lookups: Lookups) -> JsonObject | None:
    """The details of what a reply or a note did besides; None where it did nothing."""
    part = entry.part
    if part is None or not (part.part_type in _DEEDS or _changes(part, lookups)):
        return None
    details = event(entry, lookups)
    details.pop("tags", None)  # the message has them itself
    return details


def assigned_to(ref: Ref, lookups: Lookups) -> JsonObject:
    """To whom a conversation was assigned, by the name that they have in Ochre; ids and kinds are Intercom's."""
    name = decoded(ref.name) if ref.name else None
    if ref.id and ref.type == "team":
        name = lookups.teams.get(ref.id, name)
    elif ref.id and ref.id in lookups.staff:
        name = lookups.staff[ref.id].name
    return {"kind": ref.type, "id": ref.id, "name": name}


def _changes(part: Part, lookups: Lookups) -> JsonObject:
    details: JsonObject = {}
    if part.assigned_to:
        details["assigned_to"] = assigned_to(part.assigned_to, lookups)
    if options := _options(part.metadata):
        details["options"] = options
    details |= _given(part.event_details, {"type", "attribute", "value"})
    details |= _attribute(part)
    for name, raw in (("ticket_state", part.ticket_state), ("previous_ticket_state", part.previous_ticket_state)):
        if raw:
            details[name] = storable(raw)
    return details


def _options(metadata: dict[str, Any]) -> list[JsonValue]:
    """The texts that a customer could choose from."""
    given = metadata.get("quick_reply_options")
    texts = [_field(option, "text") for option in given] if isinstance(given, list) else []
    return [storable(text) for text in texts if isinstance(text, str) and text]


def _given(details: dict[str, Any], known: set[str]) -> JsonObject:
    """What else is told, under Intercom's names."""
    return {scrub(key): storable(value) for key, value in details.items() if key not in known and value}


def _attribute(part: Part) -> JsonObject:
    """The attribute that was changed, its new value and the previous one, which Intercom does not tell of tickets."""
    if changed := part.updated_attribute_data:
        return _change(_label(changed.get("attribute")), _label(changed.get("value")), None)
    attribute, value = part.event_details.get("attribute"), part.event_details.get("value")
    if is_nothing(attribute) and is_nothing(value):
        return {}
    previous = value.get("previous") if isinstance(value, dict) else None
    return _change(_field(attribute, "name"), _field(value, "name"), previous)


def _change(attribute: Any, value: Any, previous: Any) -> JsonObject:
    return {"attribute": storable(attribute), "value": storable(value), "previous": storable(previous)}


def _field(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else value


def _label(value: Any) -> Any:
    return value.get("label") or value.get("name") if isinstance(value, dict) else value


def _tags(part: Part, lookups: Lookups) -> list[JsonValue]:
    return list(tag_names(part.tags, lookups.tags))
