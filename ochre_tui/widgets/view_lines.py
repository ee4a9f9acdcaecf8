"""What the dashboard shows of a run, and the base of its widgets: only lines that have changed are painted again."""

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

Request: TypeAlias = Literal["pause", "resume", "stop", "abort", "start"]
"""What the operator has asked of the import."""


@dataclass(frozen=True, slots=True)
class RunViewModel:
    """What the dashboard shows: a board, read at `now` (unix seconds), and what this window knows besides."""

    board: Board
    now: float
    rates: dict[str, float] = field(default_factory=dict)
    """Records a second by kind."""
    request: Request | None = None
    """What was asked for and the store does not show yet."""
    percent: int | None = None
    """The share of Intercom's limit that was asked for and the store does not show yet."""
    in_this_process: bool = False
    """Whether the import runs in this process."""


class ViewLines(Widget):
    """A widget that shows a run in lines, sent anew only where they changed: over SSH every byte counts."""

    DEFAULT_CSS = """
    ViewLines { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    view: reactive[RunViewModel | None] = reactive(None, repaint=False, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[Content] = ()

    @abstractmethod
    def lines(self, view: RunViewModel) -> Sequence[Content]:
        """The view in as many lines as the widget is high."""

    def watch_view(self, view: RunViewModel | None) -> None:
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
