"""The way into a workspace: whose token it is, what it may read, and on which regional host the workspace lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from ochre_tui.core.errors import CredentialError, RecordError
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom, checked_base_url
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import MissingScope, PlanRestricted
from ochre_tui.intercom.hosts import API_HOSTS, split_url
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.scopes import SCOPES, Scope
from ochre_tui.intercom.transport import api_transport

DEFAULT_URL = f"https://{API_HOSTS['US']}"
_ATTEMPTS = 4
_ONE_TICKET: dict[str, Any] = {
    "query": {"field": "created_at", "operator": ">", "value": 0},
    "pagination": {"per_page": 1},
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """An Intercom workspace; `base_url` is where its API answers, `opened_at` unix seconds by Intercom's clock."""

    id_code: str
    name: str
    region: str
    timezone: str
    base_url: str
    opened_at: int | None


async def open_workspace(
    token: Secret,
    url: str = DEFAULT_URL,
    *,
    transport: Callable[[], httpx.AsyncBaseTransport] = api_transport,
    clock: Clock | None = None,
) -> Workspace:
    """Ask `/me`, on the workspace's regional host when `url` is one of Intercom's; other hosts are kept as they are."""
    given = checked_base_url(url)
    async with Intercom(token, given, transport=transport(), clock=clock, attempts=_ATTEMPTS) as client:
        workspace = _workspace(await client.get("/me"), given, client.server_time)
    pinned = _pinned(given, workspace.region)
    if pinned == given:
        return workspace
    async with Intercom(token, pinned, transport=transport(), clock=clock, attempts=_ATTEMPTS) as client:
        return _workspace(await client.get("/me"), pinned, client.server_time)


def _pinned(url: str, region: str) -> str:
    parts = split_url(url)
    host = API_HOSTS.get(region)
    if parts is None or host is None or parts.hostname not in API_HOSTS.values() or parts.hostname == host:
        return url
    return f"https://{host}"


def _workspace(me: Json, base_url: str, opened_at: int | None) -> Workspace:
    app = me.get("app")
    if not isinstance(app, dict) or not app.get("id_code"):
        raise CredentialError(
            "Intercom does not say which workspace the access token belongs to",
            meaning="Nothing was read.",
            advice="Use the access token of an app in your own workspace (Developer Hub, your app, Authentication).",
        )
    return Workspace(
        id_code=str(app["id_code"]),
        name=str(app.get("name") or app["id_code"]),
        region=str(app.get("region") or "US").upper(),
        timezone=str(app.get("timezone") or "UTC"),
        base_url=base_url,
        opened_at=opened_at,
    )


async def probe_scopes(client: Intercom) -> dict[str, Literal["ok", "missing"]]:
    """For every permission whether the token has it; DeadToken and IntercomUnavailable pass through."""
    states = await asyncio.gather(*(_probe(client, scope) for scope in SCOPES))
    return {scope.name: state for scope, state in zip(SCOPES, states, strict=True)}


async def _probe(client: Intercom, scope: Scope) -> Literal["ok", "missing"]:
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
