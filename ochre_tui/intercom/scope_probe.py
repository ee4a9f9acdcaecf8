"""What a token may do: one cheap request for each permission."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import MissingScope, PlanRestricted
from ochre_tui.intercom.scopes import SCOPES, Scope


async def probe(client: Intercom) -> dict[str, Literal["ok", "missing"]]:
    """For every permission whether the token has it; DeadToken and IntercomUnavailable pass through."""
    states = await asyncio.gather(*(_probe_one(client, scope) for scope in SCOPES))
    return {scope.name: state for scope, state in zip(SCOPES, states, strict=True)}


async def _probe_one(client: Intercom, scope: Scope) -> Literal["ok", "missing"]:
    try:
        if scope.search:
            await client.post(scope.path, _ONE_TICKET)
        else:
            await client.get(scope.path, {"per_page": 1})
    except (MissingScope, PlanRestricted):
        return "missing"
    except RecordError:
        return "ok"  # refused for another reason than permission
    return "ok"


_ONE_TICKET: dict[str, Any] = {
    "query": {"field": "created_at", "operator": ">", "value": 0},
    "pagination": {"per_page": 1},
}
