"""A check-list: what is to be done by hand, where, what to copy there, and what is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from ochre_tui.migration import audit, connection, cut_over
from ochre_tui.migration.cut_over import Item, Line
from ochre_tui.migration.live_checks.entered import Entered, entered
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.widgets.labelled import Labelled
from ochre_tui.widgets.marks import Mark, mark
from ochre_tui.widgets.record_table import RecordTable
from ochre_tui.widgets.run_view import day
from ochre_tui.widgets.tints import tint

_COLUMNS: Final = (("", 7), ("When", 11))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the lists name: Intercom's workspace, Ochre's slug, the migration, and when the cut-over was (unix)."""

    app_id: str
    intercom: str
    slug: str
    name: str
    cut_over_at: int | None
    values: Entered


class CheckListScreen(StepScreen):
    """The items; those of the cursor's line are explained below it."""

    DEFAULT_CSS = """
    CheckListScreen #headline { height: 1; }
    CheckListScreen #items { height: 1fr; }
    CheckListScreen #item { height: 8; }
    CheckListScreen.-tall #headline { margin-bottom: 1; }
    CheckListScreen.-tall #items { height: auto; }
    CheckListScreen.-tall #item { height: 11; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Done", tooltip="Tick the item off, or take that back"),
    ]

    @dataclass
    class Read(Message):
        """The list was read."""

        facts: Facts
        lines: list[Line]

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.facts: Facts | None = None

    def compose_body(self) -> ComposeResult:
        yield Static("Reading what is done…", id="headline", markup=False)
        with Vertical(id="items", classes="panel") as panel:
            panel.border_title = self.STEP.title
            yield RecordTable(_COLUMNS, "What", id="table")
        with Vertical(id="item", classes="panel"):
            yield Labelled()

    def on_mount(self) -> None:
        super().on_mount()
        self._read()

    @property
    def _table(self) -> RecordTable:
        return self.query_one(RecordTable)

    # What the lists give

    def items(self, facts: Facts) -> tuple[Item, ...]:
        """The list's items."""
        raise NotImplementedError

    def headline(self, facts: Facts, lines: list[Line]) -> Content:
        """A sentence above the list."""
        raise NotImplementedError

    def listed(self) -> None:
        """The list was read anew: offer what comes next."""

    # Reading and ticking off

    @work(thread=True, exclusive=True, exit_on_error=False, group="list", description="reads the check-list")
    def _read(self) -> None:
        self.post_message(self._as_it_is())

    @work(thread=True, exclusive=True, exit_on_error=False, group="list", description="ticks an item off")
    def note(self, item: str, at: int | None) -> None:
        """Note an item as done at that time (unix seconds), or as not done."""
        with self.desk.store() as store:
            cut_over.tick(store, item, at)
        audit.note(self.desk.place, "tick" if at is not None else "untick", item=item)
        self.post_message(self._as_it_is())

    def _as_it_is(self) -> Read:
        with self.desk.store() as store, self.desk.target() as workspace:
            intercom = connection.pinned(store)
            facts = Facts(
                intercom.id_code,
                intercom.name,
                workspace.slug,
                self.desk.place.name,
                cut_over.cut_over_at(store),
                entered(store),
            )
            return self.Read(facts, cut_over.lines(store, self.items(facts)))

    @on(Read)
    def _show(self, message: Read) -> None:
        first = self.facts is None
        self.facts, self.lines = message.facts, message.lines
        table, at = self._table, self._table.cursor_row
        table.show_rows([self._cells(line) for line in message.lines])
        if first:
            at = next((n for n, line in enumerate(message.lines) if line.done_at is None), 0)
            self.refocus(table)
        table.move_cursor(row=min(at, len(message.lines) - 1))
        done = sum(line.done_at is not None for line in message.lines)
        self.query_one("#items").border_title = f"{self.STEP.title} ({done} of {len(message.lines)} done)"
        self.query_one("#headline", Static).update(self.headline(message.facts, message.lines))
        self._explain()
        self.ochre.refresh_standing()
        self.listed()

    def _cells(self, line: Line) -> tuple[Text, ...]:
        sign: tuple[Mark, str, Style] = ("open", "to do", Style.null())
        if line.done_at is not None:
            sign = ("done", "done", tint(self.app, "success"))
        elif line.due_at is not None and line.due_at > self.desk.now():
            sign = ("waiting", "wait", Style(dim=True))
        when = line.done_at or line.due_at
        word = "" if when is None else day(when)
        return (
            Text(f"{mark(self.app, sign[0])} {sign[1]}", style=sign[2]),
            Text(word, justify="right"),
            Text(line.item.title, style="dim" if line.done_at is not None else "", overflow="ellipsis"),
        )

    @on(DataTable.RowHighlighted)
    def _explain(self) -> None:
        row = self._table.cursor_row
        if not 0 <= row < len(self.lines):
            return
        line = self.lines[row]
        item = line.item
        told = [("Where", Content(item.where)), ("Why", Content(item.why))]
        if item.paste:
            told.append(("Copy", Content.styled(item.paste, "bold $text-accent")))
        if line.due_at is not None and line.done_at is None:
            told.append(("From", Content(day(line.due_at))))
        self.query_one("#item").border_title = Content(item.group)
        self.query_one(Labelled).lines = told

    @on(DataTable.RowSelected)
    def _row_selected(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        """Tick the cursor's item off, or take that back."""
        row = self._table.cursor_row
        if 0 <= row < len(self.lines):
            line = self.lines[row]
            self.note(line.item.id, None if line.done_at is not None else int(self.desk.now()))
            if line.done_at is None and row + 1 < len(self.lines):
                self._table.move_cursor(row=row + 1)
