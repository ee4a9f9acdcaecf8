"""A frame around what is drawn anew by itself."""

from __future__ import annotations

from typing import Self

from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region


class Box(Vertical):
    """A frame whose titles change without drawing anew what is in it."""

    _only_edges = False

    def retitle(self, title: Content, subtitle: Content | None = None) -> None:
        """Show these in the border."""
        self._only_edges = True
        self.border_title, self.border_subtitle = title, subtitle
        self._only_edges = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if self._only_edges:
            width, height = self.size
            regions = (Region(-1, -1, width + 2, 1), Region(-1, height, width + 2, 1))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
