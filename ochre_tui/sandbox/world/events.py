"""The parts that are no messages: every part type that Intercom is known to have, and one that it may have some day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ochre_tui.sandbox.world.staff import Staff

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """`by` is who did it: admin, customer, bot, or nobody."""

    kind: str
    by: str = "admin"
    assigned: str = ""
    details: Json | None = None


def _attribute(name: str, value: str, previous: str | None, **more: Json) -> Json:
    return {"attribute": {"name": name}, "value": {"name": value, "previous": previous}, **more}


_FLOW: Final[Json] = {"name": "Triage & route"}

EVENTS: Final[tuple[Event, ...]] = (
    Event("assignment", assigned="admin"),
    Event("assignment", assigned="team"),
    Event("assignment", assigned="nobody"),
    Event("assign_and_reopen", assigned="admin"),
    Event("assign_and_unsnooze", assigned="admin"),
    Event("default_assignment", "bot", "team"),
    Event("away_mode_assignment", "bot", "team"),
    Event("workflow_assignment", "bot", "admin"),
    Event("open", "customer"),
    Event("close"),
    Event("snoozed"),
    Event("unsnoozed"),
    Event("timer_unsnooze", "bot"),
    Event("user_became_idle", "bot"),
    Event("merged_primary_conversation"),
    Event("participant_added"),
    Event("participant_removed"),
    Event("conversation_rating_changed", "customer"),
    Event("conversation_rating_remark_added", "customer"),
    Event("conversation_attribute_updated_by_admin", details=_attribute("Issue type", "Bug", "Question")),
    Event("conversation_attribute_updated_by_user", "customer", details=_attribute("Order number", "48311", None)),
    Event(
        "conversation_attribute_updated_by_workflow",
        "bot",
        details=_attribute("Copilot used", "true", None, workflow=_FLOW),
    ),
    Event("attribute_collector", "bot"),
    Event("attribute_collected", "customer"),
    Event("conversation_tags_updated"),
    Event("priority_changed"),
    Event("priority_changed_by_rule", "bot"),
    Event("language_detection_details", "bot"),
    Event("conversation_sla_applied_by_rule", "bot"),
    Event("conversation_sla_applied_by_workflow", "bot"),
    Event("conversation_sla_removed"),
    Event("conversation_sla_target_missed", "bot"),
    Event(
        "operator_workflow_event",
        "bot",
        details={"workflow": _FLOW, "event": {"type": "wait_finished", "result": "ok"}},
    ),
    Event("custom_action_started", "bot", details={"action": {"name": "Look up order"}}),
    Event("custom_action_finished", "bot", details={"action": {"name": "Look up order", "result": "success"}}),
    Event("resolution_bot_found_no_answer", "bot"),
    Event("ticket_state_updated_by_admin"),
    Event("ticket_attribute_updated_by_admin"),
    Event("call_summary", "bot"),
    Event("hologram_projected", "nobody", details={"hologram": {"colour": "teal"}}),
)


def assigned_to(staff: Staff, what: str, turn: int) -> Json | None:
    match what:
        case "admin":
            return {"type": "admin", "id": staff.admins[turn % len(staff.admins)].id}
        case "team":
            return {"type": "team", "id": staff.teams[turn % len(staff.teams)][0]}
        case "nobody":
            return {"type": "nobody_admin", "id": None}
        case _:
            return None
