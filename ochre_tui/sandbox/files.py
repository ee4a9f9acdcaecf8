"""Signed file addresses, and the server that honours them until they expire."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from hmac import compare_digest
from urllib.parse import unquote

from ochre_tui.sandbox.exchange import Call, Reply, html
from ochre_tui.sandbox.limits import Clock

QUARTER_S = 900
StoredFile = tuple[bytes, str]
"""Bytes and content type."""
_REQ = b"dCcnF89%2BmIFYWfMW1HO4zY4Ktb8%3D"


class Signer:
    """Signs every address under `files_url` in rendered JSON.

    Expiry lies on quarter hours when addresses live that long, as the real ones do, so their life
    is between a half and the whole of `life_s`; shorter lives are exact.
    """

    def __init__(self, files_url: str, life_s: int, clock: Clock, seed: int) -> None:
        self._life_s = life_s
        self._clock = clock
        self._key = blake2b(f"files of {seed}".encode()).digest()
        self._mark = files_url.encode()
        self._address = re.compile(
            rb'(?P<quote>(?<!\\)")?'
            + re.escape(self._mark)
            + rb"(?P<path>/[^\"\\\s<>'?#&]*)(?P<query>\?[^\"\\\s<>'#]*)?"
        )

    def expires(self) -> int:
        """When an address signed now stops working."""
        end = self._clock.now() + self._life_s
        return int(end // QUARTER_S * QUARTER_S) if self._life_s >= 2 * QUARTER_S else int(end)

    def sign(self, rendered: bytes) -> bytes:
        """`rendered` with signatures: `&amp;` between the parameters where an address stands in HTML."""
        if self._mark not in rendered:
            return rendered
        expires = self.expires()

        def signed(match: re.Match[bytes]) -> bytes:
            path = match["path"]
            join = b"&" if match["quote"] else b"&amp;"
            start = match["query"] + join if match["query"] else b"?"
            signature = self._signature(path.decode("ascii", "replace"), expires).encode()
            query = start + b"expires=%d" % expires + join + b"signature=" + signature + join + b"req=" + _REQ
            return (match["quote"] or b"") + self._mark + path + query

        return self._address.sub(signed, rendered)

    def verdict(self, path: str, query: dict[str, str]) -> str | None:
        """Why an address is refused, or None; `path` may be percent-encoded in any way."""
        try:
            expires = int(query.get("expires", ""))
        except ValueError:
            return "Missing signature"
        if not compare_digest(query.get("signature", ""), self._signature(path, expires)):
            return "Wrong signature"
        return "Expired" if expires <= self._clock.now() else None

    def _signature(self, path: str, expires: int) -> str:
        # Clients may re-encode a path on the way, so the signature covers what it means.
        return blake2b(f"{unquote(path)}?{expires}".encode(), key=self._key, digest_size=32).hexdigest()


@dataclass(slots=True)
class FileCounts:
    """What the file server has seen."""

    requests: int = 0
    bytes: int = 0
    bearer_leaks: int = 0
    by_status: Counter[int] = field(default_factory=Counter)


def file_reply(call: Call, signer: Signer, read: Callable[[str], StoredFile | None], counts: FileCounts) -> Reply:
    """The answer to a file request: the signature is the only key, a bearer token is a leak."""
    if b"authorization" in call.headers:
        counts.bearer_leaks += 1
        return html(400, "400 Bad Request")
    if call.method not in {"GET", "HEAD"}:
        return html(405, "405 Method Not Allowed")
    if signer.verdict(call.raw_path, call.query):
        return html(403, "403 Forbidden")
    file = read(call.raw_path)
    if file is None:
        return html(404, "404 Not Found")
    content, content_type = file
    return Reply(200, content, [(b"content-type", content_type.encode("latin-1", "replace"))])
