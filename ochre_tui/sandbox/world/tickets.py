"""Tickets: those that are conversations too, and those that no conversation list shows."""

from __future__ import annotations

from typing import Any

from ochre_tui.sandbox.world.conversation import Story
from ochre_tui.sandbox.world.index import FIRST_ID, ID_STEP, IndexRow
from ochre_tui.sandbox.world.reference_data import ticket_states, ticket_types

Json = dict[str, Any]


def hidden_ticket(app: str, seed: int, number: int, at: int, admin_id: str) -> Json:
    """A back-office or tracker ticket that exists in the tickets API alone."""
    ticket_id = str(FIRST_ID - (number + 1) * ID_STEP - seed % 1000)
    category = ("Back-office", "Tracker")[number % 2]
    attributes = {
        "_default_title_": f"Refund approval {number}",
        "_default_description_": "Please approve.",
        "Pallets": None,
    }
    return _ticket(
        app, ticket_id, 900_000 + number, category, attributes, [], at, at + 5000, int(admin_id), number % 3 == 0
    )


def ticket_of(app: str, story: Story) -> Json:
    """The ticket that a conversation is."""
    row: IndexRow = story.row
    embedded = story.ticket or {"custom_attributes": {}}
    attributes = {name: entry["value"] for name, entry in embedded["custom_attributes"].items()}
    return _ticket(
        app,
        row.id,
        row.number + 1,
        "Customer",
        attributes,
        list(row.contact_ids),
        row.created_at,
        row.updated_at,
        row.admin_assignee_id,
        row.open,
    )


def _ticket(
    app: str,
    ticket_id: str,
    visible: int,
    category: str,
    attributes: Json,
    contacts: list[str],
    created_at: int,
    updated_at: int,
    assignee: int,
    is_open: bool,
) -> Json:
    return {
        "type": "ticket",
        "id": ticket_id,
        "ticket_id": str(visible),
        "category": category,
        "ticket_attributes": attributes,
        "ticket_state": ticket_states()[1 if is_open else 3],
        "ticket_type": next(row for row in ticket_types(app) if row["category"] == category),
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": contact, "external_id": None} for contact in contacts],
        },
        "admin_assignee_id": assignee,
        "team_assignee_id": 0,
        "created_at": created_at,
        "updated_at": updated_at,
        "open": is_open,
        "snoozed_until": None,
        "linked_objects": {"type": "list", "total_count": 0, "has_more": False, "data": []},
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
        "is_shared": category == "Customer",
        "previous_ticket_state_id": None,
    }
