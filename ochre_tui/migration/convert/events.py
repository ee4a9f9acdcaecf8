"""What happened in a part that has no body: as much as Intercom tells."""

from __future__ import annotations

from typing import Any

from ochre_tui.intercom.models import Part, Ref
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.fields import storable
from ochre_tui.migration.convert.part_order import Entry
from ochre_tui.migration.convert.tags import tag_names
from ochre_tui.ochre.records import JsonObject, JsonValue


def event(entry: Entry, lookups: Lookups) -> JsonObject:
    """The event's details: `type` always, the rest as far as given."""
    details: JsonObject = {"type": entry.source_type}
    part = entry.part
    if part is None:
        return details
    if part.assigned_to:
        details["assigned_to"] = assigned_to(part.assigned_to, lookups)
    details |= _told(part.event_details)
    if part.updated_attribute_data:
        details["attribute"] = _updated(part.updated_attribute_data)
    for name, raw in (("ticket_state", part.ticket_state), ("previous_ticket_state", part.previous_ticket_state)):
        if raw:
            details[name] = storable(raw)
    if part.state:
        details["state"] = part.state
    if tags := _tags(part, lookups):
        details["tags"] = tags
    return details


def assigned_to(ref: Ref, lookups: Lookups) -> JsonObject:
    """To whom a conversation was assigned, by the name that they have in Ochre."""
    name = ref.name
    if ref.id and ref.type == "team":
        name = lookups.teams.get(ref.id, name)
    elif ref.id and ref.id in lookups.staff:
        name = lookups.staff[ref.id].name
    return {"type": ref.type, "id": ref.id, "name": name}


def _told(details: dict[str, Any]) -> JsonObject:
    """`event_details`, an attribute's name and its new and previous value drawn together."""
    told: JsonObject = {
        key: storable(value) for key, value in details.items() if key not in {"type", "attribute", "value"} and value
    }
    attribute, value = details.get("attribute"), details.get("value")
    if attribute or value:
        told["attribute"] = {
            "name": storable(_field(attribute, "name")),
            "value": storable(_field(value, "name")),
            "previous": storable(value.get("previous")) if isinstance(value, dict) else None,
        }
    return told


def _updated(data: dict[str, Any]) -> JsonObject:
    """A ticket's changed attribute; Intercom does not tell its previous value."""
    return {
        "name": storable(_field(data.get("attribute"), "label")),
        "value": storable(_field(data.get("value"), "label")),
        "previous": None,
    }


def _field(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else value


def _tags(part: Part, lookups: Lookups) -> list[JsonValue]:
    return list(tag_names(part.tags, lookups.tags))
