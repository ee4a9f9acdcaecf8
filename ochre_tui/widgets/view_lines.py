"""Lines of text of which only those that have changed are painted again: over SSH every byte counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from ochre_tui.widgets.view_model import RunView


class ViewLines(Widget):
    """A widget that tells a view of the run in lines; subclasses give `lines`."""

    DEFAULT_CSS = """
    ViewLines { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    view: reactive[RunView | None] = reactive(None, repaint=False, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[Content] = ()

    @abstractmethod
    def lines(self, view: RunView) -> Sequence[Content]:
        """What is told of the view, in as many lines as the widget is high."""

    def watch_view(self, view: RunView | None) -> None:
        if view is None or not self.content_size.width:
            return
        before, self._shown = self._shown, self.lines(view)
        if len(before) != len(self._shown):
            self.refresh()
            return
        changed = [number for number, line in enumerate(self._shown) if not line.is_same(before[number])]
        if changed:
            self.refresh(*(Region(0, number, self.size.width, 1) for number in changed))

    def on_resize(self) -> None:
        if self.view is not None:
            self._shown = self.lines(self.view)
            self.refresh()

    def render(self) -> Content:
        return Content("\n").join(self._shown)
