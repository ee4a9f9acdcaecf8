"""Which raw values fit which custom field, and how times are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

Json = dict[str, Any]

_LATEST: Final = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())
_MISFIT: Final = object()


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field that an attribute goes to."""

    key: str
    type: str
    options: tuple[str, ...] = ()


def seconds(raw: Any) -> int | None:
    """Seconds since 1970 in a raw time (seconds or milliseconds); None for what is none or absurd."""
    if not isinstance(raw, int) or isinstance(raw, bool):
        return None
    value = raw // 1000 if raw >= 10**11 else raw
    return value if 0 <= value <= _LATEST else None


def time_text(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_or_rest(raw: Any, name: str, unmapped: Json) -> str | None:
    """The time as the export writes it; a raw value that is none is kept in `unmapped`."""
    at = seconds(raw)
    if at is None and raw is not None:
        unmapped.setdefault(name, raw)
    return time_text(at)


def sort_out(attributes: Mapping[str, Any], fields: Mapping[str, Field | None]) -> tuple[Json, Json]:
    """Custom fields by key, and what is left over by Intercom's name; fields that are None are left out."""
    values: Json = {}
    unmapped: Json = {}
    for name, raw in attributes.items():
        if raw in (None, "") and not isinstance(raw, bool):
            continue
        if name not in fields:
            unmapped[name] = raw
            continue
        field = fields[name]
        if field is None:
            continue
        value = _fitted(field, raw)
        if value is _MISFIT:
            unmapped[name] = raw
        else:
            values[field.key] = value
    return values, unmapped


def _fitted(field: Field, raw: Any) -> Any:
    match field.type:
        case "text":
            return raw if isinstance(raw, str) else _MISFIT if isinstance(raw, list | dict) else json.dumps(raw)
        case "number":
            return _number(raw)
        case "boolean":
            known = {"true": True, "false": False}
            return known.get(str(raw).lower(), _MISFIT) if isinstance(raw, bool | str) else _MISFIT
        case "date":
            return _date(raw)
        case "single_select":
            return _option(field.options, raw)
        case _:
            chosen = [_option(field.options, value) for value in (raw if isinstance(raw, list) else [raw])]
            return _MISFIT if _MISFIT in chosen else chosen


def _number(raw: Any) -> Any:
    if isinstance(raw, str):
        return json.loads(raw) if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", raw) else _MISFIT
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else _MISFIT


def _date(raw: Any) -> Any:
    if isinstance(raw, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", raw):
            return raw
        if not re.match(r"\d{4}-\d\d-\d\dT", raw):
            return _MISFIT
        return time_text(int(datetime.fromisoformat(raw).timestamp()))
    at = seconds(raw)
    return _MISFIT if at is None else time_text(at)


def _option(options: tuple[str, ...], raw: Any) -> object:
    if not isinstance(raw, str):
        return _MISFIT
    exact = [option for option in options if option == raw]
    alike = [option for option in options if option.casefold() == raw.casefold()]
    return next(iter(exact or alike), _MISFIT)
