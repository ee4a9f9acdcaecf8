"""How requests get onto the wire and bodies off it: httpx over aiohttp's connection pool, several times faster than
httpx's own."""

from __future__ import annotations

import zlib
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from ochre_tui.core.network import is_loopback, proxy, tls_context
from ochre_tui.intercom.json_codec import BadBodyError

KEEP_ALIVE_S = 30.0
MAX_BODY = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def api_transport() -> httpx.AsyncBaseTransport:
    """No cookies, no limit of its own: the pacer decides how much is under way. A proxy only where one is asked for."""
    through = proxy()
    return _transport() if through is None else _ThroughProxy(through)


def _transport(through: str | None = None) -> AiohttpTransport:
    context = tls_context()

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=KEEP_ALIVE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=through,
        )

    return AiohttpTransport(verify=context, trust_env=False, client=session)


class _ThroughProxy(httpx.AsyncBaseTransport):
    """Through the proxy, but for what is on this machine."""

    def __init__(self, through: str) -> None:
        self._proxied = _transport(through)
        self._direct = _transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        transport = self._direct if is_loopback(request.url.host) else self._proxied
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._proxied.aclose()
        await self._direct.aclose()


async def read_body(response: httpx.Response, limit: int = MAX_BODY) -> bytes:
    """The decoded body, at most `limit` bytes of it; BadBodyError when it is larger or its coding is broken."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise BadBodyError("an unknown content coding")
    inflate = (
        None if coding in ("identity", "") else zlib.decompressobj(zlib.MAX_WBITS if coding == "deflate" else _GZIP)
    )
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        if inflate is not None:
            chunk = _inflated(inflate, chunk, limit - size + 1)
        size += len(chunk)
        if size > limit:
            raise BadBodyError(f"more than {limit >> 20} MB in one answer")
        chunks.append(chunk)
    if inflate is not None and not inflate.eof:
        raise BadBodyError("a compressed answer that breaks off")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _inflated(inflate: Any, chunk: bytes, room: int) -> bytes:
    try:
        return bytes(inflate.decompress(chunk, room))
    except zlib.error:
        raise BadBodyError("a broken compressed answer") from None
