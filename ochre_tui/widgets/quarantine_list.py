"""The records in quarantine, each with its reason; Enter opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from ochre_tui.migration.phrases import KIND_WORDS
from ochre_tui.state.outcomes import Quarantined
from ochre_tui.text import clean_line

_COLUMNS: Final = (("Kind", 13), ("Id", 17), ("Tries", 5))
_PADDING: Final = 2 * 4
_NARROWEST: Final = 20


class QuarantineList(Vertical):
    """The list, or what it means that it is empty."""

    DEFAULT_CSS = """
    QuarantineList { height: 1fr; }
    QuarantineList DataTable { height: 1fr; }
    """

    @dataclass
    class Opened(Message):
        """A record was chosen."""

        record: Quarantined

    def __init__(self) -> None:
        super().__init__(id="quarantine", classes="panel")
        self._records: Sequence[Quarantined] = ()

    def compose(self) -> ComposeResult:
        yield Static("Nothing is in quarantine: every record read so far was imported.", classes="muted")
        yield DataTable(cursor_type="row", zebra_stripes=False)

    def on_mount(self) -> None:
        self._paint(0)

    def on_resize(self) -> None:
        self._fill()

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    def show(self, records: Sequence[Quarantined], size: int) -> None:
        """Show these; `size` is how many there are in all."""
        if records == self._records:
            return
        self._records = records
        self._fill()
        self._paint(size)

    def _fill(self) -> None:
        """The reason gets what room there is."""
        table, at = self._table, self._table.cursor_row
        room = self.content_size.width - _PADDING - sum(width for _, width in _COLUMNS)
        with self.app.batch_update():
            table.clear(columns=True)
            for name, width in (*_COLUMNS, ("Reason", max(_NARROWEST, room))):
                table.add_column(name, width=width)
            for record in self._records:
                table.add_row(*_cells(record))
            table.move_cursor(row=max(0, min(at, len(self._records) - 1)))

    def _paint(self, size: int) -> None:
        some = bool(self._records)
        self._table.display = some
        self.query_one(Static).display = not some
        first = f", the first {len(self._records):,} shown" if size > len(self._records) else ""
        self.border_title = Content(f"Quarantine ({size:,}{first})")
        self.border_subtitle = Content("Enter opens a record") if some else None

    def take_focus(self) -> None:
        """Focus the list, if it has rows."""
        if self._records:
            self._table.focus()

    @on(DataTable.RowSelected)
    def _row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Opened(self._records[event.cursor_row]))


def _cells(record: Quarantined) -> tuple[Text, ...]:
    return (
        Text(KIND_WORDS[record.kind]),
        Text(clean_line(record.id, 17)),
        Text(f"{record.attempts}", justify="right"),
        Text(clean_line(record.reason, 120), overflow="ellipsis"),
    )
