"""The workspace itself: teammates, teams, tags, segments, attributes, macros and what stays behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.exchange import ApiError, Call, Json, Reply, answer
from ochre_tui.sandbox.paging import decode_cursor, encode_cursor, linked, pages, per_page
from ochre_tui.sandbox.site import Site

Handler = Callable[[Site, Call], Reply]


def me(site: Site, call: Call) -> Reply:
    """`GET /me`."""
    return answer(site.world.me())


def admins(site: Site, call: Call) -> Reply:
    """`GET /admins`."""
    shown = [_admin(admin, call) for admin in site.world.admins()]
    return answer({"type": "admin.list", "admins": shown})


def admin(site: Site, call: Call) -> Reply:
    """`GET /admins/{id}`."""
    return answer(_admin(_pick(site.world.admins(), call.arg, "Admin not found", "admin_not_found"), call))


def _admin(full: Json, call: Call) -> Json:
    return versions.admin(full, call.version, with_avatar=call.flag("display_avatar"))


def teams(site: Site, call: Call) -> Reply:
    """`GET /teams`."""
    return answer({"type": "team.list", "teams": site.world.teams()})


def team(site: Site, call: Call) -> Reply:
    """`GET /teams/{id}`."""
    return answer(_pick(site.world.teams(), call.arg, "Team not found", "team_not_found"))


def tags(site: Site, call: Call) -> Reply:
    """`GET /tags`."""
    return answer({"type": "list", "data": site.world.tags()})


def tag(site: Site, call: Call) -> Reply:
    """`GET /tags/{id}`."""
    return answer(_pick(site.world.tags(), call.arg, "Resource Not Found"))


def segments(site: Site, call: Call) -> Reply:
    """`GET /segments`."""
    shown = site.world.segments()
    if not call.flag("include_count"):
        shown = [versions.without(segment, ("count",)) for segment in shown]
    return answer({"type": "segment.list", "segments": shown})


def data_attributes(site: Site, call: Call) -> Reply:
    """`GET /data_attributes`: contacts and companies, up to 2.15 conversations too."""
    model = call.query.get("model")
    definitions: list[Json] = []
    if model in (None, "contact"):
        definitions += site.world.contact_attributes()
    if model in (None, "company"):
        definitions += site.world.company_attributes()
    if model == "conversation":
        if call.version == versions.LATEST:
            raise ApiError(422, "parameter_invalid", "model=conversation is no longer supported")
        definitions += [
            versions.conversation_attribute(definition) for definition in site.world.conversation_attributes()
        ]
    elif model not in (None, "contact", "company"):
        raise ApiError(400, "parameter_invalid", f"'{model}' is not a valid model")
    return answer({"type": "list", "data": _archived(definitions, call)})


def conversation_attributes(site: Site, call: Call) -> Reply:
    """`GET /conversations/attributes`."""
    return answer({"type": "list", "data": _archived(site.world.conversation_attributes(), call)})


def _archived(definitions: list[Json], call: Call) -> list[Json]:
    if call.flag("include_archived"):
        return definitions
    return [definition for definition in definitions if not definition.get("archived")]


def macros(site: Site, call: Call) -> Reply:
    """`GET /macros`: newest-updated first, by cursor."""
    query = call.query
    size = per_page(query.get("per_page"), default=50, most=150)
    rows = sorted(((_epoch(macro), int(macro["id"]), macro) for macro in site.world.macros()), key=_newest)
    if query.get("updated_since"):
        rows = [row for row in rows if row[0] > float(query["updated_since"])]
    if query.get("starting_after"):
        updated, ident = decode_cursor(query["starting_after"], 2)
        rows = [row for row in rows if _newest(row) > (-updated, -int(ident))]
    shown, more = rows[:size], len(rows) > size
    cursor = encode_cursor([shown[-1][0], str(shown[-1][1])]) if more else None
    described = {"type": "pages", "per_page": size, "next": {"starting_after": cursor} if cursor else None}
    return answer({"type": "list", "data": [row[2] for row in shown], "pages": described})


def macro(site: Site, call: Call) -> Reply:
    """`GET /macros/{id}`."""
    return answer(_pick(site.world.macros(), call.arg, "Macro not found"))


def _epoch(macro: Json) -> float:
    return datetime.fromisoformat(str(macro["updated_at"]).replace("Z", "+00:00")).timestamp()


def _newest(row: tuple[float, int, Json]) -> tuple[float, int]:
    return (-row[0], -row[1])


def subscription_types(site: Site, call: Call) -> Reply:
    """`GET /subscription_types`."""
    return answer({"type": "list", "data": site.world.subscription_types()})


def ticket_types(site: Site, call: Call) -> Reply:
    """`GET /ticket_types`."""
    return answer({"type": "list", "data": site.world.ticket_types()})


def whole(name: str, kind: str = "list") -> Handler:
    """A list of what stays behind that comes in one piece, without a count."""

    def handler(site: Site, call: Call) -> Reply:
        return answer({"type": kind, "data": site.world.left_behind().get(name, [])})

    return handler


def paged(name: str, *, default: int = 25, most: int = 150) -> Handler:
    """A list of what stays behind in numbered pages with a count."""

    def handler(site: Site, call: Call) -> Reply:
        rows = site.world.left_behind().get(name, [])
        shown, described = linked(call, rows, default=default, most=most)
        if described["next"] is None:
            del described["next"]
        return answer({"type": "list", "data": list(shown), "total_count": len(rows), "pages": described})

    return handler


def content_snippets(site: Site, call: Call) -> Reply:
    """`GET /content_snippets`: its page numbers stand beside the data."""
    rows = site.world.left_behind().get("content_snippets", [])
    shown, described = linked(call, rows, default=50, most=150)
    counted = {key: described[key] for key in ("page", "per_page", "total_pages")}
    return answer({"type": "list", "data": list(shown), "total_count": len(rows), **counted})


def newsfeed_items(site: Site, call: Call) -> Reply:
    """`GET /news/newsfeeds/{id}/items`."""
    _pick(site.world.left_behind().get("newsfeeds", []), call.segments[2], "Resource Not Found")
    return answer({"type": "list", "data": [], "total_count": 0, "pages": pages(1, 20, 0)})


def _pick(rows: list[Json], ident: str, message: str, code: str = "not_found") -> Json:
    for row in rows:
        if str(row.get("id")) == ident:
            return row
    raise ApiError(404, code, message)
