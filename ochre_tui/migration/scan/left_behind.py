"""What Ochre has no place for, counted where Intercom gives a count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom import listing
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import MissingScope, PlanRestricted
from ochre_tui.intercom.models import Json
from ochre_tui.intercom.models.values import as_int

_ATTEMPTS: Final = 3
_LISTS: Final[dict[str, str]] = {
    "articles": "/articles",
    "internal_articles": "/internal_articles",
    "collections": "/help_center/collections",
    "news_items": "/news/news_items",
    "newsfeeds": "/news/newsfeeds",
    "segments": "/segments",
    "subscription_types": "/subscription_types",
    "calls": "/calls",
}
WITHOUT_COUNT: Final = (
    "side_conversations",
    "workflows",
    "series",
    "outbound_messages",
    "product_tours",
    "surveys",
    "banners",
    "operator_and_fin",
)
"""What Intercom's API lists nowhere, or only record by record."""


@dataclass(slots=True)
class LeftBehind:
    """The counts, None where there is none; why some are missing: permissions by name, and other refusals."""

    counts: dict[str, int | None] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


async def count_left_behind(client: Intercom) -> LeftBehind:
    """One request for each list; `tickets` counts all, also those that are conversations."""
    left_behind = LeftBehind()
    async with asyncio.TaskGroup() as group:
        for name, path in _LISTS.items():
            group.create_task(_count(client, name, path, left_behind))
        group.create_task(_count_tickets(client, left_behind))
    names: Iterable[str] = [*_LISTS, "tickets", *WITHOUT_COUNT]
    left_behind.counts = {name: left_behind.counts.get(name) for name in names}
    return left_behind


async def _count(client: Intercom, name: str, path: str, left_behind: LeftBehind) -> None:
    try:
        left_behind.counts[name] = count_of(await client.get(path, {"per_page": 1}, attempts=_ATTEMPTS))
    except (MissingScope, PlanRestricted, RecordError) as error:
        _note(name, error, left_behind)


async def _count_tickets(client: Intercom, left_behind: LeftBehind) -> None:
    try:
        left_behind.counts["tickets"] = await listing.tickets_count(client)
    except (MissingScope, PlanRestricted, RecordError) as error:
        _note("tickets", error, left_behind)


def _note(name: str, error: MissingScope | PlanRestricted | RecordError, left_behind: LeftBehind) -> None:
    if isinstance(error, MissingScope):
        left_behind.missing.setdefault(error.scope, []).append(name)
    else:
        left_behind.refused[name] = error.title


def count_of(body: Json) -> int | None:
    """How long the list is of which `body` is the first page; None where it does not tell."""
    total = as_int(body.get("total_count"))
    if total is not None:
        return total
    rows: list[Any] | None = next((value for value in body.values() if isinstance(value, list)), None)
    pages = body.get("pages")
    more = isinstance(pages, dict) and bool(pages.get("next"))
    return None if rows is None or more else len(rows)
