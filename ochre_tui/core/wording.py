"""Counts, sizes and times as people read them; light, because `status` starts with it."""

from __future__ import annotations

from datetime import UTC, datetime

_SIZE_UNITS = ("bytes", "kB", "MB", "GB")


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: "1 file", "2,000 files"; `plural` where an s doesn't make it."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(count: int | None) -> str:
    """Bytes in the unit that suits a person; None is an unknown size."""
    if count is None:
        return "unknown size"
    amount = float(count)
    for unit in _SIZE_UNITS:
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def timestamp(at: float) -> str:
    """Unix seconds for programs too: 2026-12-24T09:05:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(at: float) -> str:
    """Unix seconds where others read it, in reports and evidence: 2026-12-24 09:05 UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def second(at: float) -> str:
    """Unix seconds to the second, in UTC: 2026-12-24 09:05:00."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def clock(at: float, now: float) -> str:
    """Unix seconds in local time: 09:05, and 24 Dec 09:05 where it is another day than `now`."""
    then, today = datetime.fromtimestamp(at).astimezone(), datetime.fromtimestamp(now).astimezone()
    return then.strftime("%H:%M" if then.date() == today.date() else "%d %b %H:%M")


def day(at: float) -> str:
    """Unix seconds as a local date: 24 Dec 2026."""
    return datetime.fromtimestamp(at).astimezone().strftime("%d %b %Y").lstrip("0")


def date(at: float) -> str:
    """Unix seconds as a local date for tables: 2026-12-24."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")


def day_and_time(at: float) -> str:
    """Unix seconds as a date and time in UTC: 24 Dec 2026, 09:05."""
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %Y, %H:%M")


def duration(seconds: int) -> str:
    """Seconds in words, in the two largest units."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = seconds // 60, seconds // 3600
    return f"{minutes} min" if hours == 0 else f"{hours} h {minutes % 60} min"
