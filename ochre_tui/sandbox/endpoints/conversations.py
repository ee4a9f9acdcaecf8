"""Conversations: list, search, single ones with their newest parts, deleted ones."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.exchange import JSON_TYPE, ApiError, Call, Json, Reply, answer, dump
from ochre_tui.sandbox.paging import linked, pages, per_page
from ochre_tui.sandbox.search import (
    Field,
    Hits,
    Language,
    Request,
    bounds,
    described,
    gather,
    read_cursor,
    read_request,
    write_cursor,
)
from ochre_tui.sandbox.site import Site
from ochre_tui.sandbox.world import IndexRow

MOST_PARTS = 500
Reader = Callable[[Any], Any]


def fields(site: Site) -> dict[str, Field[Any]]:
    """What conversations can be searched by; what the index lacks is read from the whole record."""

    def deep(path: str) -> Reader:
        names = path.split(".")

        def read(row: IndexRow) -> Any:
            value: Any = site.world.conversation(row.id)
            for name in names:
                value = value.get(name) if isinstance(value, dict) else None
            return value

        return read

    def teammates(row: IndexRow) -> list[Any]:
        shown = (site.world.conversation(row.id) or {}).get("teammates") or {}
        return [admin["id"] for admin in shown.get("admins", [])]

    out: dict[str, Field[Any]] = {
        "id": Field("number", lambda row: int(row.id)),
        "created_at": Field("time", lambda row: row.shown_created_at),
        "updated_at": Field("time", lambda row: row.updated_at),
        "state": Field("text", lambda row: row.state),
        "open": Field("flag", lambda row: row.open),
        "source.type": Field("text", lambda row: row.source_type),
        "admin_assignee_id": Field("text", lambda row: row.admin_assignee_id or 0),
        "tag_ids": Field("ids", lambda row: row.tag_ids),
        "contact_ids": Field("ids", lambda row: row.contact_ids),
        "statistics.count_conversation_parts": Field("number", lambda row: row.part_count),
        "teammate_ids": Field("ids", teammates),
    }
    out |= {path: Field("text", deep(path)) for path in _DEEP_TEXTS}
    out |= {path: Field("time", deep(path)) for path in _DEEP_TIMES}
    out |= {path: Field("number", deep(path)) for path in _DEEP_NUMBERS}
    return out | {path: Field("flag", deep(path)) for path in ("read", "ai_agent_participated")}


_DEEP_TEXTS = (
    *(f"source.{name}" for name in ("id", "delivered_as", "subject", "body", "url")),
    *(f"source.author.{name}" for name in ("id", "type", "name", "email")),
    *("team_assignee_id", "priority", "title", "conversation_rating.remark", "conversation_rating.contact_id"),
    *(f"ai_agent.{name}" for name in ("resolution_state", "last_answer_type", "source_type", "source_title")),
)
_DEEP_TIMES = (
    *("waiting_since", "snoozed_until", "conversation_rating.requested_at", "conversation_rating.replied_at"),
    *(f"statistics.{name}_at" for name in ("first_close", "last_close", "first_contact_reply", "last_contact_reply")),
    *(f"statistics.{name}_at" for name in ("first_admin_reply", "last_admin_reply", "first_assignment")),
)
_DEEP_NUMBERS = (
    *("conversation_rating.score", "conversation_rating.rating", "ai_agent.rating"),
    *(f"statistics.{name}" for name in ("count_reopens", "count_assignments", "time_to_admin_reply")),
)


def listed(site: Site, call: Call) -> Reply:
    """`GET /conversations`: newest-updated first; echoes `per_page` as the text it came as."""
    size = per_page(call.query.get("per_page"), default=20, most=150)
    after, page = read_cursor(call.query.get("starting_after"))
    request = Request("updated_at", True, size, after, page)
    hits = site.searches.get("all conversations", lambda: _by_update(site.world.conversation_index()))
    return _page(site, call, hits, request, echo=call.query.get("per_page"))


def search(site: Site, call: Call) -> Reply:
    """`POST /conversations/search`: times compare by the exact second."""
    body = call.json()
    known = site.tables.get("conversation fields", lambda: fields(site))
    request = read_request(body, sortable=known, default_size=20)
    query = body.get("query")
    if isinstance(query, dict) and query.get("value", "") is None and site.strike("list", call, name="no-null"):
        raise ApiError(400, "parameter_invalid", "A filter needs a value")
    inclusive = site.strike("list", call, name="inclusive") is not None
    language = Language(known, site.zone, inclusive)
    hits = site.searches.get(
        ("conversations", request.sort, inclusive, orjson.dumps(query)),
        lambda: _find(site, language, query, request.sort),
    )
    return _page(site, call, hits, request)


def _find(site: Site, language: Language[Any], query: Any, sort: str) -> Hits[IndexRow]:
    test = language.compile(query)
    low, high = bounds(query, "created_at")
    index = site.world.conversation_index()
    start = bisect_left(index, low, key=lambda row: row.created_at)
    end = bisect_right(index, high, key=lambda row: row.created_at)
    read = language.fields[sort].read
    return gather(index[start:end], test, lambda row: (_sortable(read(row)), int(row.id)))


def _by_update(index: Sequence[IndexRow]) -> Hits[IndexRow]:
    return gather(index, lambda row: True, lambda row: (float(row.updated_at), int(row.id)))


def _sortable(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _page(site: Site, call: Call, hits: Hits[IndexRow], request: Request, echo: str | None = None) -> Reply:
    rows, last = hits.after(request.after, descending=request.descending, size=request.size)
    repeated = False
    if request.after is not None and rows:
        if site.strike("list", call, name="overlap"):
            rows = [_before(hits, request) or rows[0], *rows]
        repeated = last is not None and site.strike("list", call, name="repeat-cursor") is not None
        if request.sort == "updated_at" and len(rows) > 1 and site.strike("list", call, name="shift"):
            rows = rows[:-1]
    out = described(request, len(hits.rows), last)
    if repeated and request.after is not None:
        out["next"]["starting_after"] = write_cursor(request.after, request.page)
    if echo is not None:
        out["per_page"] = echo
    tail = orjson.dumps({"total_count": len(hits.rows), "pages": out})
    items = b",".join(rendered(site, row.id, call.version)[0] + b"}" for row in rows)
    body = b'{"type":"conversation.list","conversations":[' + items + b"]," + tail[1:]
    return Reply(200, body, [JSON_TYPE])


def _before(hits: Hits[IndexRow], request: Request) -> IndexRow | None:
    """The last row of the page before."""
    assert request.after is not None
    place = bisect_left(hits.keys, request.after)
    return hits.rows[place] if place < len(hits.rows) else None


def single(site: Site, call: Call) -> Reply:
    """`GET /conversations/{id}` with at most the 500 newest parts."""
    if not call.arg.isdigit():
        raise ApiError(404, "not_found", "Resource Not Found")
    if "display_as=plaintext" in call.query_string:
        return answer(_plain(_shown(site, call.arg, call.version)))
    head, parts = rendered(site, call.arg, call.version)
    return Reply(200, head + parts, [JSON_TYPE])


def deleted(site: Site, call: Call) -> Reply:
    """`GET /conversations/deleted`: numbered pages, the latest first."""
    rows = sorted(site.world.deleted_conversations(), key=lambda row: (row["deleted_at"], int(row["id"])))
    if call.query.get("order", "desc") != "asc":
        rows = rows[::-1]
    shown, out = linked(call, rows, default=20, most=60)
    total = len(rows)
    return answer({"type": "conversations.list", "conversations": list(shown), "total_count": total, "pages": out})


def side_conversations(site: Site, call: Call) -> Reply:
    """`GET /conversations/{id}/side_conversations`: nobody here opens any."""
    _shown(site, call.arg, call.version)
    return answer({"type": "side_conversation.list", "side_conversations": [], "pages": pages(1, 50, 0)})


def handling_events(site: Site, call: Call) -> Reply:
    """`GET /conversations/{id}/handling_events`: none are recorded here."""
    _shown(site, call.arg, call.version)
    return answer({"handling_events": []})


def rendered(site: Site, ident: str, version: str) -> tuple[bytes, bytes]:
    """A conversation's signed JSON in two pieces: what lists show (its last brace missing), and the parts."""
    key = (ident, version, site.signer.expires())
    return site.rendered.get(key, lambda: _render(site, _shown(site, ident, version)))


def _render(site: Site, shown: Json) -> tuple[bytes, bytes]:
    parts = dump(shown.pop("conversation_parts"))
    head = dump(shown)[:-1]
    return site.signer.sign(head), site.signer.sign(b',"conversation_parts":' + parts + b"}")


def _shown(site: Site, ident: str, version: str) -> Json:
    full = site.world.conversation(ident)
    if full is None:
        raise ApiError(404, "not_found", "Resource Not Found")
    out = dict(full)
    parts = out.get("conversation_parts") or {"type": "conversation_part.list", "conversation_parts": []}
    every = parts["conversation_parts"]
    newest = every[-MOST_PARTS:]
    out["conversation_parts"] = {**parts, "conversation_parts": newest, "total_count": len(every)}
    return versions.conversation(out, version)


def _plain(shown: Json) -> Json:
    """`display_as=plaintext`: bodies and subjects without markup, images lost."""
    carriers = [shown.get("source"), *shown["conversation_parts"]["conversation_parts"]]
    for carrier in carriers:
        if isinstance(carrier, dict):
            for name in ("body", "subject"):
                if isinstance(carrier.get(name), str):
                    carrier[name] = re.sub(r"<[^>]*>", "", carrier[name])
    return shown
