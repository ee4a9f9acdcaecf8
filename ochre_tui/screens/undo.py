"""Taking out of Ochre what the migration put in: first the numbers, then the workspace's name, then the work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.migration.repair.undo import Page, Undone, preview, undo
from ochre_tui.migration.wording import KIND_WORDS
from ochre_tui.screens.work_dialog import WorkDialog
from ochre_tui.widgets.filter_list import FilterList, Row
from ochre_tui.widgets.key_bar import KeyBar

_COLUMNS = (("Kept", 13), ("Id in Ochre", 24), ("Because it is", 0))


class UndoDialog(WorkDialog[Undone]):
    """What would go and what stays; the answer is what went, None where nothing was done."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc"),
        Binding("tab", "app.focus_next", "List", tooltip="To what is kept, and back"),
    ]

    @dataclass
    class Read(Message):
        """What would go was found out."""

        undone: Undone

    @dataclass
    class Gone(Message):
        """So many records are out."""

        number: int

    @dataclass
    class Ended(Message):
        """All is out."""

        undone: Undone

    def __init__(self, workspace: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._working = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large failure") as dialog:
            dialog.border_title = "Undo the import"
            yield Static("Reading what would be taken out…", id="numbers", markup=False)
            yield FilterList(id="kept")
            yield Input(placeholder="the name of the Ochre workspace", id="name", compact=True, disabled=True)
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#kept").display = False
        self._preview()

    # Working

    @work(thread=True, exclusive=True, exit_on_error=False, description="reads what an undo would take out")
    def _preview(self) -> None:
        self.post_message(self.Read(preview(self.app.session)))

    @work(thread=True, exclusive=True, exit_on_error=False, description="takes out what was imported")
    def _undo(self) -> None:
        worker = get_current_worker()

        gone = 0

        def on_page(page: Page) -> bool:
            nonlocal gone
            gone += len(page.out)
            self.post_message(self.Gone(gone))
            return not worker.is_cancelled

        self.post_message(self.Ended(undo(self.app.session, on_page)))

    @on(Read)
    def _show(self, message: Read) -> None:
        undone = message.undone
        kept = Counter(record.kind for record in undone.kept)
        lines = [
            Content(f"{KIND_WORDS[kind]:14} {number:>9,} to take out {kept[kind]:>9,} to keep")
            for kind, number in undone.out.items()
        ]
        name = clean_line(self._workspace, 60)
        lines += [
            Content(""),
            Content(
                "The archive stays here, so an import brings all of it back. To take this out of Ochre, type the name "
                f"of the Ochre workspace: {name}"
            ),
        ]
        self.query_one("#numbers", Static).update(Content("\n").join(lines))
        rows: list[Row] = [(KIND_WORDS[record.kind], record.id, record.reason) for record in undone.kept]
        shown = self.query_one(FilterList)
        shown.display = bool(rows)
        shown.show("To keep", _COLUMNS, rows, empty="Nothing is kept.")
        entry = self.query_one("#name", Input)
        entry.disabled = False
        entry.focus()

    @on(Input.Submitted, "#name")
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if self._working:
            return
        if event.value.strip().casefold() != self._workspace.strip().casefold():
            self.query_one(Vertical).border_subtitle = "Another name: nothing was touched."
            return
        self._working = True
        event.input.disabled = True
        self.query_one(Vertical).border_subtitle = ""
        self.refresh_bindings()
        self._undo()

    @on(Gone)
    def _show_gone(self, message: Gone) -> None:
        self.query_one("#numbers", Static).update(f"{message.number:,} records are taken out…")

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        self.dismiss(message.undone)

    def failed(self, error: OchreTuiError) -> None:
        self.dismiss(None)
        self.app.show_error(error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "cancel":
            return not self._working
        return super().check_action(action, parameters)

    def action_cancel(self) -> None:
        self.dismiss(None)
