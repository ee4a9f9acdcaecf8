"""How Intercom's ids are ordered."""

from __future__ import annotations


def by_number(intercom_id: str | None) -> tuple[int, int, str]:
    """A sort key: numeric ids by their number, then all others as text."""
    text = intercom_id or ""
    if text.isascii() and text.isdigit() and len(text) <= 40:
        return (0, int(text), text)
    return (1, 0, text)
