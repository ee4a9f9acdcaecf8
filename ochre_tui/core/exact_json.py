"""JSON with whole numbers of any size: as quick as orjson, which knows 64 bits, where none is larger."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from typing import Any, NoReturn

import orjson

_DIGITS = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_AS_LONG_AS_64_BITS = b"0" * 19
_LONGEST_NUMBER = 4000  # Python reads no longer one


def loads(raw: bytes | str) -> Any:
    """The value of a JSON text; orjson.JSONDecodeError, a ValueError, where it is none."""
    if may_be_large(raw):
        return loads_slowly(raw)
    return orjson.loads(raw)


def dumps(value: Any, *, sort_keys: bool = False) -> bytes:
    """`value`, dataclasses in it included, as compact JSON; TypeError or ValueError where JSON can't say it."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except orjson.JSONEncodeError as error:
        if "64-bit" not in str(error):
            raise
    plain = json.dumps(
        value, default=_plain, sort_keys=sort_keys, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return plain.encode()


def may_be_large(raw: bytes | str) -> bool:
    """Whether a number in the text could be beyond 64 bits."""
    text = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    return _AS_LONG_AS_64_BITS in text.translate(_DIGITS)


def loads_slowly(raw: bytes | str) -> Any:
    """The same for texts with large numbers or lone surrogates; ValueError or RecursionError where it can't be read."""
    return json.loads(raw, parse_int=_whole, parse_constant=_refused)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
