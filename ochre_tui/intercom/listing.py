"""Intercom's lists: by cursor, page by page; small ones whole; and how long they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import ListingStuck, NotFound, RequestRefused
from ochre_tui.intercom.json_codec import Json

PER_PAGE = 150
SUBLIST_PER_PAGE = 60
_REPEATS = 3
_MILLISECONDS = 10**11
Params: TypeAlias = dict[str, Any]
Fetch: TypeAlias = Callable[[str | None], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list; `next_cursor` goes on after them, None at the end."""

    rows: list[Json]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerInitiated:
    """A conversation that a customer began; `channel` is Intercom's source type, `at` unix seconds."""

    id: str
    at: int
    channel: str


async def contacts(client: Intercom, cursor: str | None = None) -> AsyncGenerator[Page, None]:
    """All contacts, oldest cursor first, with their merge history where Intercom gives it."""
    params: Params = {"per_page": PER_PAGE, "include_merge_history": "true"}

    async def fetch(after: str | None) -> Json:
        try:
            return await client.get("/contacts", _after(params, after))
        except RequestRefused:
            without = {key: value for key, value in params.items() if key != "include_merge_history"}
            if without == params:
                raise
            body = await client.get("/contacts", _after(without, after))  # refused too where the cursor is to blame
            params.clear()
            params.update(without)
            return body

    async for page in walk(fetch, "data", "contacts", cursor):
        yield page


async def conversations(client: Intercom, cursor: str | None = None) -> AsyncGenerator[Page, None]:
    """All conversations, newest update first. `windows` is the safe way; this one sees what has no `created_at`."""

    async def fetch(after: str | None) -> Json:
        return await client.get("/conversations", _after({"per_page": PER_PAGE}, after))

    async for page in walk(fetch, "conversations", "conversations", cursor):
        yield page


async def without_created_at(client: Intercom) -> AsyncGenerator[Page, None]:
    """The conversations without `created_at`; none where Intercom refuses to search for them."""

    async def fetch(cursor: str | None) -> Json:
        pagination: Json = {"per_page": PER_PAGE} | ({"starting_after": cursor} if cursor else {})
        query = {"field": "created_at", "operator": "=", "value": None}
        return await client.post("/conversations/search", {"query": query, "pagination": pagination})

    try:
        async for page in walk(fetch, "conversations", "conversations without a date"):
            yield page
    except RequestRefused:
        return


async def customer_initiated_since(client: Intercom, since: int) -> list[CustomerInitiated]:
    """The newest conversations that customers began after `since` (unix seconds), a page of them at most."""
    body = await client.post(
        "/conversations/search",
        {
            "query": {"field": "created_at", "operator": ">", "value": since},
            "sort": {"field": "created_at", "order": "descending"},
            "pagination": {"per_page": PER_PAGE},
        },
    )
    rows = (_customer_initiated(row) for row in rows_of(body, "conversations"))
    return [row for row in rows if row is not None and row.at > since]


def _customer_initiated(row: Json) -> CustomerInitiated | None:
    """None where it was the team, or Intercom itself, that began it."""
    source = row.get("source")
    source = source if isinstance(source, dict) else {}
    at = whole(row.get("created_at")) or 0
    if source.get("delivered_as") not in (None, "customer_initiated"):
        return None
    seconds = at // 1000 if at >= _MILLISECONDS else at
    return CustomerInitiated(str(row.get("id")), seconds, str(source.get("type") or "none"))


async def conversation_count(client: Intercom) -> int | None:
    """How many conversations Intercom counts; None where it does not tell."""
    return whole((await client.get("/conversations", {"per_page": 1})).get("total_count"))


async def macros(client: Intercom) -> list[Json]:
    """All macros that the token's admin may see."""

    async def fetch(after: str | None) -> Json:
        return await client.get("/macros", _after({"per_page": PER_PAGE}, after))

    return [row async for page in walk(fetch, "data", "macros") for row in page.rows]


async def admins(client: Intercom) -> list[Json]:
    return rows_of(await client.get("/admins"), "admins")


async def teams(client: Intercom) -> list[Json]:
    return rows_of(await client.get("/teams"), "teams")


async def tags(client: Intercom) -> list[Json]:
    return rows_of(await client.get("/tags"), "data")


async def segments(client: Intercom) -> list[Json]:
    return rows_of(await client.get("/segments"), "segments")


async def data_attributes(client: Intercom, model: Literal["contact", "company", "conversation"]) -> list[Json]:
    """The attributes of contacts or companies, archived ones included."""
    return rows_of(await client.get("/data_attributes", {"model": model, "include_archived": "true"}), "data")


