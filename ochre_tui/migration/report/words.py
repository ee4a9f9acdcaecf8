"""How a report words its numbers and times, in every format."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import size
from ochre_tui.migration.plan.scope import workspace_zone
from ochre_tui.migration.report.facts import Report

_LONGEST = 300


def at_in(timezone: str) -> Callable[[int], str]:
    """Writes unix seconds as people of this zone do."""
    zone = workspace_zone(timezone)
    return lambda seconds: datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M")


def number(value: int) -> str:
    return f"{value:,}"


def short(value: object) -> str:
    """A compared value, on one line and cut."""
    return "nothing" if value is None else clean_line(str(value), _LONGEST)


def tiles(report: Report) -> tuple[tuple[str, str], ...]:
    """The four numbers that say most."""
    counts = {row.kind: row.counts for row in report.kinds}

    def there(kind: str) -> str:
        found = counts[kind]  # type: ignore[index]  # every kind has a row
        return number(found["created"] + found["changed"] + found["unchanged"])

    return (
        ("conversations in Ochre", there("conversations")),
        ("customers", there("customers")),
        (f"attachments, {size(report.attachments.bytes)}", number(report.attachments.stored)),
        ("in quarantine or missing", number(_open(report))),
    )


def _open(report: Report) -> int:
    return sum(row.counts["quarantined"] for row in report.kinds) + report.attachments.missing
