"""Who may see the pages: only requests that name this machine, and only with the password where there is one."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ochre_tui.core.secret import Secret

_LONGEST_PATH = 4096
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class AccessControl:
    """Stands before the pages; what is `exempt` (by its path) guards itself.

    A page of another site that had its own name lead to this machine could read what is served here; the browser then
    sends that name. `host` is the name that the server was told to listen on.
    """

    app: ASGIApp
    exempt: Callable[[str], bool]
    host: str | None
    password: Secret | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.exempt(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (self._refusal(scope) or self.app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._is_ours(headers.getlist("host")):
            return PlainTextResponse("This server is not called that; use its address.", 421)
        if len(scope["path"]) > _LONGEST_PATH:
            return PlainTextResponse("This address is too long.", 414)
        if self.password and not _is_password(headers.get("authorization", ""), self.password):
            return PlainTextResponse(
                "The password is what `ochre-tui serve` printed when it started; any user name will do.",
                401,
                {"WWW-Authenticate": 'Basic realm="ochre-tui", charset="UTF-8"'},
            )
        return None

    def _is_ours(self, named: list[str]) -> bool:
        if len(named) != 1:
            return False
        host = named[0].rpartition(":")[0] if named[0].rpartition(":")[2].isdecimal() else named[0]
        host = host.lower()
        if host in {"localhost", (self.host or "localhost").lower()}:
            return True
        try:
            ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True  # an address is no name that somebody else could have lead here


def _is_password(authorization: str, password: Secret) -> bool:
    scheme, _, rest = authorization.partition(" ")
    try:
        given = base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, password.unwrap().encode())
