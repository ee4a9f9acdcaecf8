"""Tickets: conversations underneath, except for those that no conversation list shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.endpoints.conversations import MOST_PARTS
from ochre_tui.sandbox.search import Field, Hits, Language, described, gather, read_request
from ochre_tui.sandbox.site import Site
from ochre_tui.sandbox.wire import ApiError, Call, Json, Reply, answer

_STATES = {"submitted": "Submitted", "in_progress": "In progress", "resolved": "Resolved"}


@dataclass(frozen=True, slots=True)
class Row:
    """What tickets are searched and sorted by."""

    id: str
    created_at: int
    updated_at: int
    open: bool
    contact_ids: tuple[str, ...]
    admin_assignee_id: Any
    category: str


FIELDS: dict[str, Field[Row]] = {
    "id": Field("number", lambda row: int(row.id)),
    "created_at": Field("time", lambda row: row.created_at),
    "updated_at": Field("time", lambda row: row.updated_at),
    "open": Field("flag", lambda row: row.open),
    "contact_ids": Field("ids", lambda row: row.contact_ids),
    "admin_assignee_id": Field("text", lambda row: row.admin_assignee_id or 0),
    "category": Field("text", lambda row: _category_word(row.category)),
}


def search(site: Site, call: Call) -> Reply:
    """`POST /tickets/search`: whole tickets with their parts, by the exact second."""
    body = call.json()
    request = read_request(body, sortable=FIELDS, default_size=20)
    query = body.get("query")
    sort = FIELDS[request.sort]

    def find() -> Hits[Row]:
        test = Language(FIELDS, site.zone).compile(query)
        rows = site.tables.get("tickets", lambda: _rows(site))
        return gather(rows, test, lambda row: (float(sort.read(row)), int(row.id)))

    hits = site.found.get(("tickets", request.sort, orjson.dumps(query)), find)
    rows, last = hits.after(request.after, descending=request.descending, size=request.size)
    data = [_ticket(site, row.id, call.version) for row in rows]
    total = len(hits.rows)
    return answer(
        {"type": "ticket.list", "tickets": data, "total_count": total, "pages": described(request, total, last)}
    )


def single(site: Site, call: Call) -> Reply:
    """`GET /tickets/{id}`."""
    return answer(_ticket(site, call.arg, call.version))


def _ticket(site: Site, ident: str, version: str) -> Json:
    for ticket in site.world.tickets_only():
        if str(ticket["id"]) == ident:
            return versions.ticket(ticket, version)
    conversation = site.world.conversation(ident) if ident.isdigit() else None
    if conversation is None or not conversation.get("ticket"):
        raise ApiError(404, "ticket_not_found", "Ticket not found")
    return versions.ticket(_from_conversation(site, conversation), version)


def _from_conversation(site: Site, conversation: Json) -> Json:
    """The ticket that a conversation is, in the shape of the tickets' own endpoints."""
    embedded = conversation["ticket"]
    kind = next((one for one in site.world.ticket_types() if one.get("name") == embedded.get("ticket_type")), None)
    parts = conversation["conversation_parts"]["conversation_parts"]
    shown = [versions.without(part, ("tags", "state", "email_message_metadata")) for part in parts[-MOST_PARTS:]]
    state = embedded.get("state") or "submitted"
    values = {name: value.get("value") for name, value in (embedded.get("custom_attributes") or {}).items()}
    return {
        "type": "ticket",
        "id": str(conversation["id"]),
        "ticket_id": str(int(conversation["id"]) % 100_000),
        "category": (kind or {}).get("category", "Customer"),
        "ticket_attributes": values,
        "ticket_state": {
            "type": "ticket_state",
            "id": "1",
            "category": state,
            "internal_label": embedded.get("ticket_custom_state_admin_label") or _STATES.get(state, state),
            "external_label": embedded.get("ticket_custom_state_user_label") or _STATES.get(state, state),
        },
        "ticket_type": kind,
        "contacts": conversation.get("contacts"),
        "admin_assignee_id": conversation.get("admin_assignee_id") or 0,
        "team_assignee_id": conversation.get("team_assignee_id") or 0,
        "created_at": conversation["created_at"],
        "updated_at": conversation["updated_at"],
        "open": conversation.get("open", False),
        "snoozed_until": conversation.get("snoozed_until"),
        "linked_objects": conversation.get("linked_objects"),
        "ticket_parts": {
            "type": "ticket_part.list",
            "ticket_parts": [{**part, "type": "ticket_part"} for part in shown],
            "total_count": len(parts),
        },
        "is_shared": True,
        "previous_ticket_state_id": None,
    }


def _rows(site: Site) -> list[Row]:
    own = [
        Row(
            row.id,
            row.created_at,
            row.updated_at,
            row.open,
            tuple(row.contact_ids),
            row.admin_assignee_id,
            "Customer",
        )
        for row in site.world.conversation_index()
        if row.is_ticket
    ]
    return own + [_row(ticket) for ticket in site.world.tickets_only()]


def _row(ticket: Json) -> Row:
    contacts = (ticket.get("contacts") or {}).get("contacts", [])
    return Row(
        str(ticket["id"]),
        ticket["created_at"],
        ticket["updated_at"],
        bool(ticket.get("open")),
        tuple(str(contact["id"]) for contact in contacts),
        ticket.get("admin_assignee_id"),
        ticket.get("category", "Back-office"),
    )


def _category_word(category: str) -> str:
    return {"Customer": "request", "Back-office": "task", "Tracker": "tracker"}.get(category, category)
