"""The two ASGI applications, the API and its files: what they answer, and how it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

from ochre_tui.sandbox import control, faults, routes, versions
from ochre_tui.sandbox.exchange import ApiError, Call, Header, Reply, refuse
from ochre_tui.sandbox.faults import Fault
from ochre_tui.sandbox.files import file_reply
from ochre_tui.sandbox.limits import Clock, Quota
from ochre_tui.sandbox.routes import Route
from ochre_tui.sandbox.site import Site

_JSON_ACCEPTED = (b"application/json", b"*/*", b"application/*")
DROPS = 10
CHUNK = 65_536


class Drop(Protocol):
    """Closes the connection to a client: at once with a reset, or after what was sent has left."""

    def __call__(self, client: object, *, reset: bool) -> None: ...


class Api:
    """The API: who asks, how often, with which faults, and then the endpoint."""

    def __init__(self, site: Site, drop: Drop) -> None:
        self._site = site
        self._drop = drop

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        site = self._site
        call = await read_call(scope, receive)
        wire = Wire(scope["client"], receive, send, self._drop, site.clock)
        if call.path.startswith("/_sandbox/"):
            await wire.deliver(control.reply(site, call))
            return
        reply, rate = self._respond(call)
        site.counts.by_status[reply.status] += 1
        if site.config.latency_s:
            await asyncio.sleep(site.config.latency_s)
        await wire.deliver(reply, rate)

    def _respond(self, call: Call) -> tuple[Reply, list[Header]]:
        site = self._site
        served = site.counts.total
        site.counts.total += 1
        if site.scheduled:
            control.carry_out_due(site)
        for switch in site.faults.switches(served):
            control.switch(site, switch)
        call.segments = call.path.strip("/").split("/")
        route = routes.find(call.method, call.segments)
        site.counts.requests[route.name if route else "unknown"] += 1
        rate: list[Header] = []
        try:
            _authenticate(site, call)
            quota = site.windows.take()
            rate = quota.headers()
            fault = None if quota.exceeded else _strike(site, call, route)
            if fault is not None:
                rate = faults.rate_headers(fault, rate, site.clock.now())
            return self._answer(call, route, quota, fault), rate
        except ApiError as refusal:
            return refuse(refusal, f"{site.config.seed:08x}-{served:012x}"), rate

    def _answer(self, call: Call, route: Route | None, quota: Quota, fault: Fault | None) -> Reply:
        if quota.exceeded:
            raise ApiError(429, "rate_limit_exceeded", f"Exceeded rate limit of {quota.limit} in 10_seconds")
        if fault is not None:
            if refusal := faults.refusal(fault, quota.limit):
                raise refusal
            if reply := faults.instead(fault):
                return reply
        if route is None:
            raise ApiError(404, "not_found", "The requested resource was not found")
        _admit(self._site, call, route)
        reply = route.handler(self._site, call)
        return faults.spoiled(fault, reply) if fault else reply


def _authenticate(site: Site, call: Call) -> None:
    given = call.headers.get(b"authorization", b"").decode("latin-1")
    if not given:
        raise ApiError(401, "missing_authorization", "Authorization header is missing")
    token = given.removeprefix("Bearer ")
    if token in site.revoked:
        raise ApiError(401, "token_revoked", "Access Token Revoked")
    if token != site.token or not given.startswith("Bearer "):
        raise ApiError(401, "unauthorized", "Access Token Invalid")


def _strike(site: Site, call: Call, route: Route | None) -> Fault | None:
    if not site.faults.active or route is None:
        return None
    if route.pattern == "/conversations/*" and (fault := site.strike("conversation", call, key=call.path)):
        return fault
    return site.strike("api", call) or site.strike("rows", call)


def _admit(site: Site, call: Call, route: Route) -> None:
    """Refuse what the version, the scopes or the accepted types of this request don't allow."""
    accepted = call.headers.get(b"accept", b"*/*")
    if not any(kind in accepted for kind in _JSON_ACCEPTED):
        raise ApiError(
            406, "media_type_not_acceptable", "The Accept header should send a media type of application/json"
        )
    call.version = call.headers.get(b"intercom-version", b"").decode("latin-1") or site.config.version
    if call.version not in versions.SUPPORTED:
        raise ApiError(400, "intercom_version_invalid", "The requested version could not be found")
    if not routes.available(route, call.version):
        message = f"This endpoint is not available in version {call.version}"
        raise ApiError(400, "intercom_version_invalid", message)
    if route.scope in site.missing_scopes:
        if route.newer:
            raise ApiError(403, "forbidden", f"The token lacks the required scope: {route.scope}")
        raise ApiError(401, "token_unauthorized", "Not authorized to access resource")


