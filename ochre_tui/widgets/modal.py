"""A screen over another one, which shows through it dimmed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.geometry import Region, Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class Modal(ModalScreen[ScreenResultType]):
    """Textual dims each piece of the screen below by itself, with every frame: half of what a dialog costs."""

    _dimmed: _Dimmed | None = None

    def render(self) -> RenderableType:
        below = super().render()
        if not isinstance(below, BackgroundScreen):
            return below
        if self._dimmed is None or (self._dimmed.screen, self._dimmed.color) != (below.screen, below.color):
            self._dimmed = _Dimmed(below.screen, below.color)
        return self._dimmed

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if regions:  # what has changed on the screen below
            self._dimmed = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class _Dimmed(Visual, BackgroundScreen):
    """The same picture, drawn once until it changes: each of its few styles is dimmed once, no line is taken apart."""

    def __init__(self, screen: Screen[Any], color: Color) -> None:
        super().__init__(screen, color)
        self._drawn: dict[Size, list[Strip]] = {}

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        size = Size(width, height or self.screen.size.height)
        if size not in self._drawn:
            self._drawn[size] = [self._dim(line) for line in self.screen._compositor.render_strips(size)]
        return self._drawn[size]

    def _dim(self, line: Strip) -> Strip:
        return Strip([Segment(text, _dimmed(drawn, self.color)) for text, drawn, _ in line], line.cell_length)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self.screen.size.height


@lru_cache(maxsize=1024)
def _dimmed(style: RichStyle | None, color: Color) -> RichStyle | None:
    (segment,) = BackgroundScreen.process_segments([Segment("", style)], color)
    return segment.style
