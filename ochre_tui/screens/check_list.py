"""A check-list: what is to be done by hand, where, what to copy there, what is done, and what was found out of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import DataTable, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import clock, day
from ochre_tui.migration import connection
from ochre_tui.migration.cutover import checklist
from ochre_tui.migration.cutover.checklist import Item, Line
from ochre_tui.migration.cutover.finding import Finding, Kept
from ochre_tui.migration.cutover.lookups import OnFindings
from ochre_tui.migration.cutover.settings import Entered, entered
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.widgets.glyphs import Mark, mark, tint
from ochre_tui.widgets.record_table import RecordTable

_COLUMNS: Final = (("", 7), ("Looked up", 10))
_LABEL_WIDTH: Final = 7
_NARROWEST: Final = 10


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
        Binding("r", "look_up", "Look up", tooltip="Look up again what can be: each item's state and the evidence"),
    ]
    NEEDS_THE_LIST: ClassVar[frozenset[str]] = frozenset({"tick", "look_up"})
    """The actions that wait until the list was read."""

    @dataclass
    class Read(Message):
        """The list was read."""

        facts: Facts
        lines: list[Line]

    @dataclass
    class LookedUp(Message):
        """Something was looked up, at that time (unix seconds)."""

        findings: Sequence[Finding]
        at: int

    @dataclass
    class AllLookedUp(Message):
        """All was looked up that can be."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.facts: Facts | None = None
        self._looking = False

    def compose_body(self) -> ComposeResult:
        yield Static("Reading what is done…", id="headline", markup=False)
        with Vertical(id="items", classes="panel") as panel:
            panel.border_title = self.STEP.title
            yield RecordTable(_COLUMNS, "What", id="table")
        with Vertical(id="item", classes="panel"):
            yield LabelList()

    def on_mount(self) -> None:
        super().on_mount()
        self.read()

    @property
    def _table(self) -> RecordTable:
        return self.query_one(RecordTable)

    # What the lists give

    @abstractmethod
    def items(self, facts: Facts) -> tuple[Item, ...]:
        """The list's items."""

    @abstractmethod
    def headline(self, facts: Facts, lines: list[Line]) -> Content:
        """A sentence above the list."""

    @abstractmethod
    def listed(self) -> None:
        """The list was read anew: offer what comes next."""

    @abstractmethod
    def lookup(self, on_findings: OnFindings) -> None:
        """Look up what is done."""

    # Reading and ticking off

    @work(thread=True, exclusive=True, exit_on_error=False, group="list", description="reads the check-list")
    def read(self) -> None:
        """Read the list anew."""
        self.post_message(self._as_it_is())

    @work(thread=True, exclusive=True, exit_on_error=False, group="list", description="ticks an item off")
    def note(self, item: str, *, done: bool) -> None:
        """Note an item as done, or as not done after all."""
        if done:
            checklist.tick(self.session, item)
        else:
            checklist.untick(self.session, item)
        self.post_message(self._as_it_is())

    def _as_it_is(self) -> Read:
        with self.session.store() as store, self.session.target() as workspace:
            intercom = connection.pinned(store)
            facts = Facts(
                intercom.id_code,
                intercom.name,
                workspace.slug,
                self.session.paths.name,
                checklist.cut_over_at(store),
                entered(store),
            )
            return self.Read(facts, checklist.lines(store, self.items(facts)))

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
        self.app.refresh_standing()
        self.listed()
        if first:
            self.refresh_bindings()

    def primary(self) -> None:
        if self.facts is None:
            self.read()
        else:
            super().primary()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in self.NEEDS_THE_LIST:
            return True if self.facts is not None else None
        return super().check_action(action, parameters)

    # Looking up

    def action_look_up(self) -> None:
        """Look up what is done; once at a time."""
        if self.facts is not None and not self._looking:
            self._looking = True
            self.say("Looking up what is done…")
            self._look_up()

    @work(thread=True, exclusive=True, exit_on_error=False, group="lookup", description="looks up what is done")
    def _look_up(self) -> None:
        self.lookup(lambda findings: self.post_message(self.LookedUp(findings, int(self.session.now()))))
        self.post_message(self.AllLookedUp())

    @on(LookedUp)
    def _show_findings(self, message: LookedUp) -> None:
        findings = {finding.item: Kept(finding.state, finding.evidence, message.at) for finding in message.findings}
        self.lines = [replace(line, finding=findings.get(line.item.id, line.finding)) for line in self.lines]
        self._table.show_rows([self._cells(line) for line in self.lines])
        self._explain()

    @on(AllLookedUp)
    def _all_looked_up(self) -> None:
        self._looking = False
        self.say(f"Looked up at {clock(self.session.now(), self.session.now())}.")

    def failed(self, error: OchreTuiError) -> None:
        self._looking = False
        self.say("")
        if self.facts is None:
            self.query_one("#headline", Static).update("What is done could not be read.")
            self.offer("Read again")
            self.refocus(self.query_one("#primary"))
        super().failed(error)

    def _cells(self, line: Line) -> tuple[Text, ...]:
        sign: tuple[Mark, str, Style] = ("open", "to do", Style.null())
        if line.done_at is not None:
            sign = ("done", "done", tint(self.app, "success"))
        elif line.due_at is not None and line.due_at > self.session.now():
            sign = ("waiting", "wait", Style(dim=True))
        return (
            Text(f"{mark(self.app, sign[0])} {sign[1]}", style=sign[2]),
            self._state_cell(line.finding),
            Text(line.item.title, style="dim" if line.done_at is not None else "", overflow="ellipsis"),
        )

    def _state_cell(self, finding: Kept | None) -> Text:
        match finding:
            case None:
                return Text("")
            case Kept("done"):
                return Text(finding.state, style=tint(self.app, "success"))
            case Kept("not yet"):
                return Text(finding.state, style=tint(self.app, "warning"))
            case _:
                return Text(finding.state, style="dim")

    @on(DataTable.RowHighlighted)
    def _explain(self) -> None:
        row = self._table.cursor_row
        if not 0 <= row < len(self.lines):
            return
        line = self.lines[row]
        item = line.item
        lines = [("Where", Content(item.where))]
        if item.paste:
            lines.append(("Copy", Content.styled(item.paste, "bold $text-accent")))
        lines.append(("Why", Content(item.why)))
        if line.finding is not None:
            at = clock(line.finding.at, self.session.now())
            lines.insert(0, ("Found", Content(f"{clean_line(line.finding.evidence, 400)} ({at})")))
        panel = self.query_one("#item")
        panel.border_subtitle = Content(_dated(line))
        panel.border_title = Content(item.group)
        self.query_one(LabelList).lines = lines

    @on(DataTable.RowSelected)
    def _row_selected(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        """Tick the cursor's item off, or take that back."""
        row = self._table.cursor_row
        if 0 <= row < len(self.lines):
            line = self.lines[row]
            self.note(line.item.id, done=line.done_at is None)
            if line.done_at is None and row + 1 < len(self.lines):
                self._table.move_cursor(row=row + 1)


class LabelList(Widget):
    """Lines of (label, text); a text too long for its column goes on below itself."""

    DEFAULT_CSS = "LabelList { height: 1fr; }"

    lines: reactive[Sequence[tuple[str, Content]]] = reactive(())

    def render(self) -> Content:
        return Content("\n").join(self._wrapped(max(_NARROWEST, self.content_size.width - _LABEL_WIDTH)))

    def _wrapped(self, width: int) -> Iterator[Content]:
        for label, text in self.lines:
            for number, line in enumerate(text.wrap(width)):
                first = label if number == 0 else ""
                yield Content.assemble((f"{first:{_LABEL_WIDTH}}", "$foreground-muted"), line)


def _dated(line: Line) -> str:
    """When it was ticked off, or from when on it is due."""
    if line.done_at is not None:
        return f"ticked off {day(line.done_at)}"
    return f"from {day(line.due_at)}" if line.due_at is not None else ""
