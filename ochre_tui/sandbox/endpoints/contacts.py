"""Contacts: the list, the search by whole days, single ones and their sub-lists."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.exchange import ApiError, Call, Json, Reply, answer
from ochre_tui.sandbox.paging import linked, pages, per_page
from ochre_tui.sandbox.search import Field, Language, described, gather, read_cursor, read_request, write_cursor
from ochre_tui.sandbox.site import Site

Handler = Callable[[Site, Call], Reply]
EMBEDDED = 10
_SUBLISTS = {
    "tags": "tags",
    "notes": "notes",
    "companies": "companies",
    "opted_in_subscription_types": "subscriptions",
    "opted_out_subscription_types": "subscriptions",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What contacts are searched and sorted by."""

    id: str
    values: Json


def _field(kind: Any, name: str) -> Field[Row]:
    return Field(kind, lambda row: row.values.get(name))


_TEXTS = ("id", "role", "name", "email", "phone", "external_id", "owner_id", "email_domain", "avatar")
_DAYS = ("created_at", "updated_at", "signed_up_at", "last_seen_at", "last_contacted_at", "last_replied_at")
_FLAGS = ("has_hard_bounced", "marked_email_as_spam", "unsubscribed_from_emails")
FIELDS: dict[str, Field[Row]] = {
    **{name: _field("text", name) for name in _TEXTS},
    **{name: _field("day", name) for name in _DAYS},
    **{name: _field("flag", name) for name in _FLAGS},
    "tag_id": Field("ids", lambda row: row.values["tag_ids"]),
    "segment_id": Field("ids", lambda row: ()),
}


def listed(site: Site, call: Call) -> Reply:
    """`GET /contacts`: newest first, from a cursor on (created_at, id)."""
    size = per_page(call.query.get("per_page"), default=50, most=150)
    after, page = read_cursor(call.query.get("starting_after"))
    if after is not None and site.strike("list", call, name="cursor-expired"):
        raise ApiError(400, "parameter_invalid", "The cursor has expired")
    ids = site.world.contact_ids()
    end = len(ids) if after is None else _place(site, str(after[1]))
    overlap = after is not None and site.strike("list", call, name="overlap") is not None
    rows = [_full(site, ident) for ident in reversed(ids[max(0, end - size) : end + overlap])]
    out = pages(page, size, len(ids))
    if "per_page" in call.query:
        out["per_page"] = call.query["per_page"]
    if end > size:
        last = ids[end - size]
        cursor = write_cursor((_created(site, last), last), page + 1)
        if after is not None and site.strike("list", call, name="repeat-cursor"):
            cursor = call.query["starting_after"]
        out["next"] = {"page": page + 1, "starting_after": cursor}
    return answer({"type": "list", "data": _shown(rows, call), "total_count": len(ids), "pages": out})


def search(site: Site, call: Call) -> Reply:
    """`POST /contacts/search`: dates compare by whole days of the workspace's time zone."""
    body = call.json()
    request = read_request(body, sortable=FIELDS, default_size=50)
    sort = FIELDS[request.sort]

    def find() -> Any:
        test = Language(FIELDS, site.zone).compile(body.get("query"))
        rows = site.tables.get("contacts", lambda: _rows(site))
        return gather(rows, test, lambda row: (float(sort.read(row) or 0), row.id))

    hits = site.searches.get(("contacts", request.sort, orjson.dumps(body.get("query"))), find)
    rows, last = hits.after(request.after, descending=request.descending, size=request.size)
    data = _shown([_full(site, row.id) for row in rows], call)
    out = described(request, len(hits.rows), last)
    return answer({"type": "list", "data": data, "total_count": len(hits.rows), "pages": out})


def single(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}`: 410 with the way to the survivor for one that was merged."""
    state = site.world.contact_state(call.arg)
    if isinstance(state, tuple):
        if call.version != versions.LATEST:
            raise ApiError(404, "not_found", "User Not Found")
        link = (b"link", f'</contacts/{state[1]}>; rel="canonical"'.encode())
        raise ApiError(410, "contact_merged", "Contact has been merged", headers=[link])
    return answer(_shown([_known(site, call)], call)[0])


def by_external_id(site: Site, call: Call) -> Reply:
    """`GET /contacts/find_by_external_id/{external_id}`: users only."""
    wanted = call.segments[2]
    for row in site.tables.get("contacts", lambda: _rows(site)):
        if row.values["external_id"] == wanted and row.values["role"] == "user":
            return answer(_shown([_full(site, row.id)], call)[0])
    raise ApiError(404, "not_found", "User Not Found")


def merge_history(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}/merge_history`."""
    history = _known(site, call).get("merge_history") or []
    return answer({"type": "list", "data": history, "has_more": False})


def tags(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}/tags`: in one piece, deleted tags left out."""
    names = {str(tag["id"]): tag for tag in site.world.tags()}
    carried = _members(_known(site, call), "tags")
    return answer({"type": "list", "data": [names[str(tag["id"])] for tag in carried if str(tag["id"]) in names]})


