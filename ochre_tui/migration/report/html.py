"""The report as one page that holds all it shows: no script, no address that a browser would load."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ochre_tui.core.text import clean
from ochre_tui.core.wording import size
from ochre_tui.migration.report import charts
from ochre_tui.migration.report.facts import Report
from ochre_tui.migration.report.words import at_in, number, short, tiles
from ochre_tui.migration.wording import KIND_WORDS

_TEMPLATE = "page.html.j2"


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
        months=charts.months_plot(report.months),
        speed=charts.speed_plot(report.speed),
        sizes=charts.sizes_plot(report.sizes),
        width=charts.WIDTH,
        height=charts.HEIGHT,
    )


def _shown(value: Any) -> Any:
    """What an expression of the template comes to, without characters that could steer how it is read."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
