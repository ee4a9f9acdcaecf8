"""A screen over another one, which shows through it dimmed."""

from __future__ import annotations

from functools import lru_cache

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, ScreenResultType
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class Modal(ModalScreen[ScreenResultType]):
    """Textual dims each piece of the screen below by itself, with every frame: half of what a dialog costs."""

    def render(self) -> RenderableType:
        below = super().render()
        return _Dimmed(below.screen, below.color) if isinstance(below, BackgroundScreen) else below


class _Dimmed(Visual, BackgroundScreen):
    """The same picture, each of its few styles dimmed once, and its lines not taken apart."""

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        lines = self.screen._compositor.render_strips(Size(width, height or self.screen.size.height))
        return [
            Strip([Segment(text, _dimmed(drawn, self.color)) for text, drawn, _ in line], line.cell_length)
            for line in lines
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self.screen.size.height


@lru_cache(maxsize=1024)
def _dimmed(style: RichStyle | None, color: Color) -> RichStyle | None:
    (segment,) = BackgroundScreen.process_segments([Segment("", style)], color)
    return segment.style
