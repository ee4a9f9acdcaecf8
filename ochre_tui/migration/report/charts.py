"""Where the bars and lines of the report's plots are; pure numbers, which the template draws as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ochre_tui.migration.report.facts import Month, SizeClass
from ochre_tui.migration.status import Sample

WIDTH = 720
HEIGHT = 180
_LEFT = 52
_BOTTOM = 24
_TOP = 10
_MOST_LABELS = 12


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
    for place, month in enumerate(months):
        for series, number in enumerate((month.source, month.target)):
            side = ("Intercom", "Ochre")[series]
            bars.append(
                _bar(
                    _LEFT + step * (place + 0.1 + 0.4 * series),
                    step * 0.4,
                    number,
                    top,
                    series,
                    f"{month.name}, {side}: {number:,}",
                )
            )
    every = max(1, math.ceil(len(months) / _MOST_LABELS))
    labels = [
        Label(_LEFT + step * (place + 0.5), HEIGHT - 8, month.name)
        for place, month in enumerate(months)
        if place % every == 0
    ]
    return Plot(tuple(bars), (), tuple(labels), _scale(top))


def sizes_plot(sizes: Sequence[SizeClass]) -> Plot:
    """A bar for each class of attachment sizes."""
    top = _nice(max((size.count for size in sizes), default=0))
    step = (WIDTH - _LEFT) / max(1, len(sizes))
    bars = [
        _bar(_LEFT + step * (place + 0.2), step * 0.6, size.count, top, 1, f"{size.name}: {size.count:,}")
        for place, size in enumerate(sizes)
    ]
    labels = [Label(_LEFT + step * (place + 0.5), HEIGHT - 8, size.name) for place, size in enumerate(sizes)]
    return Plot(tuple(bars), (), tuple(labels), _scale(top))


def speed_plot(speed: Sequence[Sample]) -> Plot:
    """Records and requests a second over the importer's last minutes of work."""
    top = _nice(max((max(one.records_per_s, one.requests_per_s) for one in speed), default=0))
    first, last = (speed[0].at, speed[-1].at) if speed else (0.0, 0.0)
    across = (WIDTH - _LEFT) / max(last - first, 1e-9)

    def line(values: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{_LEFT + (at - first) * across:.1f},{_height(value, top):.1f}" for at, value in values)

    lines = (
        line([(one.at, one.records_per_s) for one in speed]),
        line([(one.at, one.requests_per_s) for one in speed]),
    )
    ends = ((_LEFT + 20, first), (WIDTH - 20, last))
    labels = tuple(Label(x, HEIGHT - 8, f"{at / 60:.1f} min") for x, at in ends)
    return Plot((), lines, labels, _scale(top))


def _bar(x: float, width: float, number: int, top: float, series: int, title: str) -> Bar:
    y = _height(number, top)
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
