"""Intercom's times: seconds, milliseconds, numbers in strings or ISO 8601, some of them nonsense."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

from ochre_tui.core.wording import timestamp

EARLIEST_DATE = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
LATEST = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())

_FROM_HERE_MILLISECONDS = 10**11
_NUMBER = re.compile(r"-?\d{9,16}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?", re.IGNORECASE)


def read_time(value: Any) -> int | None:
    """Whole seconds since 1970 (UTC) in what Intercom sent; None if it is none or outside 1970 to 2200."""
    if type(value) is int and 0 <= value <= LATEST:
        return value
    seconds = _seconds(value)
    return seconds if seconds is not None and 0 <= seconds <= LATEST else None


def is_unreadable(value: Any) -> bool:
    """Whether Intercom sent something for a time that is none, so that its raw value has to be kept."""
    return value is not None and value != "" and read_time(value) is None


def read_date(value: Any) -> str | None:
    """The date or time in a custom attribute, as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SSZ`.

    None if it is none or outside 1900 to 2200.
    """
    seconds = _seconds(value)
    if seconds is None or not EARLIEST_DATE <= seconds <= LATEST:
        return None
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        return value.strip()
    return timestamp(seconds)


def _seconds(value: Any) -> int | None:
    """Whole seconds since 1970, before it negative ones, in a number or a text of any form that Intercom uses."""
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return int(value // 1000 if value >= _FROM_HERE_MILLISECONDS else value // 1)


def _read_text(text: str) -> int | None:
    if _NUMBER.fullmatch(text):
        return _seconds(int(text))
    try:
        if _DATE.fullmatch(text):
            found = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        elif _DATE_TIME.fullmatch(text):
            found = datetime.fromisoformat(_canonical(text))
        else:
            return None
        return math.floor((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _canonical(text: str) -> str:
    """ISO 8601 as Python reads it: no blank before the zone, no zone names."""
    day, clock = text[:10], text[11:].upper().replace("UTC", "Z").replace(" ", "")
    return f"{day}T{clock}"
