"""Signs, bars, column charts and colours; signs have twins for terminals without UTF-8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.content import Content

Mark: TypeAlias = Literal[
    "done", "here", "open", "closed", "warning", "failed", "waiting", "paused", "to", "bar", "next"
]
Tint: TypeAlias = Literal["success", "warning", "error"]

_MARKS: Final[dict[Mark, tuple[str, str]]] = {
    "done": ("✓", "+"),
    "here": ("●", "*"),
    "open": ("○", "o"),
    "closed": ("·", "."),
    "warning": ("!", "!"),
    "failed": ("×", "x"),
    "waiting": ("…", "~"),
    "paused": ("‖", "="),
    "to": ("→", "->"),
    "bar": ("█", "#"),
    "next": ("›", ">"),
}
_FULL: Final = ("█", "#")
_EMPTY: Final = ("░", ".")
_EIGHTHS: Final = (" ▁▂▃▄▅▆▇█", " .:-=+*##")
ASCII_CLASS: Final = "-ascii"
"""The class that the app has where the terminal can't show more."""


def mark(app: App[Any], name: Mark) -> str:
    """The sign, as this terminal can show it."""
    return _MARKS[name][app.has_class(ASCII_CLASS)]


def bar(app: App[Any], fraction: float | None, width: int, style: str = "$accent") -> Content:
    """A bar of `width` cells, filled as far as `fraction` (0 to 1) says; empty where that is not known."""
    ascii_only = app.has_class(ASCII_CLASS)
    filled = 0 if fraction is None else min(width, int(fraction * width + 1e-9))
    if fraction and not filled:
        filled = 1
    return Content.assemble(
        (_FULL[ascii_only] * filled, style),
        (_EMPTY[ascii_only] * (width - filled), "$foreground-muted"),
    )


def columns(app: App[Any], values: Sequence[float], width: int, height: int) -> list[str]:
    """`height` lines of a column chart of the last `width` values, the newest on the right."""
    eighths = _EIGHTHS[app.has_class(ASCII_CLASS)]
    shown = list(values)[-width:]
    most = max(shown, default=0.0)
    levels = [round(value / most * height * 8) if most > 0 else 0 for value in shown]
    levels = [max(1, level) if value > 0 else 0 for level, value in zip(levels, shown, strict=True)]
    lines = []
    for row in range(height - 1, -1, -1):
        cells = "".join(eighths[min(8, max(0, level - row * 8))] for level in levels)
        lines.append(cells.rjust(width))
    return lines


def tint(app: App[Any], name: Tint, *, bold: bool = False) -> Style:
    """A style in the theme's colour of that name."""
    return Style(color=Color.parse(app.theme_variables[name]).rich_color, bold=bold)
