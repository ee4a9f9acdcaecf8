"""A grid of rows to decide on, by their keys: columns that share the room, a cursor, and marks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from ochre_tui.core.text import clean_line
from ochre_tui.widgets.cursor_rows import CursorRows, fitted

_GAP: Final = 1


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


class MappingGrid(CursorRows):
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

    @property
    def row_count(self) -> int:
        return len(self.keys)

    @property
    def key(self) -> Any | None:
        """The row with the cursor."""
        return self.keys[self.cursor] if self.keys else None

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
        self.rows_changed(self.keys.index(before) if before in self.keys else self.cursor)
        if self.key != before:
            self.post_message(self.Highlighted(self, self.key))

    def move_to(self, key: Any) -> None:
        """Put the cursor on a row that is shown."""
        self.cursor = self.keys.index(key)

    def redraw(self, keys: Sequence[Any] | None = None) -> None:
        """Draw these rows again, or all."""
        if keys is None or len(keys) > self.size.height:
            self.refresh()
            return
        for key in keys:
            if key in self.keys:
                self.redraw_row(self.keys.index(key))

    def clear_marks(self) -> None:
        """Mark nothing."""
        if self.marked:
            self.marked.clear()
            self.refresh()
            self.post_message(self.Marked(self))

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted(self, self.key))

    def action_page(self, by: int) -> None:
        """A page but for one row."""
        self.cursor += by * max(1, self.rows_in_sight - 1)

    def action_mark(self) -> None:
        if self.keys:
            self.marked ^= {self.key}
            self.redraw_row(self.cursor)
            self.cursor += 1
            self.post_message(self.Marked(self))

    def action_extend(self, by: int) -> None:
        if self.keys:
            self.marked.add(self.key)
            self.redraw_row(self.cursor)
            self.cursor += by
            self.marked.add(self.key)
            self.redraw_row(self.cursor)
            self.post_message(self.Marked(self))

    def action_mark_all(self) -> None:
        everything = set(self.keys)
        self.marked = set() if everything <= self.marked else self.marked | everything
        self.refresh()
        self.post_message(self.Marked(self))

    def action_choose(self) -> None:
        if self.keys:
            self.post_message(self.Chosen(self, self.targets))

    def on_click(self, event: events.Click) -> None:
        place = self.place_of(event)
        if place is not None and place == self.cursor:
            self.action_choose()
        elif place is not None:
            self.cursor = place

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

    def draw_titles(self, width: int) -> Strip:
        style = self.rich_style + self._tint("grid--header")
        titles = [fitted(column.title, cells, right=column.right) for _, column, cells in self._shown_columns(width)]
        return Strip([Segment((" " * _GAP).join(titles), style)]).adjust_cell_length(width, style)

    def draw_blank(self, y: int, width: int) -> Strip:
        text = self.empty if not self.keys and y == 2 else ""
        return Strip([Segment(fitted(text, width), self.rich_style + self._tint("grid--muted"))], width)

    def draw_row(self, place: int, width: int) -> Strip:
        key = self.keys[place]
        cells = self.row(key)
        at_cursor = place == self.cursor and self.has_focus
        base = self._row_style(place)
        segments: list[Segment] = []
        for number, (index, column, room) in enumerate(self._shown_columns(width)):
            cell = cells[index]
            style = base + self._tint(cell.style) if cell.style and not at_cursor else base
            if number:
                segments.append(Segment(" " * _GAP, base))
            segments.append(Segment(fitted(clean_line(cell.text), room, right=column.right), style))
        return Strip(segments).adjust_cell_length(width, base)

    def _row_style(self, place: int) -> Style:
        style = self.rich_style
        if self.keys[place] in self.marked:
            style += self._tint("grid--marked")
        if place == self.cursor:
            if self.has_focus:
                return self.get_component_rich_style("grid--cursor")
            style += Style(bgcolor=self.get_component_rich_style("grid--unfocused-cursor").bgcolor)
        return style

    def _tint(self, name: str) -> Style:
        """A component's colour and weight, without its background."""
        style = self.get_component_rich_style(name)
        return Style(color=style.color, bold=style.bold, dim=style.dim)
