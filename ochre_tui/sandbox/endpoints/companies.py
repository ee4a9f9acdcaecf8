"""Companies: the list with its hard stop, the scroll with its lock, single ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.endpoints.contacts import by_reference
from ochre_tui.sandbox.exchange import ApiError, Call, Json, Reply, answer
from ochre_tui.sandbox.paging import next_link, page_number, pages, per_page
from ochre_tui.sandbox.site import Site

LIST_STOPS_AT = 10_000
SCROLL_PAGE = 100


def listed(site: Site, call: Call) -> Reply:
    """`GET /companies` and `POST /companies/list`: last asked for first, never beyond 10,000."""
    wanted: dict[str, Any] = {**call.json(), **call.query}
    if call.method == "GET" and (match := _lookup(site, call, wanted)):
        return match
    size = per_page(wanted.get("per_page"), default=15, most=60)
    page = page_number(wanted.get("page"))
    if page * size > LIST_STOPS_AT:
        raise ApiError(400, "bad_request", "page limit reached, please use scroll API")
    rows = site.tables.get("companies by request", lambda: _by_request(site))
    if wanted.get("order", "desc") == "asc":
        rows = rows[::-1]
    if tag := wanted.get("tag_id"):
        rows = [ident for ident in rows if str(tag) in _tag_ids(_full(site, ident))]
    out = pages(page, size, len(rows))
    out["next"] = next_link(call, page, size) if page * size < len(rows) else None
    return _list(site, call, rows[(page - 1) * size : page * size], out, len(rows))


def scroll(site: Site, call: Call) -> Reply:
    """`GET /companies/scroll`: one at a time, a minute's rest loses it, empty data ends it."""
    param = call.query.get("scroll_param")
    place = site.scroll.place if param else 0
    key = f"scroll at {place}"
    if not param and site.strike("scroll", call, name="scroll-stuck", key=key):
        raise ApiError(400, "scroll_exists", "scroll already exists for this workspace")
    if site.strike("scroll", call, name="scroll-500", key=key):
        site.scroll.close()
        raise ApiError(500, "server_error", "internal network error")
    if param and site.strike("scroll", call, name="scroll-lost", key=key):
        site.scroll.close()
    if param:
        site.scroll.resume(param)
    else:
        param = site.scroll.open()
    rows = site.tables.get("companies in the scroll", lambda: _scrolled(site))
    shown = rows[site.scroll.place : site.scroll.place + SCROLL_PAGE]
    if not shown and rows and site.strike("scroll", call, name="scroll-loop", key="scroll"):
        site.scroll.place = 0
        shown = rows[:SCROLL_PAGE]
    site.scroll.place += len(shown)
    if not shown:
        site.scroll.close()
    data = [versions.company(_full(site, ident), call.version) for ident in shown]
    return answer({"type": "list", "data": data, "pages": None, "total_count": None, "scroll_param": param})


def single(site: Site, call: Call) -> Reply:
    """`GET /companies/{id}`, by Intercom's id."""
    return answer(versions.company(_known(site, call), call.version))


def contacts(site: Site, call: Call) -> Reply:
    """`GET /companies/{id}/contacts`."""
    return by_reference(site, call, str(_known(site, call)["id"]))


def segments(site: Site, call: Call) -> Reply:
    """`GET /companies/{id}/segments`."""
    sublist = _known(site, call).get("segments") or {}
    return answer({"type": "list", "data": sublist.get("segments", [])})


def notes(site: Site, call: Call) -> Reply:
    """`GET /companies/{id}/notes`."""
    sublist = _known(site, call).get("notes") or []
    rows = sublist.get("data", []) if isinstance(sublist, dict) else sublist
    return answer({"type": "list", "data": rows, "total_count": len(rows), "pages": pages(1, 50, len(rows))})


def _lookup(site: Site, call: Call, wanted: dict[str, Any]) -> Reply | None:
    """The one company that a `company_id` or `name` in the query names."""
    for key in ("company_id", "name"):
        if key in wanted:
            for ident in _scrolled(site):
                if str(_full(site, ident).get(key)) == wanted[key]:
                    return answer(versions.company(_full(site, ident), call.version))
            raise ApiError(404, "company_not_found", "Company Not Found")
    return None


def _list(site: Site, call: Call, ids: Sequence[str], described: Json, total: int) -> Reply:
    data = [versions.company(_full(site, ident), call.version) for ident in ids]
    return answer({"type": "list", "data": data, "total_count": total, "pages": described})


def _known(site: Site, call: Call) -> Json:
    company: Json | None = site.world.company(call.arg)
    if company is None:
        raise ApiError(404, "company_not_found", "Company Not Found")
    return company


def _full(site: Site, ident: str) -> Json:
    company: Json | None = site.world.company(ident)
    if company is None:
        raise ApiError(500, "server_error", f"company {ident} is listed and can't be read")
    return company


def _scrolled(site: Site) -> list[str]:
    return [ident for ident in site.world.company_ids() if site.world.company_in_scroll(ident)]


def _by_request(site: Site) -> list[str]:
    return sorted(_scrolled(site), key=lambda ident: (-(_full(site, ident).get("last_request_at") or 0), ident))


def _tag_ids(company: Json) -> set[str]:
    return {str(tag["id"]) for tag in (company.get("tags") or {}).get("tags", [])}
