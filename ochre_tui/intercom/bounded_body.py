"""Bodies of answers, read with bounds."""

from __future__ import annotations

import zlib
from typing import Any

import httpx

from ochre_tui.intercom.json_codec import BadBodyError

MAX_BODY = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


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
