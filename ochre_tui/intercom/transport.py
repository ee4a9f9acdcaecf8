"""How requests get onto the wire: httpx over aiohttp's connection pool, several times faster than httpx's own."""

from __future__ import annotations

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from ochre_tui.core.network import proxy, tls_context
from ochre_tui.intercom.hosts import is_loopback

KEEP_ALIVE_S = 30.0


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
        self._out = _transport(through)
        self._here = _transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        chosen = self._here if is_loopback(request.url.host) else self._out
        return await chosen.handle_async_request(request)

    async def aclose(self) -> None:
        await self._out.aclose()
        await self._here.aclose()
