"""What one HTTP exchange with the simulated API is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

import orjson

Json = dict[str, Any]
Header = tuple[bytes, bytes]

JSON_TYPE: Header = (b"content-type", b"application/json; charset=utf-8")


@dataclass(slots=True)
class Call:
    """One request, as the endpoints see it; `raw_path` is percent-encoded, `path` is not."""

    method: str
    path: str
    raw_path: str
    query_string: str
    headers: dict[bytes, bytes]
    body: bytes
    version: str = ""
    segments: list[str] = field(default_factory=list)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query string, the last one winning."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def arg(self) -> str:
        """The second segment of the path: the id in `/contacts/{id}/tags`."""
        return self.segments[1]

    @property
    def key(self) -> str:
        """What makes a repeated request the same request."""
        body = self.body.decode("utf-8", "replace")
        return f"{self.method} {self.raw_path}?{self.query_string} {body}"

    def json(self) -> Json:
        """The body as a JSON object; an empty body is an empty one."""
        if not self.body:
            return {}
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise ApiError(400, "bad_request", "The request body is not valid JSON") from error
        if not isinstance(value, dict):
            raise ApiError(400, "bad_request", "The request body must be a JSON object")
        return value

    def flag(self, name: str) -> bool:
        """A boolean parameter of the query."""
        return self.query.get(name, "").lower() in {"true", "1"}


How = Literal["whole", "cut", "reset", "stall", "slow", "endless"]


@dataclass(slots=True)
class Reply:
    """One answer; the date and the rate headers are added where it is sent.

    `how` is the way it travels: whole unless a fault says otherwise, which may take `seconds`.
    """

    status: int
    body: bytes
    headers: list[Header] = field(default_factory=lambda: [JSON_TYPE])
    how: How = "whole"
    seconds: float = 0.0


class ApiError(Exception):
    """An error that the API answers in its envelope."""

    def __init__(self, status: int, code: str, message: str, *, headers: list[Header] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or []


def dump(value: Any) -> bytes:
    """`value` as JSON, lone surrogates and integers of any size included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def answer(value: Json, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, dump(value))


def refuse(refusal: ApiError, request_id: str) -> Reply:
    """The error envelope of `refusal`."""
    error = {"code": refusal.code, "message": refusal.message, "field": None}
    envelope = {"type": "error.list", "request_id": request_id, "errors": [error]}
    return Reply(refusal.status, orjson.dumps(envelope), [JSON_TYPE, *refusal.headers])


def html(status: int, title: str) -> Reply:
    """A bare page as the proxy in front of the API sends it."""
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
    page += "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    return Reply(status, page.encode(), [(b"content-type", b"text/html")])
