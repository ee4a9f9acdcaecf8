"""What was found, row by row: any number of rows, of which only those in sight are drawn, with a text filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Self, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import DataTable, Input

from ochre_tui.core.text import clean_line


class TitledFrame(Vertical):
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


Row: TypeAlias = tuple[str, ...]
_NARROWEST: Final = 8
_LONGEST: Final = 400


class RowList(ScrollView, can_focus=True):
    """The rows under their header, and the cursor; columns without a width share what room there is."""

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
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Opened(Message):
        """The row under the cursor was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[tuple[str, int]] = ()
        self._rows: Sequence[Row] = ()
        self._empty = ""

    def show(self, columns: Sequence[tuple[str, int]], rows: Sequence[Row], empty: str) -> None:
        """Show these rows, or where there are none what is said instead."""
        self._columns, self._rows, self._empty = columns, rows, empty
        self.virtual_size = Size(0, len(rows) + 1)
        self.cursor = max(0, min(self.cursor, len(rows) - 1))
        self._follow()
        self.refresh()

    def watch_cursor(self) -> None:
        self._follow()
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    @property
    def _in_sight(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def on_resize(self) -> None:
        self._follow()

    def _follow(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + self._in_sight:
            self.scroll_to(y=self.cursor - self._in_sight + 1, animate=False, immediate=True)

    def action_move(self, rows: int) -> None:
        self.cursor = max(0, min(len(self._rows) - 1, self.cursor + rows))

    def action_page(self, pages: int) -> None:
        self.action_move(pages * self._in_sight)

    def action_end(self, side: int) -> None:
        self.action_move(side * len(self._rows))

    def action_open(self) -> None:
        if self._rows:
            self.post_message(self.Opened())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._rows) if action == "open" else super().check_action(action, parameters)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row; a second click opens it."""
        row = self.scroll_offset.y + event.y - 1
        if event.y > 0 and 0 <= row < len(self._rows):
            self.cursor = row
            if event.chain > 1:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self._rows:
            return self._line(self._empty if y == 0 else "", "rows--muted", width)
        if y == 0:
            return self._line(self._cells([title for title, _ in self._columns], width), "rows--header", width)
        number = self.scroll_offset.y + y - 1
        if number >= len(self._rows):
            return self._line("", "", width)
        here = "rows--cursor" if self.has_focus else "rows--unfocused-cursor"
        return self._line(self._cells(self._rows[number], width), here if number == self.cursor else "", width)

    def _cells(self, row: Sequence[str], width: int) -> str:
        fixed = [size for _, size in self._columns]
        share = (width - 1 - sum(fixed) - 2 * (len(fixed) - 1)) // max(1, fixed.count(0))
        sizes = [size or max(_NARROWEST, share) for size in fixed]
        return " " + "  ".join(_fit(text, size) for text, size in zip(row, sizes, strict=True))

    def _line(self, text: str, style: str, width: int) -> Strip:
        look = self.get_component_rich_style(style) if style else self.rich_style
        return Strip([Segment(set_cell_size(text, width), look)], width)


class FilterList(TitledFrame):
    """The rows with their filter; the title says what they are, and how many."""

    DEFAULT_CSS = """
    FilterList { height: 1fr; }
    FilterList Input { display: none; height: 1; border: none; }
    FilterList Input.-shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Search", key_display="/", tooltip="Show only rows that contain some text"),
        Binding("escape", "unfilter", "All", show=False, tooltip="Show all rows again"),
    ]

    @dataclass
    class Opened(Message):
        """A row was chosen, by its place among all rows."""

        row: int

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes="panel")
        self._title = ""
        self._hint = ""
        self._columns: Sequence[tuple[str, int]] = ()
        self._all: Sequence[Row] = ()
        self._empty = ""
        self._text = ""
        self._shown: list[int] = []

    def compose(self) -> ComposeResult:
        yield Input(placeholder="text in the row; Enter keeps it, Escape takes it away", compact=True)
        yield RowList()

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def row(self) -> int | None:
        """The place of the row under the cursor among all rows."""
        return self._shown[self.rows.cursor] if self._shown else None

    def show(
        self, title: str, columns: Sequence[tuple[str, int]], rows: Sequence[Row], *, empty: str, hint: str = ""
    ) -> None:
        """Show these rows, of text from anywhere, or say that there are none.

        A column without a width (0) gets what room is left; `hint` says below the rows what can be done with one.
        Another title is another list: it begins at its first row.
        """
        if title != self._title:
            self._text = self.query_one(Input).value = ""
            self.rows.cursor = 0
        self._title, self._columns, self._all, self._empty, self._hint = title, columns, rows, empty, hint
        self._paint()

    def _paint(self) -> None:
        wanted = self._text.casefold()
        self._shown = [number for number, row in enumerate(self._all) if _has(row, wanted)]
        empty = "Nothing here has that text; Escape shows all." if self._all else self._empty
        self.rows.show(self._columns, [self._all[number] for number in self._shown], empty)
        number = f"{len(self._all):,}"
        if self._text:
            number = f"{len(self._shown):,} of {number} with “{clean_line(self._text, 20)}”"
        self.retitle(Content(f"{self._title} ({number})"), Content(self._hint) if self._shown and self._hint else None)

    def action_filter(self) -> None:
        entry = self.query_one(Input)
        entry.add_class("-shown")
        entry.focus()

    def action_unfilter(self) -> None:
        self.query_one(Input).value = ""
        self._keep("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "unfilter":
            return bool(self._text or self.query_one(Input).has_class("-shown"))
        if action == "filter":
            return bool(self._all) and not self.query_one(Input).has_focus
        return super().check_action(action, parameters)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._text = event.value.strip()
        self._paint()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._keep(self._text)

    def _keep(self, text: str) -> None:
        self._text = text
        self.query_one(Input).remove_class("-shown")
        self.rows.focus()
        self._paint()
        self.refresh_bindings()

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if self.row is not None:
            self.post_message(self.Opened(self.row))


def _has(row: Row, wanted: str) -> bool:
    return not wanted or any(wanted in cell.casefold() for cell in row)


def _fit(text: str, width: int) -> str:
    shown = clean_line(text, _LONGEST)
    if cell_len(shown) > width:
        shown = set_cell_size(shown, width - 1) + "…"
    return set_cell_size(shown, width)


_NARROWEST_COLUMN = 16


class RecordTable(DataTable[Text]):
    """Rows of text cells; columns have fixed widths, as measuring them anew costs seconds in long tables."""

    def __init__(self, columns: Sequence[tuple[str, int]], last: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(cursor_type="row", id=id)
        self._fixed, self._last = columns, last
        self._rows: list[tuple[Text, ...]] = []

    def show_rows(self, rows: Sequence[tuple[Text, ...]]) -> None:
        """Show these rows; the cursor stays at its place in the list."""
        self._rows = list(rows)
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def _fill(self) -> None:
        at = self.cursor_row
        padding = 2 * self.cell_padding * (len(self._fixed) + 1)
        room = self.scrollable_content_region.width - padding - sum(width for _, width in self._fixed)
        with self.app.batch_update():
            self.clear(columns=True)
            for name, width in (*self._fixed, (self._last, max(_NARROWEST_COLUMN, room))):
                self.add_column(name, width=width)
            for row in self._rows:
                self.add_row(*row)
            self.move_cursor(row=max(0, min(at, len(self._rows) - 1)))
