"""Every endpoint with its scope, and the version from which it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ochre_tui.sandbox import versions
from ochre_tui.sandbox.endpoints import companies, contacts, conversations, tickets, workspace
from ochre_tui.sandbox.exchange import Call, Reply
from ochre_tui.sandbox.site import Site


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; `*` in a pattern stands for any one segment.

    A missing scope is a 401 without its name on the older endpoints, a 403 that names it on `newer` ones.
    """

    method: str
    pattern: str
    handler: Callable[[Site, Call], Reply]
    scope: str = ""
    since: int = 11
    newer: bool = False

    @property
    def name(self) -> str:
        """How the endpoint is called in counts."""
        return f"{self.method} {self.pattern}"


USERS, CONVERSATIONS, TICKETS = "read_users", "read_conversations", "read_tickets"
TAGS, ADMINS, ARTICLES, NEWS = "read_tags", "read_admins", "read_articles", "read_news"
SCOPES = (USERS, CONVERSATIONS, TICKETS, TAGS, ADMINS, ARTICLES, NEWS)

ROUTES = (
    Route("GET", "/conversations/*", conversations.single, CONVERSATIONS),
    Route("POST", "/conversations/search", conversations.search, CONVERSATIONS),
    Route("GET", "/conversations", conversations.listed, CONVERSATIONS),
    Route("GET", "/conversations/deleted", conversations.deleted, CONVERSATIONS, since=16, newer=True),
    Route("GET", "/conversations/attributes", workspace.conversation_attributes, CONVERSATIONS, since=16, newer=True),
    Route("GET", "/conversations/*/side_conversations", conversations.side_conversations, CONVERSATIONS, since=16),
    Route("GET", "/conversations/*/handling_events", conversations.handling_events, CONVERSATIONS, since=15),
    Route("GET", "/me", workspace.me),
    Route("GET", "/admins", workspace.admins, ADMINS),
    Route("GET", "/admins/*", workspace.admin, ADMINS),
    Route("GET", "/teams", workspace.teams, ADMINS),
    Route("GET", "/teams/*", workspace.team, ADMINS),
    Route("GET", "/tags", workspace.tags, TAGS),
    Route("GET", "/tags/*", workspace.tag, TAGS),
    Route("GET", "/segments", workspace.segments, USERS),
    Route("GET", "/data_attributes", workspace.data_attributes, USERS),
    Route("GET", "/macros", workspace.macros, CONVERSATIONS, since=16, newer=True),
    Route("GET", "/macros/*", workspace.macro, CONVERSATIONS, since=16, newer=True),
    Route("GET", "/contacts", contacts.listed, USERS),
    Route("POST", "/contacts/search", contacts.search, USERS),
    Route("GET", "/contacts/*", contacts.single, USERS),
    Route("GET", "/contacts/find_by_external_id/*", contacts.by_external_id, USERS, since=12),
    Route("GET", "/contacts/*/merge_history", contacts.merge_history, USERS, since=16),
    Route("GET", "/contacts/*/tags", contacts.tags, USERS),
    Route("GET", "/contacts/*/companies", contacts.companies, USERS),
    Route("GET", "/contacts/*/notes", contacts.notes, USERS),
    Route("GET", "/contacts/*/segments", contacts.segments, USERS),
    Route("GET", "/contacts/*/subscriptions", contacts.subscriptions, USERS),
    Route("GET", "/companies", companies.listed, USERS),
    Route("POST", "/companies/list", companies.listed, USERS),
    Route("GET", "/companies/scroll", companies.scroll, USERS),
    Route("GET", "/companies/*", companies.single, USERS),
    Route("GET", "/companies/*/contacts", companies.contacts, USERS),
    Route("GET", "/companies/*/segments", companies.segments, USERS),
    Route("GET", "/companies/*/notes", companies.notes, USERS, since=15),
    Route("POST", "/tickets/search", tickets.search, TICKETS),
    Route("GET", "/tickets/*", tickets.single, TICKETS),
    Route("GET", "/ticket_types", workspace.ticket_types, TICKETS),
    Route("GET", "/ticket_states", workspace.whole("ticket_states"), TICKETS, since=14),
    Route("GET", "/subscription_types", workspace.subscription_types, USERS),
    Route("GET", "/articles", workspace.paged("articles"), ARTICLES),
    Route("GET", "/internal_articles", workspace.paged("internal_articles"), ARTICLES, since=14),
    Route("GET", "/help_center/collections", workspace.paged("collections"), ARTICLES),
    Route("GET", "/help_center/help_centers", workspace.whole("help_centers"), ARTICLES),
    Route("GET", "/news/news_items", workspace.paged("news_items", default=20), NEWS),
    Route("GET", "/news/newsfeeds", workspace.paged("newsfeeds", default=20), NEWS),
    Route("GET", "/news/newsfeeds/*/items", workspace.newsfeed_items, NEWS),
    Route("GET", "/brands", workspace.whole("brands"), ADMINS, since=15, newer=True),
    Route("GET", "/emails", workspace.whole("emails"), ADMINS, since=15, newer=True),
    Route("GET", "/content_snippets", workspace.content_snippets, ARTICLES, since=16, newer=True),
    Route("GET", "/calls", workspace.paged("calls", most=25), CONVERSATIONS, since=14),
    Route("GET", "/away_status_reasons", workspace.whole("away_status_reasons"), ADMINS, since=14),
    Route(
        "GET",
        "/office_hours_schedules",
        workspace.whole("office_hours", "office_hours_schedule.list"),
        ADMINS,
        since=16,
    ),
)


def _table() -> dict[tuple[str, int], list[tuple[list[str], Route]]]:
    out: dict[tuple[str, int], list[tuple[list[str], Route]]] = {}
    for route in sorted(ROUTES, key=lambda route: route.pattern.count("*")):
        segments = route.pattern.strip("/").split("/")
        out.setdefault((route.method, len(segments)), []).append((segments, route))
    return out


_TABLE = _table()


def find(method: str, segments: list[str]) -> Route | None:
    """The endpoint that answers, exact patterns before those with an id."""
    for pattern, route in _TABLE.get((method, len(segments)), ()):
        if all(part in ("*", segment) for part, segment in zip(pattern, segments, strict=True)):
            return route
    return None


def available(route: Route, version: str) -> bool:
    """Whether an endpoint exists in a version."""
    return versions.minor(version) >= route.since
