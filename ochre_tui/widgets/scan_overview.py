"""What a scan found, on one page: counts, months, states, channels, files, time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import duration, size
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.widgets.glyphs import columns, mark

_COUNTS_WIDTH: Final = 29
_NONE: Final = "none"
_LISTED: Final = 4
_HEADING: Final = 2
_FEWEST: Final = 3
_CHANNELS: Final = {
    "conversation": "Messenger",
    "email": "e-mail",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "twitter": "Twitter",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "phone_call": "phone",
    "none": "not told",
}


class ScanOverview(Widget):
    """Redraws itself for the room it has."""

    result: reactive[ScanResult | None] = reactive(None)

    def render(self) -> Content:
        if self.result is None:
            return Content("")
        width, height = self.content_size.width, self.content_size.height
        counts = _counts(self.result)
        plot = self._plot(self.result, width - _COUNTS_WIDTH - 2, max(5, min(height - 8, 14)))
        rows = max(len(counts), len(plot))
        empty = Content(" " * _COUNTS_WIDTH)
        lines = [
            Content.assemble(counts[n] if n < len(counts) else empty, "  ", plot[n] if n < len(plot) else "")
            for n in range(rows)
        ]
        lines += [Content(""), *_facts(self.result)]
        return Content("\n").join([*lines, *self._problems(self.result, height - len(lines))])

    def _problems(self, result: ScanResult, room: int) -> list[Content]:
        """The first problems, a line each, where there is room for them."""
        if not result.warnings or room < _HEADING + _FEWEST:
            return []
        shown = result.warnings[: room - _HEADING]
        sign = mark(self.app, "warning")
        left = len(result.warnings) - len(shown)
        more = f", {left} more there" if left else ""
        return [
            Content(""),
            Content.assemble(
                ("What needs a look", "bold"), (f"  3 opens the records behind{more}", "$foreground-muted")
            ),
            *(
                Content.assemble((f"{sign} ", "$text-warning"), clean_line(warning.message, 400)).truncate(
                    self.content_size.width, ellipsis=True
                )
                for warning in shown
            ),
        ]

    def _plot(self, result: ScanResult, width: int, height: int) -> list[Content]:
        """Conversations by month, the newest on the right, as wide as the room allows."""
        months = {month: count for month, count in result.conversations.by_month.items() if month != _NONE}
        filled = _filled(months)
        if not filled:
            return [Content.styled("No dated conversation.", "$foreground-muted")]
        wide = max(1, min(4, width // len(filled)))
        shown = dict(list(filled.items())[-(width // wide) :])
        most = max(shown.values())
        values = [value for count in shown.values() for value in [float(count)] * max(1, wide - 1) + [0.0] * (wide > 1)]
        drawn = columns(self.app, values, len(values), height - 2)
        first, last = next(iter(shown)), next(reversed(shown))
        title = f"Conversations by month, at most {most:,}"
        axis = f"{first}{last:>{max(1, len(values) - len(first))}}" if len(values) > len(first) + len(last) else last
        return [
            Content.styled(title, "bold"),
            *(Content.styled(line, "$accent") for line in drawn),
            Content.styled(axis, "$foreground-muted"),
        ]


def _filled(months: Mapping[str, int]) -> dict[str, int]:
    """Every month from the first to the last, empty ones too."""
    if not months:
        return {}
    first, last = min(months), max(months)
    year, number = (int(part) for part in first.split("-"))
    filled = {}
    while (month := f"{year}-{number:02}") <= last:
        filled[month] = months.get(month, 0)
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return filled


def _counts(result: ScanResult) -> list[Content]:
    return [
        Content.assemble(f"{what.replace('_', ' ').capitalize():18}", (f"{count:>11,}", "bold"))
        for what, count in result.counts.items()
    ]


def _facts(result: ScanResult) -> list[Content]:
    conversations, files, time = result.conversations, result.attachments, result.estimate_s
    return [
        _fact("States", _listed(conversations.by_state)),
        _fact("Channels", _listed(conversations.by_channel)),
        _fact(
            "Attachments",
            f"about {files.count:,}, {size(files.bytes.likely)} ({size(files.bytes.low)} to {size(files.bytes.high)}), "
            f"from {files.sampled:,} read"
            if conversations.by_state
            else "none",
        ),
        _fact("Time", f"about {duration(time.likely)} ({duration(time.low)} to {duration(time.high)})"),
    ]


def _fact(title: str, text: str) -> Content:
    return Content.assemble((f"{title:12} ", "$foreground-muted"), text)


def _listed(table: Mapping[str, int]) -> str:
    """The most frequent first; the rest as one."""
    most_first = sorted(table.items(), key=lambda row: -row[1])
    shown = [f"{_CHANNELS.get(name) or clean_line(name, 20)} {count:,}" for name, count in most_first[:_LISTED]]
    if others := sum(count for _, count in most_first[_LISTED:]):
        shown.append(f"others {others:,}")
    return ", ".join(shown) or "none"
