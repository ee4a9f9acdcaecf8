"""Name resolution that can't be talked into this machine or its network."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from ochre_tui.intercom.hosts import FileHosts, is_public


class NotPublicError(OSError):
    """A name that leads to an address which is not on the public internet."""


class GuardedResolver(AbstractResolver):
    """Resolves a name to its public addresses alone, unless the operator named the host.

    The connection goes to the address given here, so a name can't answer one thing to the check and another to the
    connection. Literal addresses never come here. The proxy, where there is one, is the operator's own choice.
    """

    def __init__(self, hosts: FileHosts, resolver: AbstractResolver | None = None, *, proxy: str | None = None) -> None:
        self._hosts = hosts
        parts = urlsplit(proxy or "")
        self._proxy = (parts.hostname, parts.port)
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        if self._hosts.names(host, port) or (host, port) == self._proxy:
            return results
        public = [result for result in results if is_public(result["host"])]
        if not public:
            raise NotPublicError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        await self._resolver.close()
