"""Conversations that customers began in Intercom after a moment: whether anybody still reaches it."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.listing import PER_PAGE, rows_of, whole

_MILLISECONDS = 10**11


@dataclass(frozen=True, slots=True)
class Begun:
    """A conversation that a customer began; `channel` is Intercom's source type, `at` unix seconds."""

    id: str
    at: int
    channel: str


async def begun_since(client: Intercom, since: int) -> list[Begun]:
    """The newest conversations that customers began after `since` (unix seconds), a page of them at most."""
    body = await client.post(
        "/conversations/search",
        {
            "query": {"field": "created_at", "operator": ">", "value": since},
            "sort": {"field": "created_at", "order": "descending"},
            "pagination": {"per_page": PER_PAGE},
        },
    )
    found = [begun for row in rows_of(body, "conversations") if (begun := _begun(row)) is not None]
    return [one for one in found if one.at > since]


def _begun(row: Json) -> Begun | None:
    """None where it was the team, or Intercom itself, that began it."""
    source = row.get("source")
    source = source if isinstance(source, dict) else {}
    at = whole(row.get("created_at")) or 0
    if source.get("delivered_as") not in (None, "customer_initiated"):
        return None
    return Begun(str(row.get("id")), at // 1000 if at >= _MILLISECONDS else at, str(source.get("type") or "none"))
