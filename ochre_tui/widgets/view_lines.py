"""Lines of text of which only those that have changed are painted again: over SSH every byte counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from ochre_tui.migration.status import Board


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


Asked: TypeAlias = Literal["pause", "resume", "stop", "abort", "start"]


@dataclass(frozen=True, slots=True)
class RunView:
    """A board, read at `now` (unix seconds), and what this window knows besides.

    `asked` is what the operator wants and the store does not show yet; `percent` the share of the limit they want,
    `here` whether the import runs in this process.
    """

    board: Board
    now: float
    rates: dict[str, float] = field(default_factory=dict)
    asked: Asked | None = None
    percent: int | None = None
    here: bool = False
