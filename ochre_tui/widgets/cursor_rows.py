"""The base of long lists with a cursor: any number of rows, of which only those in sight are drawn."""

from __future__ import annotations

from abc import abstractmethod

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class CursorRows(ScrollView, can_focus=True):
    """Rows under a line of titles, one of them with the cursor; subclasses draw them and bind keys to the actions."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._cursor = 0

    @property
    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def draw_titles(self, width: int) -> Strip:
        """The line above the rows."""

    @abstractmethod
    def draw_row(self, place: int, width: int) -> Strip:
        """A row by its place among all rows."""

    @abstractmethod
    def draw_blank(self, y: int, width: int) -> Strip:
        """A line of the widget below the last row."""

    def cursor_moved(self) -> None:
        """The cursor is on another row."""

    @property
    def cursor(self) -> int:
        """The place of the row with the cursor."""
        return self._cursor

    @cursor.setter
    def cursor(self, place: int) -> None:
        place = max(0, min(place, self.row_count - 1))
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        self.redraw_row(before)
        self.redraw_row(place)
        self._scroll_to_cursor()
        self.cursor_moved()

    @property
    def rows_in_sight(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def rows_changed(self, cursor: int) -> None:
        """There are other rows than before: draw them, the cursor there or on the last one."""
        self.virtual_size = Size(0, self.row_count + 1)
        self._cursor = max(0, min(cursor, self.row_count - 1))
        self._scroll_to_cursor()
        self.refresh()

    def redraw_row(self, place: int) -> None:
        """Draw a row again, if it is in sight."""
        y = place - self.scroll_offset.y + 1
        if 0 < y < self.scrollable_content_region.height:
            self.refresh(Region(0, y, self.scrollable_content_region.width, 1))

    def place_of(self, event: events.MouseEvent) -> int | None:
        """The place of the row under the mouse."""
        offset = event.get_content_offset(self)
        place = offset.y - 1 + self.scroll_offset.y if offset is not None and offset.y else -1
        return place if 0 <= place < self.row_count else None

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_page(self, by: int) -> None:
        self.cursor += by * self.rows_in_sight

    def action_end(self, which: int) -> None:
        self.cursor = 0 if which < 0 else self.row_count - 1

    def on_resize(self) -> None:
        self._scroll_to_cursor()

    def on_focus(self) -> None:
        self.redraw_row(self._cursor)

    def on_blur(self) -> None:
        self.redraw_row(self._cursor)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self.draw_titles(width)
        place = y - 1 + self.scroll_offset.y
        return self.draw_row(place, width) if place < self.row_count else self.draw_blank(y, width)

    def _scroll_to_cursor(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + self.rows_in_sight:
            self.scroll_to(y=self._cursor - self.rows_in_sight + 1, animate=False, immediate=True)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly so many cells, cut with an ellipsis."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…"[: max(0, width)]
    return " " * (width - length) + text if right else text + " " * (width - length)
