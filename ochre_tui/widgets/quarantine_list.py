"""The records in quarantine, each with its reason; Enter opens one, t tries it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable, Static

from ochre_tui.core.text import clean_line
from ochre_tui.migration.wording import KIND_WORDS
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.widgets.record_table import RecordTable

_COLUMNS: Final = (("Kind", 13), ("Id", 17), ("Tries", 5))


class QuarantineList(Vertical):
    """The list, or what it means that it is empty."""

    DEFAULT_CSS = """
    QuarantineList { height: 1fr; }
    QuarantineList DataTable { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "retry_one", "Try again", tooltip="Try this record again"),
    ]
    free: reactive[bool] = reactive(False)
    """Whether no import runs, so that a record can be tried again."""

    @dataclass
    class Opened(Message):
        """A record was chosen."""

        record: Quarantined

    @dataclass
    class Retry(Message):
        """A record is to be tried again."""

        record: Quarantined

    def __init__(self) -> None:
        super().__init__(id="quarantine", classes="panel")
        self._records: Sequence[Quarantined] = ()

    def compose(self) -> ComposeResult:
        yield Static("Nothing is in quarantine: every record read so far was imported.", classes="muted")
        yield RecordTable(_COLUMNS, "Reason")

    def on_mount(self) -> None:
        self._paint(0)

    @property
    def _table(self) -> RecordTable:
        return self.query_one(RecordTable)

    def show(self, records: Sequence[Quarantined], size: int) -> None:
        """Show these; `size` is how many there are in all."""
        if records == self._records:
            return
        self._records = records
        self._table.show_rows([_cells(record) for record in records])
        self._paint(size)

    def _paint(self, size: int) -> None:
        some = bool(self._records)
        self._table.display = some
        self.query_one(Static).display = not some
        first = f", the first {len(self._records):,} shown" if size > len(self._records) else ""
        self.border_title = Content(f"Quarantine ({size:,}{first})")
        self._hint()

    def watch_free(self) -> None:
        self._hint()
        self.refresh_bindings()

    def _hint(self) -> None:
        again = " · t tries it again, r all" if self.free else ""
        self.border_subtitle = Content(f"Enter opens a record{again}") if self._records else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "retry_one":
            return self.free and bool(self._records)
        return super().check_action(action, parameters)

    def action_retry_one(self) -> None:
        """Try the record under the cursor again."""
        if self._records:
            self.post_message(self.Retry(self._records[self._table.cursor_row]))

    def take_focus(self) -> None:
        """Focus the list, if it has rows."""
        if self._records:
            self.screen.set_focus(self._table)

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