class Files:
    """The file hosts: signed addresses, no token."""

    def __init__(self, site: Site, drop: Drop) -> None:
        self._site = site
        self._drop = drop

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        site = self._site
        call = await read_call(scope, receive)
        reply = self._respond(call)
        site.files.requests += 1
        site.files.by_status[reply.status] += 1
        site.files.bytes += len(reply.body)
        wire = Wire(scope["client"], receive, send, self._drop, site.clock)
        await wire.deliver(reply, head=call.method == "HEAD")

    def _respond(self, call: Call) -> Reply:
        site = self._site
        reply = file_reply(call, site.signer, site.file, site.files)
        if reply.status == 200 and (fault := site.strike("file", call, key=unquote(call.raw_path))):
            return faults.spoiled(fault, reply)
        return reply


async def read_call(scope: MutableMapping[str, Any], receive: Receive) -> Call:
    """The whole request."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Call(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope["raw_path"].decode("ascii", "replace"),
        query_string=scope["query_string"].decode("ascii", "replace"),
        headers=dict(scope["headers"]),
        body=body,
    )


class Wire:
    """One connection's side for sending; `client` is what `drop` knows it by."""

    def __init__(self, client: object, receive: Receive, send: Send, drop: Drop, clock: Clock) -> None:
        self._client = client
        self._receive = receive
        self._send = send
        self._drop = drop
        self._clock = clock

    async def deliver(self, reply: Reply, extra: Sequence[Header] = (), *, head: bool = False) -> None:
        """Send `reply` with its date, its length and `extra` headers; only the headers for `head`."""
        if reply.how == "reset":
            return await self._end(reset=True)
        headers = [*reply.headers, *extra, self._clock.date()]
        if reply.how == "endless":
            await self._start(reply.status, headers)
            return await self._flood(reply.body)
        headers.append((b"content-length", str(len(reply.body)).encode()))
        await self._start(reply.status, headers)
        if reply.how == "whole" or head:
            return await self._body(b"" if head else reply.body, more=False)
        if reply.how == "slow":
            return await self._drip(reply.body, reply.seconds)
        await self._body(reply.body[: len(reply.body) // 2], more=True)
        if reply.how == "stall":
            await self._wait(reply.seconds)
        return await self._end(reset=False)

    async def _start(self, status: int, headers: list[Header]) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _body(self, content: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": more})

    async def _drip(self, content: bytes, seconds: float) -> None:
        size = -(-len(content) // DROPS) or 1
        for start in range(0, len(content), size):
            await self._body(content[start : start + size], more=True)
            await asyncio.sleep(seconds / DROPS)
        await self._body(b"", more=False)

    async def _flood(self, content: bytes) -> None:
        # Sending to a client that has gone is silent, so its going is watched for.
        gone = asyncio.create_task(self._gone())
        chunk = content.ljust(CHUNK, b"\0")
        while not gone.done():
            await self._body(chunk, more=True)
            await asyncio.sleep(0)

    async def _end(self, *, reset: bool) -> None:
        self._drop(self._client, reset=reset)
        await self._gone()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._gone()
        except TimeoutError:
            return

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
