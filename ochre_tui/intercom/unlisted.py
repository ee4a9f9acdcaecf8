"""Conversations that no window of `created_at` shows, and how many Intercom counts in all."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import RequestRefused
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.listing import PER_PAGE, Page, walk, whole


async def undated(client: Intercom) -> AsyncGenerator[Page, None]:
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


async def count(client: Intercom) -> int | None:
    """How many conversations Intercom counts; None where it does not tell."""
    return whole((await client.get("/conversations", {"per_page": 1})).get("total_count"))
