"""What happened in a conversation, in a line."""

from __future__ import annotations

from typing import Any

from ochre_tui.ochre.records import JsonObject

_WORDS = {
    "assignment": "assigned",
    "away_mode_assignment": "assigned, as the assignee was away",
    "close": "closed",
    "open": "opened",
    "snoozed": "snoozed",
    "unsnoozed": "woken",
    "timer_unsnooze": "woken by its timer",
    "conversation_rating_changed": "rated",
}


def told(source_type: str, event: JsonObject | None) -> str:
    """The kind of event, to whom or what it applied, and what changed."""
    details: dict[str, Any] = dict(event or {})
    text = _WORDS.get(source_type, source_type.replace("_", " "))
    assigned, attribute = details.pop("assigned_to", None), details.pop("attribute", None)
    if isinstance(assigned, dict) and assigned.get("name"):
        text += f" to {assigned['name']}"
    if isinstance(attribute, dict):
        text += f": {attribute.get('name') or 'attribute'} is now {_plain(attribute.get('value'))}"
        if attribute.get("previous") not in (None, ""):
            text += f", was {_plain(attribute['previous'])}"
    rest = [f"{name.replace('_', ' ')} {_plain(value)}" for name, value in details.items() if _simple(name, value)]
    return text + (f" ({', '.join(rest)})" if rest else "")


def _simple(name: str, value: Any) -> bool:
    return name != "type" and isinstance(value, str | int | float) and value != ""


def _plain(value: Any) -> str:
    return "empty" if value in (None, "") else str(value)