def companies(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}/companies`: numbered pages of whole companies."""
    rows = [site.world.company(str(member["id"])) for member in _members(_known(site, call), "companies")]
    return _linked(call, [versions.company(row, call.version) for row in rows if row is not None])


def notes(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}/notes`: numbered pages."""
    return _linked(call, [site.world.note(str(note["id"])) for note in _members(_known(site, call), "notes")])


def segments(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}/segments`."""
    _known(site, call)
    return answer({"type": "list", "data": []})


def subscriptions(site: Site, call: Call) -> Reply:
    """`GET /contacts/{id}/subscriptions`: explicit choices only."""
    contact = _known(site, call)
    names = ("opted_in_subscription_types", "opted_out_subscription_types")
    chosen = {str(member["id"]) for name in names for member in _members(contact, name)}
    rows = [row for row in site.world.subscription_types() if str(row["id"]) in chosen]
    return answer({"type": "list", "data": rows})


def by_reference(site: Site, call: Call, company: str) -> Reply:
    """The contacts of one company, in numbered pages."""
    table = site.tables.get("contacts", lambda: _rows(site))
    rows = [row.id for row in table if company in row.values["company_ids"]]
    shown, described_pages = linked(call, rows, default=50, most=60)
    data = _shown([_full(site, ident) for ident in shown], call)
    return answer({"type": "list", "data": data, "total_count": len(rows), "pages": described_pages})


def _linked(call: Call, rows: list[Json]) -> Reply:
    shown, described_pages = linked(call, rows, default=50, most=60)
    return answer({"type": "list", "data": list(shown), "total_count": len(rows), "pages": described_pages})


def _known(site: Site, call: Call) -> Json:
    listed_now = site.world.contact_state(call.arg) == "listed"
    contact: Json | None = site.world.contact(call.arg) if listed_now else None
    if contact is None:
        raise ApiError(404, "not_found", "User Not Found")
    return contact


def _full(site: Site, ident: str) -> Json:
    contact: Json | None = site.world.contact(ident)
    if contact is None:
        raise ApiError(500, "server_error", f"contact {ident} is listed and can't be read")
    return contact


def _shown(contacts: list[Json], call: Call) -> list[Json]:
    with_history = call.flag("include_merge_history")
    return [versions.contact(_trimmed(contact, with_history=with_history), call.version) for contact in contacts]


def _trimmed(full: Json, *, with_history: bool) -> Json:
    """A contact as lists show it: at most ten of each sub-list, and those by their ids alone."""
    out = dict(full) if with_history else versions.without(full, ("merge_history",))
    for name, tail in _SUBLISTS.items():
        members = _members(full, name)
        data = [_reference(member, name) for member in members[:EMBEDDED]]
        total, more = len(members), len(members) > EMBEDDED
        out[name] = {
            "type": "list",
            "data": data,
            "url": f"/contacts/{full['id']}/{tail}",
            "total_count": total,
            "has_more": more,
        }
    return out


_KINDS = {"tags": "tag", "notes": "note", "companies": "company"}


def _reference(member: Json, name: str) -> Json:
    kind = _KINDS.get(name, "subscription")
    plural = {"company": "companies"}.get(kind, f"{kind}s")
    return {"id": str(member["id"]), "type": kind, "url": f"/{plural}/{member['id']}"}


def _members(contact: Json, name: str) -> list[Json]:
    sublist = contact.get(name)
    members = sublist.get("data") if isinstance(sublist, dict) else sublist
    return list(members or [])


def _rows(site: Site) -> list[Row]:
    return [_row(_full(site, ident)) for ident in site.world.contact_ids()]


def _row(contact: Json) -> Row:
    names = (*_TEXTS, *_DAYS, *_FLAGS)
    values = {name: contact.get(name) for name in names}
    values["tag_ids"] = [str(tag["id"]) for tag in _members(contact, "tags")]
    values["company_ids"] = [str(company["id"]) for company in _members(contact, "companies")]
    return Row(contact["id"], values)


def _place(site: Site, ident: str) -> int:
    """How many listed contacts lie before the one a cursor names; ids begin with the time, should it have gone."""
    ids = site.world.contact_ids()
    places = site.tables.get("contact places", lambda: {ident: place for place, ident in enumerate(ids)})
    if ident in places:
        return int(places[ident])
    return bisect_left(ids, ident)


def _created(site: Site, ident: str) -> float:
    return float(_full(site, ident).get("created_at") or 0)
