"""Readers for single values of Intercom's JSON: whatever comes, they give the wanted type or its default.

Intercom sends numbers as strings, ids as numbers, and null, 0 or "" for "none"; none of it may stop a record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from html import unescape
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, PlainValidator

Json: TypeAlias = dict[str, Any]

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_DIGITS = re.compile(r"-?\d{1,18}")
_LONGEST_INT = 2**63


def scrub(text: str) -> str:
    """`text` with NUL and lone surrogates, which no store takes, replaced by U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def as_raw(value: Any) -> str | None:
    """A string exactly as it came; None for "" and everything else."""
    return value if isinstance(value, str) and value else None


def as_text(value: Any) -> str | None:
    """A string that can be stored; numbers in their JSON form; None where there is nothing but blanks."""
    if isinstance(value, str):
        return scrub(value) if value and not value.isspace() else None
    return _number_text(value)


def decoded(text: str) -> str:
    """`text` with HTML entities as characters, once; only those that end in a semicolon, as all do that were written
    by a program."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text) if "&" in text else text


def as_name(value: Any) -> str | None:
    """A name, which Intercom sends HTML-escaped, as text."""
    text = as_text(value)
    return as_text(decoded(text)) if text and "&" in text else text


def as_id(value: Any) -> str | None:
    """An id as a string; None for null, 0 and ""."""
    if isinstance(value, str):
        return scrub(value.strip()) if value != "0" and value.strip() else None
    return _number_text(value) if value != 0 else None


def required_id(value: Any) -> str:
    """An id that has to be there."""
    ident = as_id(value)
    if ident is None:
        raise ValueError("no id")
    return ident


def as_int(value: Any) -> int | None:
    """A whole number of at most 64 bits, cut off if it had decimals."""
    number = as_number(value)
    if number is None or abs(number) >= _LONGEST_INT:
        return None
    return int(number)


def as_number(value: Any) -> int | float | None:
    """A finite number, also from a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _parsed(value.strip())
    if isinstance(value, int):
        return value if abs(value) < _LONGEST_INT else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def as_flag(value: Any) -> bool:
    """True for true, 1 and "true"."""
    return value is True or value == 1 or (isinstance(value, str) and value.casefold() == "true")


def as_object(value: Any) -> Json:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(*keys: str) -> Callable[[Any], list[Json]]:
    """A reader of lists of objects that may be wrapped in an object under one of `keys`."""

    def read(value: Any) -> list[Json]:
        if isinstance(value, dict):
            value = next((value[key] for key in keys if isinstance(value.get(key), list)), None)
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    return read


def as_ids(value: Any) -> tuple[str, ...]:
    """A list of ids, those that are none left out."""
    return tuple(ident for item in value if (ident := as_id(item))) if isinstance(value, list) else ()


def _number_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value) if value.is_integer() and abs(value) < _LONGEST_INT else value
    return str(value)


def _parsed(text: str) -> int | float | None:
    if _DIGITS.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return None


def _object_or_none(value: Any) -> Json | None:
    return value if isinstance(value, dict) else None


Raw: TypeAlias = Annotated[str | None, PlainValidator(as_raw)]
Text: TypeAlias = Annotated[str | None, PlainValidator(as_text)]
Name: TypeAlias = Annotated[str | None, PlainValidator(as_name)]
Id: TypeAlias = Annotated[str | None, PlainValidator(as_id)]
RequiredId: TypeAlias = Annotated[str, PlainValidator(required_id)]
Int: TypeAlias = Annotated[int | None, PlainValidator(as_int)]
Number: TypeAlias = Annotated[int | float | None, PlainValidator(as_number)]
Flag: TypeAlias = Annotated[bool, PlainValidator(as_flag)]
Object: TypeAlias = Annotated[Json, PlainValidator(as_object)]
Ids: TypeAlias = Annotated[tuple[str, ...], PlainValidator(as_ids)]
# Puts `None` for anything that is no object before a nested model looks at it.
OrNone = BeforeValidator(_object_or_none)


class Lenient(BaseModel):
    """A piece of Intercom's JSON; unknown fields are ignored, every field has a default."""
