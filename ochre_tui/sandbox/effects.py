"""What each fault makes of an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from ochre_tui.sandbox.faults import Fault
from ochre_tui.sandbox.json_wire import JSON_TYPE, ApiError, Header, How, Reply, answer, dump, html

_NGINX = {"502": "502 Bad Gateway", "504": "504 Gateway Time-out"}
_REFUSED = {
    "408": (408, "request_timeout", "Request timed out"),
    "500": (500, "server_error", "An internal server error occurred"),
    "503": (503, "service_unavailable", "Service is temporarily unavailable"),
    "gone": (404, "not_found", "Resource Not Found"),
    "poison": (500, "server_error", "An internal server error occurred"),
}
_LIMITED = "Exceeded rate limit of {limit} in 10_seconds"
HUGE_BYTES = 80_000_000
DEEP_LEVELS = 100_000


def refusal(fault: Fault, limit: int) -> ApiError | None:
    """The error that a fault answers in the API's own envelope."""
    if fault.name in _REFUSED:
        return ApiError(*_REFUSED[fault.name])
    if fault.name.startswith("429"):
        headers: list[Header] = []
        if fault.name == "429-retry-after":
            headers.append((b"retry-after", fault.arg.encode()))
        return ApiError(429, "rate_limit_exceeded", _LIMITED.format(limit=limit), headers=headers)
    return None


def rate_headers(fault: Fault, given: list[Header], now: float) -> list[Header]:
    """The rate headers that go with a fault's answer: the true ones, odd ones, or none."""
    if fault.name in _NGINX or fault.name in {"html", "gone-html", "429-bare"}:
        return []
    if fault.name == "429":
        return [given[0], (b"x-ratelimit-remaining", b"0"), given[2]]
    if fault.name == "429-past":
        return [given[0], (b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", str(int(now) - 30).encode())]
    return given


def instead(fault: Fault) -> Reply | None:
    """The answer that a fault gives without asking the endpoint, where it is not an error envelope."""
    if fault.name in _NGINX:
        return html(int(fault.name), _NGINX[fault.name])
    if fault.name == "gone-html":
        return html(404, "404 Not Found")
    if fault.name == "html":
        return html(200, "We'll be right back")
    return _INSTEAD[fault.name]() if fault.name in _INSTEAD else None


_INSTEAD: dict[str, Callable[[], Reply]] = {
    "empty": lambda: Reply(200, b""),
    "reset": lambda: Reply(200, b"", how="reset"),
    "huge": lambda: Reply(200, b'{"type":"list","data":["' + b"x" * HUGE_BYTES + b'"]}'),
    "deep": lambda: Reply(200, b'{"a":' * DEEP_LEVELS + b"1" + b"}" * DEEP_LEVELS),
    "not-object": lambda: Reply(200, orjson.dumps(["conversation"])),
    "malformed": lambda: answer(
        {"type": "conversation", "id": None, "created_at": "soon", "source": 7, "tags": [], "conversation_parts": "0"}
    ),
    "gzip": lambda: Reply(200, b"\x1f\x8b\x08\x00garbage that is no gzip", [JSON_TYPE, (b"content-encoding", b"gzip")]),
}


def spoiled(fault: Fault, reply: Reply) -> Reply:
    """What is left of a good answer."""
    spoil = _SPOILED.get(fault.name)
    return spoil(fault, reply) if spoil else reply


def _half(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _travels(how: How) -> Callable[[Fault, Reply], Reply]:
    return lambda fault, reply: replace(reply, how=how, seconds=fault.seconds)


def _page(status: int, title: str) -> Callable[[Fault, Reply], Reply]:
    return lambda fault, reply: html(status, title)


_NO_ROWS: list[Any] = [None, 7, "row", [], {}, {"id": None}, {"id": {"a": 1}}, {"id": "", "tags": "none"}]


def _odd_rows(fault: Fault, reply: Reply) -> Reply:
    body = orjson.loads(reply.body)
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    for rows in lists:
        rows[:0] = _NO_ROWS
    return replace(reply, body=dump(body)) if lists else reply


_SPOILED: dict[str, Callable[[Fault, Reply], Reply]] = {
    "odd-rows": _odd_rows,
    "truncated": _half,
    "cut": _travels("cut"),
    "stall": _travels("stall"),
    "slow": _travels("slow"),
    "file-cut": _travels("cut"),
    "file-reset": _travels("reset"),
    "file-stall": _travels("stall"),
    "file-slow": _travels("slow"),
    "file-endless": _travels("endless"),
    "file-short": _half,
    "file-long": lambda fault, reply: replace(reply, body=reply.body + b"\0" * 1000),
    "file-zero": lambda fault, reply: replace(reply, body=b""),
    "file-403": _page(403, "403 Forbidden"),
    "file-404": _page(404, "404 Not Found"),
    "file-410": _page(410, "410 Gone"),
    "file-500": _page(500, "500 Internal Server Error"),
    "file-redirect": lambda fault, reply: Reply(302, b"", [(b"location", fault.arg.encode())]),
}
