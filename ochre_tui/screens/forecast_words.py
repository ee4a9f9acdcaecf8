"""A forecast in words."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from ochre_tui.core.wording import duration, size
from ochre_tui.migration.plan.model import Dates, Import
from ochre_tui.migration.scan.forecast import Forecast
from ochre_tui.migration.scan.result import Interval, ScanResult

_RANGE_WORDS: Final = {"all": "all time", "2y": "last 2 years", "6m": "last 6 months"}


def forecast_lines(found: Forecast, result: ScanResult, chosen: Import) -> Content:
    """What comes over, in lines for a narrow panel."""
    total = result.counts["conversations"]
    about = "" if found.exact else "about "
    lines = [
        *_figure("Conversations", f"{about}{found.conversations:,}", f"of {total:,}"),
        *_figure("Contacts", contacts(found, chosen), ""),
        *_figure("Saved replies", f"{found.saved_replies:,}", ""),
        *_figure("Attachments", *_files(found)),
        *_figure("Time", f"about {duration(found.seconds.likely)}", span(found.seconds)),
    ]
    return Content("\n").join(lines)


def contacts(found: Forecast, chosen: Import) -> str:
    """How many contacts come over, as far as it is known."""
    return f"{found.contacts:,}" if chosen.contacts == "all" else f"up to {found.contacts:,}"


def span(seconds: Interval) -> str:
    """The ends of a time estimate."""
    return f"{duration(seconds.low)} to {duration(seconds.high)}"


def range_words(chosen: Import) -> str:
    """The plan's range in words."""
    if isinstance(chosen.range, Dates):
        return f"{chosen.range.from_} to before {chosen.range.to}"
    return _RANGE_WORDS[chosen.range]


def _files(found: Forecast) -> tuple[str, str]:
    if not found.attachments:
        return "none", ""
    span = f"{size(found.bytes.low)} to {size(found.bytes.high)}"
    return f"about {found.attachments:,}, {size(found.bytes.likely)}", span


def _figure(title: str, figure: str, more: str) -> list[Content]:
    lines = [Content.styled(title, "$foreground-muted"), Content.assemble("  ", (figure, "bold"))]
    if more:
        lines.append(Content.assemble("  ", (more, "$foreground-muted")))
    return lines