async def conversation_attributes(client: Intercom) -> list[Json]:
    """The attributes of conversations, archived ones included, from wherever the API version has them."""
    try:
        return rows_of(await client.get("/conversations/attributes", {"include_archived": "true"}), "data")
    except (NotFound, RequestRefused):
        return await data_attributes(client, "conversation")


async def contact_sublist(
    client: Intercom, contact_id: str, name: Literal["tags", "companies", "notes", "segments"]
) -> list[Json]:
    """All items of one of a contact's lists, of which the contact itself shows ten."""
    path = f"/contacts/{contact_id}/{name}"

    async def fetch(after: str | None) -> Json:
        return await client.get(path, {"per_page": SUBLIST_PER_PAGE, **dict(parse_qsl(after or ""))})

    items: dict[str, Json] = {}
    async for page in walk(fetch, "data", f"{name} of contact {contact_id}", after=_next_query):
        items.update((str(row.get("id")), row) for row in page.rows)
    return list(items.values())


async def search_count(client: Intercom, path: str, query: Json) -> int:
    """How many records a search finds, from one request for one row; 0 when Intercom does not tell."""
    body = {"query": query, "pagination": {"per_page": 1}}
    return whole((await client.post(path, body)).get("total_count")) or 0


async def total_count(client: Intercom, query: Json) -> int:
    """How many conversations a search finds."""
    return await search_count(client, "/conversations/search", query)


async def tickets_count(client: Intercom) -> int:
    """How many tickets there are, those that are conversations included."""
    return await search_count(client, "/tickets/search", {"field": "created_at", "operator": ">", "value": 0})


async def walk(
    fetch: Fetch,
    key: str,
    what: str,
    cursor: str | None = None,
    *,
    after: Callable[[Json], str | None] | None = None,
) -> AsyncGenerator[Page, None]:
    """Follow cursors to the end of a list.

    An answer that leads nowhere (a cursor that was passed, the rows of the page before, no rows) is asked for again;
    when it stays so, or a cursor is refused, the walk begins anew, once, then ListingStuck. So rows may come twice, as
    they do when Intercom's pages shift. The same id is the same record.
    """
    next_of = after or next_cursor
    passed: set[str | None] = {cursor}
    shown: list[Json] = []
    restarted = False
    while True:
        body = await _leading_on(fetch, cursor, key, next_of, passed, shown)
        if body is None:
            if restarted:
                raise ListingStuck(what)
            restarted, cursor, passed, shown = True, None, {None}, []
            continue
        shown, cursor = rows_of(body, key), next_of(body)
        yield Page(shown, cursor)
        if cursor is None:
            return
        passed.add(cursor)


async def _leading_on(
    fetch: Fetch,
    cursor: str | None,
    key: str,
    next_of: Callable[[Json], str | None],
    passed: set[str | None],
    shown: list[Json],
) -> Json | None:
    """The answer for `cursor`, None if it leads nowhere."""
    for _ in range(_REPEATS):
        try:
            body = await fetch(cursor)
        except RequestRefused:
            if cursor is None:
                raise
            return None
        following, rows = next_of(body), rows_of(body, key)
        if following is None or (following not in passed and rows and _ids(rows) != _ids(shown)):
            return body
    return None


def _ids(rows: list[Json]) -> list[object]:
    return [row.get("id") for row in rows]


def next_cursor(body: Json) -> str | None:
    """`starting_after` of the next page: `pages.next` is null, a URL or an object."""
    following = _next(body)
    if isinstance(following, str):
        return dict(parse_qsl(urlsplit(following).query)).get("starting_after")
    return following.get("starting_after") if isinstance(following, dict) else None


def _next_query(body: Json) -> str | None:
    """The query of the next page, whichever host its URL names: requests stay on the pinned one."""
    following = _next(body)
    if isinstance(following, str):
        return urlsplit(following).query or None
    cursor = following.get("starting_after") if isinstance(following, dict) else None
    return urlencode({"starting_after": cursor}) if cursor else None


def _next(body: Json) -> Any:
    pages = body.get("pages")
    return pages.get("next") if isinstance(pages, dict) else None


def rows_of(body: Json, key: str) -> list[Json]:
    """The objects under `key`, or under "data" where Intercom calls them so."""
    rows = body.get(key)
    if not isinstance(rows, list):
        rows = body.get("data")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def whole(value: object) -> int | None:
    """A whole number that may come as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value == value and abs(value) < 2**63:
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 20:
        return int(value)
    return None


def _after(params: Params, cursor: str | None) -> Params:
    return params if cursor is None else {**params, "starting_after": cursor}
