"""How requests get onto the wire: httpx over aiohttp's connection pool, several times faster than httpx's own."""

from __future__ import annotations

import ssl
from functools import lru_cache

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE_S = 30.0


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Verifies certificates and host names against Mozilla's list; reading it takes a while, so once a process."""
    return httpx.create_ssl_context(verify=True, trust_env=False)


def api_transport() -> httpx.AsyncBaseTransport:
    """No proxy, no cookies, no limit of its own: the pacer decides how much is under way."""
    context = tls_context()

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=KEEP_ALIVE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    return AiohttpTransport(verify=context, trust_env=False, client=session)
