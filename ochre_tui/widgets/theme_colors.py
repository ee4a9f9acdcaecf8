"""The theme's colours for cells of tables, which take Rich's styles."""

from __future__ import annotations

from typing import Literal, TypeAlias

from rich.style import Style
from textual.app import App
from textual.color import Color

Tint: TypeAlias = Literal["success", "warning", "error"]


def tint(app: App[object], name: Tint, *, bold: bool = False) -> Style:
    """A style in the theme's colour of that name."""
    return Style(color=Color.parse(app.theme_variables[name]).rich_color, bold=bold)
