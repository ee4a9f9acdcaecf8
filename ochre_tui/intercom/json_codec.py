"""JSON as Intercom writes it: parsed without trust, written back without loss."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import orjson

from ochre_tui.core.exact_json import loads, loads_slowly

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
        value = loads(raw)
    except (ValueError, RecursionError):
        value = _parse_leniently(raw)
    if not isinstance(value, dict):
        raise BadBodyError("no JSON object")
    if not _writable(value) and _too_deep(value):
        raise BadBodyError("JSON nested too deep")
    return value


def _parse_leniently(raw: bytes) -> Any:
    """What orjson refuses and Intercom may send: escapes of lone surrogates."""
    if b"\\ud" not in raw and b"\\uD" not in raw:
        raise BadBodyError("a web page instead of data" if raw.lstrip()[:1] == b"<" else "no or broken JSON")
    try:
        return loads_slowly(raw)
    except (ValueError, RecursionError):
        raise BadBodyError("broken JSON") from None


def _writable(value: Any) -> bool:
    # Far quicker than a walk in Python; besides depth only large numbers and lone surrogates can fail.
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
