"""A grid of any number of rows, of which only those in sight are drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ochre_tui.core.text import clean_line

_GAP: Final = 1
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` cells, and a `share` of the room that is left; shown from `at_least` cells of grid on."""

    title: str
    width: int
    share: int = 0
    right: bool = False
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A text from anywhere and the component style ("" for the row's own) it is shown in."""

    text: str
    style: str = ""


class MappingGrid(ScrollView, can_focus=True):
    """Rows by their keys, a cursor, and marks for what is to be done with several at once."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--header",
        "grid--cursor",
        "grid--unfocused-cursor",
        "grid--marked",
        "grid--muted",
        "grid--good",
        "grid--warning",
        "grid--problem",
    }
    DEFAULT_CSS = """
    MappingGrid {
        height: 1fr;
        background: $background;
        scrollbar-size-horizontal: 0;
        & > .grid--header { color: $text-muted; text-style: bold; }
        & > .grid--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
        & > .grid--unfocused-cursor { background: $block-cursor-blurred-background; }
        & > .grid--marked { color: $text-accent; text-style: bold; }
        & > .grid--muted { color: $text-muted; }
        & > .grid--good { color: $text-success; }
        & > .grid--warning { color: $text-warning; }
        & > .grid--problem { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="grid.choose", tooltip="Choose what the row becomes"),
        Binding("up,k", "move(-1)", "Up", id="grid.up", show=False, tooltip="One row up"),
        Binding("down,j", "move(1)", "Down", id="grid.down", show=False, tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", id="grid.page_up", show=False, tooltip="A page up"),
        Binding("pagedown", "page(1)", "Page down", id="grid.page_down", show=False, tooltip="A page down"),
        Binding("home", "end(-1)", "First", id="grid.first", show=False, tooltip="To the first row"),
        Binding("end", "end(1)", "Last", id="grid.last", show=False, tooltip="To the last row"),
        Binding("space", "mark", "Mark", id="grid.mark", tooltip="Mark the row, to decide several at once"),
        Binding("shift+up", "extend(-1)", "Mark up", id="grid.mark_up", show=False, tooltip="Mark, one row up"),
        Binding("shift+down", "extend(1)", "Mark down", id="grid.mark_down", show=False, tooltip="Mark, one row down"),
        Binding("asterisk", "mark_all", "Mark all", id="grid.mark_all", show=False, tooltip="Mark every row shown"),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor is on another row, None where there is none."""

        grid: MappingGrid
        key: Hashable | None

        @property
        def control(self) -> MappingGrid:
            return self.grid

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, MappingGrid.Highlighted)

    @dataclass
    class Marked(Message):
        """Other rows are marked than before."""

        grid: MappingGrid

        @property
        def control(self) -> MappingGrid:
            return self.grid

    @dataclass
    class Chosen(Message):
        """Enter, or a click on the row with the cursor: on these rows."""

        grid: MappingGrid
        keys: Sequence[Any]

        @property
        def control(self) -> MappingGrid:
            return self.grid

    def __init__(
        self,
        columns: Sequence[Column],
        row: Callable[[Any], Sequence[Cell]],
        *,
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`row` gives a key's cells in the columns' order, asked for whenever the row is drawn."""
        super().__init__(id=id)
        self.columns = columns
        self.row = row
        self.empty = empty
        self.keys: list[Any] = []
        self.marked: set[Any] = set()
        self._cursor = 0

    @property
    def key(self) -> Any | None:
        """The row with the cursor."""
        return self.keys[self._cursor] if self.keys else None

    @property
    def targets(self) -> list[Any]:
        """What an action is about: the marked rows in sight of the filter, else the row with the cursor."""
        marked = [key for key in self.keys if key in self.marked]
        return marked or ([self.key] if self.keys else [])

    def show_rows(self, keys: Sequence[Any], empty: str = "") -> None:
        """Show these rows, the cursor on the one it was on, else near to it; `empty` says why there are none."""
        before = self.key
        self.keys = list(keys)
        self.empty = empty
        self._measure()
        if before is not None and before in keys:
            self._cursor = self.keys.index(before)
        self._cursor = max(0, min(self._cursor, len(self.keys) - 1))
        self._scroll_to_cursor()
        self.refresh()
        if self.key != before:
            self.post_message(self.Highlighted(self, self.key))

    def move_to(self, key: Any) -> None:
        """Put the cursor on a row that is shown."""
        self._go(self.keys.index(key))

    def redraw(self, keys: Sequence[Any] | None = None) -> None:
        """Draw these rows again, or all."""
        if keys is None or len(keys) > self.size.height:
            self.refresh()
            return
        for key in keys:
            if key in self.keys:
                self._redraw_line(self.keys.index(key))

    def clear_marks(self) -> None:
        """Mark nothing."""
        if self.marked:
            self.marked.clear()
            self.refresh()
            self.post_message(self.Marked(self))

    def action_move(self, by: int) -> None:
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self._cursor + by * max(1, self._rows_in_sight - 1))

    def action_end(self, which: int) -> None:
        self._go(0 if which < 0 else len(self.keys) - 1)

    def action_mark(self) -> None:
        if self.keys:
            self.marked ^= {self.key}
            self._redraw_line(self._cursor)
            self._go(self._cursor + 1)
            self.post_message(self.Marked(self))

    def action_extend(self, by: int) -> None:
        if self.keys:
            self.marked.add(self.key)
            self._redraw_line(self._cursor)
            self._go(self._cursor + by)
            self.marked.add(self.key)
            self._redraw_line(self._cursor)
            self.post_message(self.Marked(self))

    def action_mark_all(self) -> None:
        everything = set(self.keys)
        self.marked = set() if everything <= self.marked else self.marked | everything
        self.refresh()
        self.post_message(self.Marked(self))

    def action_choose(self) -> None:
        if self.keys:
            self.post_message(self.Chosen(self, self.targets))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._header(width)
        place = y - 1 + self.scroll_offset.y
        if place < len(self.keys):
            return self._line(place, width)
        text = self.empty if not self.keys and y == 2 else ""
        return Strip([Segment(_fitted(text, width), self.rich_style + self._tint("grid--muted"))], width)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def _on_resize(self, event: events.Resize) -> None:
        self._measure()
        self._scroll_to_cursor()

    def on_focus(self) -> None:
        self._redraw_line(self._cursor)

    def on_blur(self) -> None:
        self._redraw_line(self._cursor)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = offset.y - 1 + self.scroll_offset.y if offset is not None and offset.y else -1
        if not 0 <= place < len(self.keys):
            return
        if place == self._cursor:
            self.action_choose()
        else:
            self._go(place)

    @property
    def _rows_in_sight(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.keys) + 1)

    def _go(self, place: int) -> None:
        place = max(0, min(place, len(self.keys) - 1))
        if place == self._cursor or not self.keys:
            return
        before, self._cursor = self._cursor, place
        self._redraw_line(before)
        self._redraw_line(place)
        self._scroll_to_cursor()
        self.post_message(self.Highlighted(self, self.key))

    def _scroll_to_cursor(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + self._rows_in_sight:
            self.scroll_to(y=self._cursor - self._rows_in_sight + 1, animate=False, immediate=True)

    def _redraw_line(self, place: int) -> None:
        y = place - self.scroll_offset.y + 1
        if 0 < y < self.scrollable_content_region.height:
            self.refresh(Region(0, y, self.scrollable_content_region.width, 1))

    def _shown_columns(self, width: int) -> list[tuple[int, Column, int]]:
        """The columns with room: (place, column, cells)."""
        shown = [(place, column) for place, column in enumerate(self.columns) if width >= column.at_least]
        room = width - sum(column.width for _, column in shown) - _GAP * (len(shown) - 1)
        shares = sum(column.share for _, column in shown)
        sized, given = [], 0
        for place, column in shown:
            extra = max(0, room) * column.share // shares if shares else 0
            given += extra
            sized.append((place, column, column.width + extra))
        if sized and room > given:
            place, column, cells = sized[-1]
            sized[-1] = (place, column, cells + room - given)
        return sized

    def _header(self, width: int) -> Strip:
        style = self.rich_style + self._tint("grid--header")
        titles = [_fitted(column.title, cells, right=column.right) for _, column, cells in self._shown_columns(width)]
        return Strip([Segment((" " * _GAP).join(titles), style)]).adjust_cell_length(width, style)

    def _line(self, place: int, width: int) -> Strip:
        key = self.keys[place]
        cells = self.row(key)
        at_cursor = place == self._cursor and self.has_focus
        base = self._row_style(place)
        segments: list[Segment] = []
        for number, (index, column, room) in enumerate(self._shown_columns(width)):
            cell = cells[index]
            style = base + self._tint(cell.style) if cell.style and not at_cursor else base
            if number:
                segments.append(Segment(" " * _GAP, base))
            segments.append(Segment(_fitted(clean_line(cell.text), room, right=column.right), style))
        return Strip(segments).adjust_cell_length(width, base)

    def _row_style(self, place: int) -> Style:
        style = self.rich_style
        if self.keys[place] in self.marked:
            style += self._tint("grid--marked")
        if place == self._cursor:
            if self.has_focus:
                return self.get_component_rich_style("grid--cursor")
            style += Style(bgcolor=self.get_component_rich_style("grid--unfocused-cursor").bgcolor)
        return style

    def _tint(self, name: str) -> Style:
        """A component's colour and weight, without its background."""
        found = self.get_component_rich_style(name)
        return Style(color=found.color, bold=found.bold, dim=found.dim)


def _fitted(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly so many cells, cut with an ellipsis."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + _ELLIPSIS[: max(0, width)]
    return " " * (width - length) + text if right else text + " " * (width - length)
