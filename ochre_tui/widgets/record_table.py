"""A table of records as text cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual.widgets import DataTable

_NARROWEST: Final = 16


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
            for name, width in (*self._fixed, (self._last, max(_NARROWEST, room))):
                self.add_column(name, width=width)
            for row in self._rows:
                self.add_row(*row)
            self.move_cursor(row=max(0, min(at, len(self._rows) - 1)))
