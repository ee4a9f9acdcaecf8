"""Finding the workspace and its region; which permissions a token has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ochre_tui.core.errors import CredentialError
from ochre_tui.core.secret import Secret
from ochre_tui.intercom import scopes
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import DeadToken, IntercomUnavailable
from ochre_tui.intercom.transport import api_transport
from ochre_tui.intercom.workspace import Workspace, open_workspace, probe_scopes

TOKEN = Secret("dG9rOmNhbmFyeQ==")


class Stage(Protocol):
    url: str
    seen: list[Request]
    answer: Callable[[Request, Any], Response]


class Waits(Protocol):
    slept: list[float]

    def clock(self) -> Clock: ...


class Rerouted(httpx.AsyncBaseTransport):
    """Real requests to the stage, whatever host they were meant for; the Host header says which."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._inner = api_transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https"
        request.url = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def me(region: str | None, **app: Any) -> dict[str, Any]:
    named = {"id_code": "abc123", "name": "Harbourlight", "timezone": "Europe/Dublin", **app}
    return {"type": "admin", "id": "1", "app": named if region is None else {**named, "region": region}}


def opened(stage: Stage, waits: Waits, url: str) -> Workspace:
    transport = api_transport if url == stage.url else lambda: Rerouted(stage.url)
    return asyncio.run(open_workspace(TOKEN, url, transport=transport, clock=waits.clock()))


@pytest.mark.parametrize(
    ("region", "host"), [("EU", "api.eu.intercom.io"), ("au", "api.au.intercom.io"), ("US", "api.intercom.io")]
)
def test_the_region_s_host_is_pinned(stage: Stage, waits: Waits, region: str, host: str) -> None:
    stage.answer = lambda request, body: JSONResponse(me(region), headers={"Date": "Tue, 14 Nov 2023 22:13:24 GMT"})
    workspace = opened(stage, waits, "https://api.intercom.io")
    assert workspace == Workspace(
        "abc123", "Harbourlight", region.upper(), "Europe/Dublin", f"https://{host}", 1_700_000_004
    )
    asked = [request.headers["host"] for request in stage.seen]
    assert asked == (["api.intercom.io"] if host == "api.intercom.io" else ["api.intercom.io", host])


def test_a_token_on_another_region_s_host(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: JSONResponse(me("US"))
    assert opened(stage, waits, "https://api.eu.intercom.io").base_url == "https://api.intercom.io"


@pytest.mark.parametrize("region", ["EU", "US", None, "MOON"])
def test_a_host_that_is_not_intercom_s_is_kept(stage: Stage, waits: Waits, region: str | None) -> None:
    stage.answer = lambda request, body: JSONResponse(me(region))
    assert opened(stage, waits, stage.url).base_url == stage.url
    assert len(stage.seen) == 1


def test_gaps_in_me_are_filled(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: JSONResponse(me(None, name=None, timezone=None))
    workspace = opened(stage, waits, stage.url)
    assert (workspace.name, workspace.region, workspace.timezone) == ("abc123", "US", "UTC")


@pytest.mark.parametrize("answer", [{"type": "admin", "app": None}, {"type": "admin"}, me("US", id_code="")])
def test_a_token_without_a_workspace(stage: Stage, waits: Waits, answer: dict[str, Any]) -> None:
    stage.answer = lambda request, body: JSONResponse(answer)
    with pytest.raises(CredentialError):
        opened(stage, waits, stage.url)


def test_a_wrong_token(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: JSONResponse({"errors": [{"code": "unauthorized"}]}, 401)
    with pytest.raises(DeadToken):
        opened(stage, waits, stage.url)
    assert len(stage.seen) == 1


def test_a_host_that_only_fails(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: Response(b"<html>", 503)
    with pytest.raises(IntercomUnavailable):
        opened(stage, waits, stage.url)


def test_every_scope_is_probed_and_the_missing_named(stage: Stage, waits: Waits) -> None:
    refused = {
        "/tags": JSONResponse({"errors": [{"code": "token_unauthorized"}]}, 401),
        "/news/news_items": JSONResponse({"errors": [{"code": "forbidden"}]}, 403),
        "/articles": JSONResponse({"errors": [{"code": "api_plan_restricted"}]}, 403),
        "/admins": JSONResponse({"errors": [{"code": "parameter_invalid"}]}, 422),
    }
    stage.answer = lambda request, body: refused.get(request.url.path, JSONResponse({}))

    async def main() -> Any:
        async with Intercom(TOKEN, stage.url, clock=waits.clock()) as client:
            return await probe_scopes(client)

    assert asyncio.run(main()) == {
        scopes.USERS_AND_COMPANIES: "ok",
        scopes.CONVERSATIONS: "ok",
        scopes.TAGS: "missing",
        scopes.ADMINS: "ok",
        scopes.TICKETS: "ok",
        scopes.ARTICLES: "missing",
        scopes.NEWS: "missing",
    }
    assert len(stage.seen) <= len(scopes.SCOPES) + 2
    assert scopes.TAGS in scopes.NEEDED
    assert scopes.NEWS not in scopes.NEEDED


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/contacts/65f0/tags", scopes.USERS_AND_COMPANIES),
        ("/companies/scroll", scopes.USERS_AND_COMPANIES),
        ("/conversations/123", scopes.CONVERSATIONS),
        ("/macros", scopes.CONVERSATIONS),
        ("/teams", scopes.ADMINS),
        ("/tickets/search", scopes.TICKETS),
        ("/help_center/collections", scopes.ARTICLES),
        ("/office_hours_schedules", "Read office hours schedules"),
    ],
)
def test_the_scope_of_a_path(path: str, name: str) -> None:
    assert scopes.name_for(path) == name
