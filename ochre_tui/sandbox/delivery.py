"""Sending an answer: whole, or broken on the way as a fault wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Protocol

from ochre_tui.sandbox.json_wire import Call, Header, Reply
from ochre_tui.sandbox.limits import Clock

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DROPS = 10
CHUNK = 65_536


class Drop(Protocol):
    """Closes the connection to a client: at once with a reset, or after what was sent has left."""

    def __call__(self, client: object, *, reset: bool) -> None: ...


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
