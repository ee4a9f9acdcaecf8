"""What the headers of an answer say about the rate limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class RateLimitHeaders:
    """The limit of the current window and what is left of it; `reset` (the window's end) and `date` are server time.

    `limited`: the answer was 429. `failed`: there was no usable answer. `retry_after`: seconds.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: int | None = None
    date: int | None = None
    retry_after: float | None = None
    limited: bool = False
    failed: bool = False


NO_ANSWER = RateLimitHeaders(failed=True)


def read_rate_limit(status: int, headers: Mapping[str, str]) -> RateLimitHeaders:
    """The notice in an answer's headers (case-insensitive mapping); what is absent or unreadable is None."""
    date = _date(headers.get("date", ""))
    limit = _whole(headers.get("x-ratelimit-limit"))
    return RateLimitHeaders(
        limit=limit if limit else None,
        remaining=_whole(headers.get("x-ratelimit-remaining")),
        reset=_whole(headers.get("x-ratelimit-reset")),
        date=date,
        retry_after=_retry_after(headers.get("retry-after"), date),
        limited=status == 429,
        failed=status >= 500 or status == 408,
    )


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 16 else None


@lru_cache(maxsize=8)
def _date(text: str) -> int | None:
    """Unix seconds; an answer a second shares this text with many others."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _retry_after(text: str | None, date: int | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = _date(text)
        seconds = float(until - date) if until is not None and date is not None else 0.0
    return seconds if 0.0 < seconds < float("inf") else None
