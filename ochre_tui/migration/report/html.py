"""The report as one page that holds all it shows: no script, no address that a browser would load."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ochre_tui.core.text import clean
from ochre_tui.core.wording import size
from ochre_tui.migration.report.model import Month, Report, SizeClass
from ochre_tui.migration.report.tables import at_in, short
from ochre_tui.migration.status import Sample
from ochre_tui.migration.wording import KIND_WORDS

_TEMPLATE = "page.html.j2"
WIDTH = 720
HEIGHT = 180
_LEFT = 52
_BOTTOM = 24
_TOP = 10
_MOST_LABELS = 12


def as_html(report: Report) -> str:
    """The page; every text passes `clean`, and is escaped, on its way into it."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    source = files(__package__).joinpath(_TEMPLATE).read_text("utf-8")
    return environment.from_string(source).render(
        r=report,
        at=at_in(report.timezone),
        n=number,
        size=size,
        short=short,
        kinds=KIND_WORDS,
        tiles=tiles(report),
        months=months_plot(report.months),
        speed=speed_plot(report.speed),
        sizes=sizes_plot(report.sizes),
        width=WIDTH,
        height=HEIGHT,
    )


def _shown(value: Any) -> Any:
    """What an expression of the template comes to, without characters that could steer how it is read."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def number(value: int) -> str:
    return f"{value:,}"


def tiles(report: Report) -> tuple[tuple[str, str], ...]:
    """The four numbers that say most."""
    counts = {row.kind: row.counts for row in report.kinds}

    def in_ochre(kind: str) -> str:
        counts_of_kind = counts[kind]  # type: ignore[index]  # every kind has a row
        return number(counts_of_kind["created"] + counts_of_kind["changed"] + counts_of_kind["unchanged"])

    return (
        ("conversations in Ochre", in_ochre("conversations")),
        ("customers", in_ochre("customers")),
        (f"attachments, {size(report.attachments.bytes)}", number(report.attachments.stored)),
        ("in quarantine or missing", number(_open(report))),
    )


def _open(report: Report) -> int:
    return sum(row.counts["quarantined"] for row in report.kinds) + report.attachments.missing


@dataclass(frozen=True, slots=True)
class Bar:
    """`series` tells the two sides apart; `title` is what a pointer over it shows."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """`lines` are points of polylines, one a series."""

    bars: tuple[Bar, ...]
    lines: tuple[str, ...]
    x_labels: tuple[Label, ...]
    y_labels: tuple[Label, ...]


def months_plot(months: Sequence[Month]) -> Plot:
    """Two bars a month: Intercom's count and Ochre's."""
    top = _nice(max((max(month.source, month.target) for month in months), default=0))
    step = (WIDTH - _LEFT) / max(1, len(months))
    bars = []
    for index, month in enumerate(months):
        for series, count in enumerate((month.source, month.target)):
            side = ("Intercom", "Ochre")[series]
            bars.append(
                _bar(
                    _LEFT + step * (index + 0.1 + 0.4 * series),
                    step * 0.4,
                    count,
                    top,
                    series,
                    f"{month.name}, {side}: {count:,}",
                )
            )
    every = max(1, math.ceil(len(months) / _MOST_LABELS))
    labels = [
        Label(_LEFT + step * (index + 0.5), HEIGHT - 8, month.name)
        for index, month in enumerate(months)
        if index % every == 0
    ]
    return Plot(tuple(bars), (), tuple(labels), _scale(top))


def sizes_plot(sizes: Sequence[SizeClass]) -> Plot:
    """A bar for each class of attachment sizes."""
    top = _nice(max((size.count for size in sizes), default=0))
    step = (WIDTH - _LEFT) / max(1, len(sizes))
    bars = [
        _bar(_LEFT + step * (index + 0.2), step * 0.6, size.count, top, 1, f"{size.name}: {size.count:,}")
        for index, size in enumerate(sizes)
    ]
    labels = [Label(_LEFT + step * (index + 0.5), HEIGHT - 8, size.name) for index, size in enumerate(sizes)]
    return Plot(tuple(bars), (), tuple(labels), _scale(top))


def speed_plot(speed: Sequence[Sample]) -> Plot:
    """Records and requests a second over the importer's last minutes of work."""
    top = _nice(max((max(sample.records_per_s, sample.requests_per_s) for sample in speed), default=0))
    first, last = (speed[0].at, speed[-1].at) if speed else (0.0, 0.0)
    across = (WIDTH - _LEFT) / max(last - first, 1e-9)

    def line(values: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{_LEFT + (at - first) * across:.1f},{_height(value, top):.1f}" for at, value in values)

    lines = (
        line([(sample.at, sample.records_per_s) for sample in speed]),
        line([(sample.at, sample.requests_per_s) for sample in speed]),
    )
    ends = ((_LEFT + 20, first), (WIDTH - 20, last))
    labels = tuple(Label(x, HEIGHT - 8, f"{at / 60:.1f} min") for x, at in ends)
    return Plot((), lines, labels, _scale(top))


def _bar(x: float, width: float, count: int, top: float, series: int, title: str) -> Bar:
    y = _height(count, top)
    return Bar(round(x, 1), round(y, 1), round(width, 1), round(HEIGHT - _BOTTOM - y, 1), series, title)


def _height(value: float, top: float) -> float:
    return _TOP + (HEIGHT - _BOTTOM - _TOP) * (1 - value / top)


def _scale(top: float) -> tuple[Label, ...]:
    return tuple(Label(_LEFT - 6, _height(value, top) + 3, f"{value:,.0f}") for value in (0, top / 2, top))


def _nice(most: float) -> float:
    """The next number that reads well at the top of a scale, an even one."""
    if most <= 2:
        return 2
    unit = 10 ** math.floor(math.log10(most))
    return float(next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= most))
