"""Faults on demand: which request is hit, how often, and with what.

Whether a fault hits depends on the seed and on the request alone, never on the order of requests, and
it hits the same request a fixed number of times: trying again gets through, unless it is for ever.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any, Literal

import orjson

from ochre_tui.sandbox.exchange import JSON_TYPE, ApiError, Header, How, Reply, answer, dump, html

Where = Literal["api", "conversation", "list", "scroll", "rows", "file", "switch"]
FOR_EVER = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does and what it does it to; `times` 0 means for ever."""

    where: Where
    about: str
    share: float = 1.0
    times: int = 1
    arg: str = ""


KINDS: dict[str, Kind] = {
    "429": Kind("api", "429 with the true window end", 0.02),
    "429-retry-after": Kind("api", "429 with Retry-After (arg: seconds)", 0.02, arg="1"),
    "429-bare": Kind("api", "429 without any header that says when", 0.02),
    "429-past": Kind("api", "429 whose reset lies in the past", 0.02),
    "408": Kind("api", "408 request_timeout", 0.02),
    "500": Kind("api", "500 server_error", 0.02),
    "502": Kind("api", "502 as bare nginx HTML", 0.02),
    "503": Kind("api", "503 service_unavailable", 0.02),
    "504": Kind("api", "504 as bare nginx HTML", 0.02),
    "empty": Kind("api", "200 with an empty body", 0.02),
    "html": Kind("api", "200 with an HTML page", 0.02),
    "truncated": Kind("api", "200 with JSON cut off in the middle", 0.02),
    "gzip": Kind("api", "200 that says gzip and is garbage", 0.02),
    "cut": Kind("api", "the connection closes in the middle of the body", 0.02),
    "reset": Kind("api", "the connection is reset before the answer", 0.02),
    "stall": Kind("api", "half a body, then nothing (arg: seconds until it closes)", 0.01, arg="30"),
    "slow": Kind("api", "the body comes in drops (arg: seconds it takes)", 0.02, arg="1"),
    "huge": Kind("api", "a body of 80 MB", 0.01),
    "deep": Kind("api", "JSON nested 100,000 levels deep", 0.01),
    "gone": Kind("conversation", "404 for a conversation that lists still show", 0.01, FOR_EVER),
    "gone-html": Kind("conversation", "the same, as a bare nginx page", 0.01, FOR_EVER),
    "poison": Kind("conversation", "500 for one conversation, always (arg: its id)", 0.01, FOR_EVER),
    "malformed": Kind("conversation", "a conversation that makes no sense, always (arg: its id)", 0.01, FOR_EVER),
    "not-object": Kind("conversation", "a JSON list in place of a conversation, always (arg: its id)", 0.01, FOR_EVER),
    "overlap": Kind("list", "a page begins with a row of the page before", 0.2, FOR_EVER),
    "shift": Kind("list", "a page sorted by updated_at misses its last row", 0.2, FOR_EVER),
    "repeat-cursor": Kind("list", "the next cursor is the one just used", 0.2),
    "cursor-expired": Kind("list", "a cursor is refused with 400", 0.2),
    "inclusive": Kind("list", "> and < mean 'or equal'", 1.0, FOR_EVER),
    "odd-rows": Kind("rows", "a list begins with rows that make no sense", 1.0, FOR_EVER),
    "no-null": Kind("list", "a search for what has no value is refused", 1.0, FOR_EVER),
    "scroll-500": Kind("scroll", "500 in the middle of the companies scroll", 1.0),
    "scroll-lost": Kind("scroll", "the companies scroll is lost (404)", 1.0),
    "scroll-stuck": Kind("scroll", "scroll_exists although none is open", 1.0),
    "scroll-loop": Kind("scroll", "the scroll begins again and never ends", 1.0, FOR_EVER),
    "file-403": Kind("file", "403 for a file address that has not expired", 0.05),
    "file-404": Kind("file", "404 for a file, always", 0.05, FOR_EVER),
    "file-410": Kind("file", "410 for a file, always", 0.05, FOR_EVER),
    "file-500": Kind("file", "500 for a file", 0.05),
    "file-cut": Kind("file", "a file's connection closes early", 0.05),
    "file-reset": Kind("file", "a file's connection is reset", 0.05),
    "file-stall": Kind("file", "half a file, then nothing (arg: seconds until it closes)", 0.02, arg="30"),
    "file-slow": Kind("file", "a file comes in drops (arg: seconds it takes)", 0.05, arg="1"),
    "file-short": Kind("file", "a whole answer with half of the file", 0.05),
    "file-long": Kind("file", "a whole answer with more than the file", 0.05),
    "file-zero": Kind("file", "an empty file", 0.05),
    "file-endless": Kind("file", "a file without length that never ends", 0.01, FOR_EVER),
    "file-redirect": Kind("file", "a redirect (arg: where to)", 0.05, FOR_EVER, "http://169.254.169.254/latest/"),
    "revoke": Kind("switch", "the token is revoked (with after=N: after N requests)"),
    "scope": Kind("switch", "the token lacks a scope (arg: its name)"),
    "limit": Kind("switch", "the limit per window changes (arg: the new one)"),
}

