"""The shapes of API versions 2.11 to 2.15, made from those of 2.16."""

from __future__ import annotations

from typing import Any

from ochre_tui.sandbox.exchange import Json

LATEST = "2.16"
SUPPORTED = ("2.11", "2.12", "2.13", "2.14", "2.15", "2.16")

_STATISTICS_2_13 = (
    "handling_time",
    "adjusted_handling_time",
    "assigned_team_first_response_time",
    "assigned_team_first_response_time_in_office_hours",
)
_PARTS_2_13 = ("state", "tags", "event_details", "email_message_metadata", "app_package_code")
_CONVERSATIONS_2_16 = (
    "channel",
    "external_references",
    "sales_agent",
    "sales_agent_participated",
    "monitor_evaluations",
    "scorecards",
)
_SOURCES_2_16 = ("recipients", "reply_to", "email_message_metadata")
_RESOLUTIONS_2_15 = {"escalated", "negative_feedback", "procedure_handoff"}


def minor(version: str) -> int:
    """15 for "2.15"."""
    return int(version.partition(".")[2])


def conversation(full: Json, version: str) -> Json:
    """A conversation as `version` shows it; `full` stays as it is."""
    age = minor(version)
    if age >= 16:
        return full
    out = without(full, _CONVERSATIONS_2_16)
    out["priority"] = "priority" if full.get("priority") in {"priority", "high", "urgent"} else "not_priority"
    for key in ("admin_assignee_id", "team_assignee_id"):
        out[key] = out.get(key) or None
    if isinstance(source := full.get("source"), dict):
        out["source"] = without(source, _SOURCES_2_16)
    if isinstance(parts := full.get("conversation_parts"), dict):
        shown = [_part(part, age) for part in parts.get("conversation_parts", [])]
        out["conversation_parts"] = {**parts, "conversation_parts": shown}
    if age < 15:
        out.pop("company", None)
        out["ai_agent"] = _ai_agent(full.get("ai_agent"))
    if age < 13 and isinstance(statistics := full.get("statistics"), dict):
        out["statistics"] = without(statistics, _STATISTICS_2_13)
    return out


def _part(part: Any, age: int) -> Any:
    if not isinstance(part, dict):
        return part
    out = dict(part)
    if age < 15 and isinstance(metadata := out.get("email_message_metadata"), dict):
        out["email_message_metadata"] = without(metadata, ("message_id",))
    if age < 14:
        out.pop("metadata", None)
        if isinstance(author := out.get("author"), dict):
            out["author"] = without(author, ("from_ai_agent", "is_ai_answer"))
    return without(out, _PARTS_2_13) if age < 13 else out


def _ai_agent(agent: Any) -> Any:
    if isinstance(agent, dict) and agent.get("resolution_state") in _RESOLUTIONS_2_15:
        return {**agent, "resolution_state": "routed_to_team"}
    return agent


def contact(full: Json, version: str) -> Json:
    """A contact as `version` shows it."""
    age = minor(version)
    if age >= 16:
        return full
    out = without(full, ("merge_history",))
    owner = full.get("owner_id")
    out["owner_id"] = int(owner) if isinstance(owner, str) and owner.isdigit() else owner
    if age == 11:
        out["formatted_phone"] = full.get("phone")
    return out


def company(full: Json, version: str) -> Json:
    """A company as `version` shows it."""
    return full if minor(version) >= 16 else without(full, ("notes",))


def admin(full: Json, version: str, *, with_avatar: bool) -> Json:
    """An admin as `version` shows it: the avatar only on request, an object up to 2.11, an address since."""
    out = without(full, ("avatar",))
    if with_avatar:
        avatar = full.get("avatar")
        address = avatar.get("image_url") if isinstance(avatar, dict) else avatar
        out["avatar"] = {"type": "avatar", "image_url": address} if minor(version) <= 11 and address else address
    return out if minor(version) >= 16 else without(out, ("role",))


def ticket(full: Json, version: str) -> Json:
    """A ticket as `version` shows it: text ids up to 2.15, one word for its state in 2.11."""
    age = minor(version)
    if age >= 16:
        return full
    out = without(full, ("previous_ticket_state_id",))
    for key in ("admin_assignee_id", "team_assignee_id"):
        out[key] = str(full.get(key) or 0)
    state = full.get("ticket_state")
    if age == 11 and isinstance(state, dict):
        out["ticket_state"] = state.get("category")
        out["ticket_state_internal_label"] = state.get("internal_label")
        out["ticket_state_external_label"] = state.get("external_label")
    return out


def conversation_attribute(definition: Json) -> Json:
    """A conversation attribute as `/data_attributes?model=conversation` showed it up to 2.15."""
    types = {"list": "string", "decimal": "float", "datetime": "date", "relationship": "string", "files": "string"}
    name = definition["name"]
    out = {
        "type": "data_attribute",
        "model": "conversation",
        "full_name": f"custom_attributes.{name}",
        "label": name,
        "custom": True,
        "api_writable": True,
        "messenger_writable": False,
        "ui_writable": True,
        "data_type": types.get(definition["data_type"], definition["data_type"]),
    }
    shared = ("id", "name", "description", "archived", "created_at", "updated_at", "admin_id")
    out.update({key: definition[key] for key in shared if key in definition})
    if definition.get("options") is not None:
        out["options"] = [option["label"] for option in definition["options"] if not option.get("archived")]
    return out


def without(full: Json, keys: tuple[str, ...]) -> Json:
    """A copy that lacks `keys`."""
    return {key: value for key, value in full.items() if key not in keys}
