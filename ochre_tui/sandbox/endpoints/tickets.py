"""Tickets: conversations underneath, except for those that no conversation list shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.endpoints.conversations import MOST_PARTS
from ochre_tui.sandbox.exchange import ApiError, Call, Json, Reply, answer
from ochre_tui.sandbox.search import Field, Hits, Language, described, gather, read_request
from ochre_tui.sandbox.site import Site


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

    hits = site.searches.get(("tickets", request.sort, orjson.dumps(query)), find)
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
    own = site.world.ticket(ident)
    if own is None:
        raise ApiError(404, "ticket_not_found", "Ticket not found")
    parts = own["ticket_parts"]
    newest = {**parts, "ticket_parts": parts["ticket_parts"][-MOST_PARTS:]}
    return versions.ticket({**own, "ticket_parts": newest}, version)


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