# The nasty mix: all of it passes when the client tries again, at most three times for one request.
_MIX: dict[Where, list[tuple[str, float, int, str]]] = {
    "api": [
        ("429", 0.001, 1, ""),
        ("429-retry-after", 0.003, 1, "1"),
        ("429-bare", 0.002, 1, ""),
        ("429-past", 0.002, 1, ""),
        ("408", 0.003, 1, ""),
        ("500", 0.006, 2, ""),
        ("502", 0.006, 3, ""),
        ("503", 0.006, 1, ""),
        ("504", 0.004, 2, ""),
        ("empty", 0.006, 1, ""),
        ("html", 0.006, 2, ""),
        ("truncated", 0.006, 1, ""),
        ("gzip", 0.004, 1, ""),
        ("cut", 0.006, 2, ""),
        ("reset", 0.006, 1, ""),
        ("slow", 0.003, 1, "0.5"),
        ("stall", 0.001, 1, "2"),
    ],
    "list": [("overlap", 0.1, FOR_EVER, ""), ("repeat-cursor", 0.03, 1, "")],
    "scroll": [("scroll-500", 0.15, 1, ""), ("scroll-lost", 0.15, 1, "")],
    "file": [
        ("file-403", 0.01, 1, ""),
        ("file-500", 0.01, 2, ""),
        ("file-cut", 0.01, 1, ""),
        ("file-reset", 0.01, 1, ""),
        ("file-slow", 0.005, 1, "0.5"),
    ],
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One active fault: it hits requests whose draw in its `group` lies in [`low`, `high`)."""

    name: str
    group: str
    low: float
    high: float
    times: int
    path: str = "*"
    after: int = 0
    arg: str = ""

    @property
    def where(self) -> Where:
        """What it does its work on."""
        return KINDS[self.name].where

    @property
    def seconds(self) -> float:
        """Its argument as seconds."""
        return float(self.arg or 0)


def parse(text: str) -> list[Fault]:
    """The faults that `NAME[=ARG][,share=S][,times=N][,path=P][,after=N]` asks for; `mix` is many.

    Raises ValueError for an unknown name, setting or number.
    """
    name, *rest = re.split("[=,]", text, maxsplit=1)
    settings = [part.partition("=") for part in "".join(rest).split(",") if part]
    arg = next((key for key, sign, _ in settings if not sign), "")
    given = {key: value for key, sign, value in settings if sign}
    unknown = given.keys() - {"share", "times", "path", "after"}
    if unknown:
        raise ValueError(f"unknown setting {sorted(unknown)[0]!r} in fault {text!r}")
    path, after = given.get("path", "*"), int(given.get("after", "0"))
    if name == "mix":
        return [replace(fault, path=path, after=after) for fault in _mix()]
    if name not in KINDS:
        raise ValueError(f"unknown fault {name!r}; known are mix, {', '.join(KINDS)}")
    kind = KINDS[name]
    share, times = float(given.get("share", kind.share)), int(given.get("times", kind.times))
    if kind.where == "conversation" and arg:
        path, share = f"/conversations/{arg}", float(given.get("share", "1"))
    return [Fault(name, text, 0.0, share, times, path, after, arg or kind.arg)]


def _mix() -> Iterable[Fault]:
    for where, members in _MIX.items():
        low = 0.0
        for name, share, times, arg in members:
            yield Fault(name, f"mix-{where}", low, low + share, times, arg=arg)
            low += share


@dataclass(slots=True)
class Faults:
    """The faults in force, and how often each request was hit."""

    seed: int
    active: list[Fault] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    _hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    _waiting: list[Fault] = field(default_factory=list)

    def put(self, texts: Iterable[str]) -> None:
        """Put exactly these faults in force; those of before end."""
        parsed = [fault for text in texts for fault in parse(text)]
        self.active = [fault for fault in parsed if fault.where != "switch"]
        self._waiting = [fault for fault in parsed if fault.where == "switch"]
        self._hits.clear()

    def hit(self, where: Where, path: str, key: str, served: int, *, name: str = "") -> Fault | None:
        """The fault that strikes this request now, if any; `served` is the number of requests before it."""
        for fault in self.active:
            if fault.where != where or (name and fault.name != name) or served < fault.after:
                continue
            if fault.path != "*" and not fnmatchcase(path, fault.path):
                continue
            if not fault.low <= self._draw(fault.group, key) < fault.high:
                continue
            count = (fault.group, key)
            if fault.times and self._hits[count] >= fault.times:
                continue
            if fault.times:
                self._hits[count] += 1
            self.fired[fault.name] += 1
            return fault
        return None

    def switches(self, served: int) -> list[Fault]:
        """The switches whose moment has come; each comes once."""
        if not self._waiting:
            return []
        due = [fault for fault in self._waiting if served >= fault.after]
        self._waiting = [fault for fault in self._waiting if served < fault.after]
        return due

    def _draw(self, group: str, key: str) -> float:
        digest = blake2b(f"{self.seed}\n{group}\n{key}".encode("utf-8", "replace"), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


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
