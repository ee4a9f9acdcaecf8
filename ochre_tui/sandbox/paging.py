"""The ways in which Intercom cuts a list into pages: by number, by link, by cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from ochre_tui.sandbox.exchange import ApiError, Call, Json

# Absolute links name this host in every region; a client has to put its own host in their place.
LINK_HOST = "https://api.intercom.io"


def per_page(value: object, *, default: int, most: int) -> int:
    """The page size asked for; too large or unreadable ones are refused as Intercom does."""
    if value is None or value == "":
        return default
    try:
        size = int(str(value))
    except ValueError as error:
        raise ApiError(400, "parameter_invalid", "Per Page must be a number") from error
    if size < 1:
        raise ApiError(400, "parameter_invalid", "Per Page must be at least 1")
    if size > most:
        raise ApiError(400, "parameter_invalid", "Per Page is too big")
    return size


def page_number(value: object) -> int:
    """The page asked for, from 1."""
    try:
        number = int(str(value)) if value not in (None, "") else 1
    except ValueError as error:
        raise ApiError(400, "parameter_invalid", "Page must be a number") from error
    if number < 1:
        raise ApiError(400, "parameter_invalid", "Page must be at least 1")
    return number


def pages(page: int, size: int, total: int) -> Json:
    """The `pages` object without its `next`; 0 records still make one page."""
    return {"type": "pages", "page": page, "per_page": size, "total_pages": max(1, -(-total // size))}


def linked(call: Call, rows: Sequence[Any], *, default: int, most: int) -> tuple[Sequence[Any], Json]:
    """One page of `rows` by number, whose `pages.next` is an absolute address or null."""
    query = call.query
    size = per_page(query.get("per_page"), default=default, most=most)
    page = page_number(query.get("page"))
    cut = rows[(page - 1) * size : page * size]
    described = pages(page, size, len(rows))
    described["next"] = next_link(call, page, size) if page * size < len(rows) else None
    return cut, described


def next_link(call: Call, page: int, size: int) -> str:
    """The absolute address of the page after `page`."""
    return f"{LINK_HOST}{call.raw_path}?per_page={size}&page={page + 1}"


def encode_cursor(value: list[Any]) -> str:
    """An opaque cursor: base64 with the line breaks that the real one has."""
    return base64.encodebytes(orjson.dumps(value)).decode("ascii")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The values of a cursor made by `encode_cursor`."""
    try:
        value = orjson.loads(base64.b64decode(cursor, validate=False))
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, "parameter_invalid", "starting_after is not a valid cursor") from error
    if not isinstance(value, list) or len(value) != length:
        raise ApiError(400, "parameter_invalid", "starting_after is not a valid cursor")
    return value
