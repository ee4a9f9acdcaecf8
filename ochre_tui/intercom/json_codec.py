"""JSON as Intercom writes it: parsed without trust, written back without loss."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeAlias

import orjson

Json: TypeAlias = dict[str, Any]

MAX_DEPTH = 254
"""As deep as orjson writes; it reads deeper, and nothing that people write comes near."""


class BadBodyError(ValueError):
    """Bytes that are no usable answer; the text says why, in words for an operator."""


def parse(raw: bytes) -> Json:
    """The JSON object in `raw`; BadBodyError for everything else."""
    if not raw.strip():
        raise BadBodyError("an empty answer")
    try:
        value = orjson.loads(raw)
        too_deep = not _writable(value)
    except orjson.JSONDecodeError:
        value = _parse_leniently(raw)
        too_deep = _too_deep(value)
    if not isinstance(value, dict):
        raise BadBodyError("no JSON object")
    if too_deep:
        raise BadBodyError("JSON nested too deep")
    return value


def _parse_leniently(raw: bytes) -> Any:
    """What orjson refuses and Intercom may send: escapes of lone surrogates."""
    if b"\\ud" not in raw and b"\\uD" not in raw:
        raise BadBodyError("a web page instead of data" if raw.lstrip()[:1] == b"<" else "no or broken JSON")
    try:
        return json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadBodyError("broken JSON") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _writable(value: Any) -> bool:
    # Far quicker than a walk in Python, and for what orjson has read depth is the one thing that can fail.
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _too_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def dump(value: Json) -> bytes:
    """`value` as compact JSON that `parse` reads back to the same, lone surrogates included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()
