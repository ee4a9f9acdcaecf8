"""Any number of rows of text with a filter: what was found, and one of them to open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from ochre_tui.core.text import clean_line
from ochre_tui.widgets.cursor_rows import CursorRows, fitted
from ochre_tui.widgets.titled_frame import FilterFrame

Row: TypeAlias = tuple[str, ...]
_NARROWEST: Final = 8
_LONGEST: Final = 400


class RowList(CursorRows):
    """The rows under their titles; columns without a width share what room there is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--header", "rows--cursor", "rows--unfocused-cursor", "rows--muted"}
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        background: transparent;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .rows--header { color: $text-muted; text-style: bold; }
        & > .rows--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
        & > .rows--unfocused-cursor { background: $block-cursor-blurred-background; }
        & > .rows--muted { color: $foreground-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="Show all of the row"),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "end(-1)", "First", show=False),
        Binding("end", "end(1)", "Last", show=False),
    ]

    @dataclass
    class Opened(Message):
        """The row under the cursor was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[tuple[str, int]] = ()
        self._rows: Sequence[Row] = ()
        self._empty = ""

    @property
    def row_count(self) -> int:
        return len(self._rows)

    def show(self, columns: Sequence[tuple[str, int]], rows: Sequence[Row], empty: str) -> None:
        """Show these rows, or where there are none what is said instead."""
        self._columns, self._rows, self._empty = columns, rows, empty
        self.rows_changed(self.cursor)

    def action_open(self) -> None:
        if self._rows:
            self.post_message(self.Opened())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._rows) if action == "open" else super().check_action(action, parameters)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row; a second click opens it."""
        place = self.place_of(event)
        if place is not None:
            self.cursor = place
            if event.chain > 1:
                self.action_open()

    def draw_titles(self, width: int) -> Strip:
        if not self._rows:
            return self._line(self._empty, "rows--muted", width)
        return self._line(self._cells([title for title, _ in self._columns], width), "rows--header", width)

    def draw_row(self, place: int, width: int) -> Strip:
        cursor_style = "rows--cursor" if self.has_focus else "rows--unfocused-cursor"
        return self._line(self._cells(self._rows[place], width), cursor_style if place == self.cursor else "", width)

    def draw_blank(self, y: int, width: int) -> Strip:
        return self._line("", "rows--muted" if not self._rows else "", width)

    def _cells(self, row: Sequence[str], width: int) -> str:
        fixed = [size for _, size in self._columns]
        share = (width - 1 - sum(fixed) - 2 * (len(fixed) - 1)) // max(1, fixed.count(0))
        sizes = [size or max(_NARROWEST, share) for size in fixed]
        return " " + "  ".join(fitted(clean_line(text, _LONGEST), size) for text, size in zip(row, sizes, strict=True))

    def _line(self, text: str, component: str, width: int) -> Strip:
        style = self.get_component_rich_style(component) if component else self.rich_style
        return Strip([Segment(set_cell_size(text, width), style)], width)


class FilterList(FilterFrame):
    """The rows with their filter; the title says what they are, and how many."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Search", key_display="/", tooltip="Show only rows that contain some text"),
        Binding("escape", "unfilter", "All", show=False, tooltip="Show all rows again"),
    ]

    @dataclass
    class Opened(Message):
        """A row was chosen, by its place among all rows."""

        row: int

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        self.rows = RowList()
        super().__init__(self.rows, "row", id=id)
        self._title = ""
        self._hint = ""
        self._columns: Sequence[tuple[str, int]] = ()
        self._all: Sequence[Row] = ()
        self._empty = ""
        self._places: list[int] = []

    @property
    def row(self) -> int | None:
        """The place of the row under the cursor among all rows."""
        return self._places[self.rows.cursor] if self._places else None

    def show(
        self, title: str, columns: Sequence[tuple[str, int]], rows: Sequence[Row], *, empty: str, hint: str = ""
    ) -> None:
        """Show these rows, of text from anywhere, or say that there are none.

        A column without a width (0) gets what room is left; `hint` says below the rows what can be done with one.
        Another title is another list: it begins at its first row.
        """
        if title != self._title:
            self.filter_text = self.query_one(Input).value = ""
            self.rows.cursor = 0
        self._title, self._columns, self._all, self._empty, self._hint = title, columns, rows, empty, hint
        self.show_filtered()

    def show_filtered(self) -> None:
        wanted = self.filter_text.casefold()
        self._places = [place for place, row in enumerate(self._all) if _has(row, wanted)]
        empty = "Nothing here has that text; Escape shows all." if self._all else self._empty
        self.rows.show(self._columns, [self._all[place] for place in self._places], empty)
        number = f"{len(self._all):,}"
        if self.filter_text:
            number = f"{len(self._places):,} of {number} with “{clean_line(self.filter_text, 20)}”"
        hint = Content(self._hint) if self._places and self._hint else None
        self.retitle(Content(f"{self._title} ({number})"), hint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "unfilter":
            return self.is_filtering
        if action == "filter":
            return bool(self._all) and not self.query_one(Input).has_focus
        return super().check_action(action, parameters)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if self.row is not None:
            self.post_message(self.Opened(self.row))


def _has(row: Row, wanted: str) -> bool:
    return not wanted or any(wanted in cell.casefold() for cell in row)
