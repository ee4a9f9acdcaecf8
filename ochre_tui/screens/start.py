"""The start: which migrations there are here, and what a new one will take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.paths import DEFAULT_NAME
from ochre_tui.core.text import clean_line
from ochre_tui.migration.credentials.passphrase import unseal_known
from ochre_tui.migration.report.write import REPORT, write_report
from ochre_tui.migration.summary import MigrationSummary
from ochre_tui.migration.wipe import Receipt, receipt_lines, wipe
from ochre_tui.migration.wording import STATE_WORDS
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets import dialogs
from ochre_tui.widgets.dialogs import ConfirmDialog, InputDialog
from ochre_tui.widgets.glyphs import mark
from ochre_tui.widgets.header import STATE_LOOKS

_ABOUT: Final = (
    "A migration moves one Intercom workspace into one Ochre workspace. Its store, plan and log lie in a folder of "
    "their own on this machine. Leaving and coming back is safe at any time: every decision is kept at once, and an "
    "import goes on where it stopped."
)


class StartScreen(StepScreen):
    """The migrations on this machine: continue, begin, delete."""

    STEP = Step.START
    ABOUT = _ABOUT
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "begin", "New", tooltip="Begin another migration"),
        Binding("o", "report", "Report", tooltip="Write the report on a migration, and say where it is"),
        Binding("d", "delete", "Delete", tooltip="Delete a migration's data on this machine"),
    ]

    @dataclass
    class Listed(Message):
        """The migrations were read."""

        entries: list[MigrationSummary]

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[MigrationSummary] = []

    def compose_body(self) -> ComposeResult:
        with Vertical(id="welcome", classes="panel") as welcome:
            welcome.border_title = "Move your support desk from Intercom to Ochre"
            yield Static(_welcome(), markup=False)
        with Vertical(id="migrations", classes="panel") as panel:
            panel.border_title = "Migrations on this machine"
            yield DataTable(cursor_type="row", id="entries")
            yield Static("", id="detail", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#welcome").display = self.query_one("#migrations").display = False
        table = self.query_one(DataTable)
        for name, width in (("Name", 16), ("Intercom workspace", 22), ("State", 12)):
            table.add_column(name, width=width)
        table.add_column(Text("Conversations", justify="right"), width=16)
        self.say("Looking for migrations…")
        self._list()

    @work(thread=True, exclusive=True, exit_on_error=False, group="list", description="lists the migrations")
    def _list(self) -> None:
        self.post_message(self.Listed(self.app.home.summaries()))

    @on(Listed)
    def _show(self, message: Listed) -> None:
        self._entries = message.entries
        # Until one is connected there is nothing to choose from, and much to say.
        some = any(entry.source or entry.error for entry in message.entries) or len(message.entries) > 1
        self.query_one("#welcome").display = not some
        self.query_one("#migrations").display = some
        self.say("")
        self.refresh_bindings()
        if not some:
            self.offer("Begin: connect to Intercom")
            self.refocus(self.query_one("#primary"))
            return
        table = self.query_one(DataTable)
        table.clear()
        for entry in message.entries:
            table.add_row(*self._cells(entry), key=entry.name)
        names = [entry.name for entry in message.entries]
        chosen = self.app.chosen
        if chosen is not None and chosen.paths.name in names:
            table.move_cursor(row=names.index(chosen.paths.name))
        self._show_chosen()
        self.refocus(table)

    def _cells(self, entry: MigrationSummary) -> tuple[Text, ...]:
        sign, _ = STATE_LOOKS[entry.state]
        done, known = entry.conversations
        count = f"{done:,} of {known:,}" if known > done else f"{done:,}" if known else "-"
        return (
            Text(entry.name, overflow="ellipsis"),
            Text(clean_line(entry.source or "-", 22), overflow="ellipsis"),
            Text(f"{mark(self.app, sign)} {STATE_WORDS[entry.state]}"),
            Text(count, justify="right"),
        )

    @on(DataTable.RowHighlighted)
    def _show_chosen(self) -> None:
        entry = self._chosen()
        if entry is None:
            return
        if entry.error is not None:
            self.offer(f"{entry.name} can't be opened", enabled=False)
        elif entry.state == "importing":
            self.offer(f"Watch {entry.name}")
        else:
            self.offer(f"Continue {entry.name}: {_step(entry).title}")
        self.query_one("#detail", Static).update(_detail(entry))

    def _chosen(self) -> MigrationSummary | None:
        row = self.query_one(DataTable).cursor_row if len(self._entries) > 1 else 0
        return self._entries[row] if 0 <= row < len(self._entries) else None

    @on(DataTable.RowSelected)
    def _row_selected(self) -> None:
        self.primary()

    def primary(self) -> None:
        self.action_forward()

    def action_forward(self) -> None:
        entry = self._chosen()
        if entry is None:
            self._begin(DEFAULT_NAME)
        elif entry.error is not None:
            self.say("This one can't be opened; the reason is above.", warn=True)
        else:
            self._open(entry.name)

    def action_begin(self) -> None:
        """Ask for a name and begin."""
        question = "A name for the new migration: small letters, digits and hyphens."
        names = {entry.name for entry in self._entries}
        value = DEFAULT_NAME if DEFAULT_NAME not in names else ""
        self.app.push_screen(InputDialog(question, value=value, hint="acme"), self._named)

    def _named(self, name: str | None) -> None:
        if name is None:
            return
        if name in {entry.name for entry in self._entries}:
            self.say(f"There is a migration “{clean_line(name, 40)}” already.", warn=True)
            return
        self._begin(name)

    def action_delete(self) -> None:
        """Ask, then delete the local data of the chosen migration."""
        entry = self._chosen()
        if entry is None:
            return
        question = (
            f"Delete all local data of “{entry.name}”: its plan, its log, what was read from Intercom, and the Ochre "
            "workspace in its folder? Intercom itself is not touched. This can't be undone."
        )
        self.app.push_screen(
            ConfirmDialog(question, yes="Delete", danger=True), lambda yes: self._delete_answered(entry, yes)
        )

    def _delete_answered(self, entry: MigrationSummary, answer: bool | None) -> None:
        if answer:
            self._delete(entry.name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "delete":
            return True if self._entries else None
        if action == "report":
            return any(entry.source for entry in self._entries)
        if action == "back":
            return False
        return super().check_action(action, parameters)

    @work(thread=True, exclusive=True, exit_on_error=False, group="open", description="begins a migration")
    def _begin(self, name: str) -> None:
        self.app.chosen = self.app.home.create(name)
        self.app.call_later(self.app.go, Step.CONNECT)

    @work(thread=True, exclusive=True, exit_on_error=False, group="open", description="opens a migration")
    def _open(self, name: str) -> None:
        self.app.chosen = self.app.home.open(name)
        unseal_known(self.session.paths)
        self.app.call_later(self.app.go_on)

    def action_report(self) -> None:
        """Write the report on the chosen migration."""
        entry = self._chosen()
        if entry is not None and entry.source:
            self.say("Writing the report…")
            self._report(entry.name)

    @work(thread=True, exclusive=True, exit_on_error=False, group="report", description="writes a report")
    def _report(self, name: str) -> None:
        session = self.app.home.open(name)
        out = session.paths.reports / REPORT
        write_report(session, out)
        self.app.call_later(self._tell_report, out)

    def _tell_report(self, out: Path) -> None:
        self.say("")
        text = Content(f"It is one page, to be opened in any browser:\n\n{clean_line(str(out), 1000)}")
        self.app.push_screen(dialogs.MessageDialog("The report is written", text))

    @work(thread=True, exclusive=True, exit_on_error=False, group="open", description="deletes a migration")
    def _delete(self, name: str) -> None:
        try:
            receipt = wipe(self.app.home.open(name))
            if self.app.chosen is not None and self.app.chosen.paths.name == name:
                self.app.chosen = None
            self.app.call_later(self.app.push_screen, _receipt_dialog(receipt))
        finally:
            self.post_message(self.Listed(self.app.home.summaries()))
            self.app.call_later(self.app.refresh_standing)

    def failed(self, error: OchreTuiError) -> None:
        self.say("")
        super().failed(error)


def _receipt_dialog(receipt: Receipt) -> dialogs.MessageDialog:
    title, *lines = receipt_lines(receipt)
    return dialogs.MessageDialog(title, Content("\n".join(lines)))


def _step(entry: MigrationSummary) -> Step:
    try:
        return Step(entry.step)
    except ValueError:
        return Step.CONNECT


def _detail(entry: MigrationSummary) -> Content:
    if entry.error is not None:
        return Content.styled(clean_line(entry.error.title), "$text-error")
    if entry.status is not None and entry.status.reason:
        return Content.styled(clean_line(entry.status.reason), "$text-warning")
    if entry.reminder:
        return Content.styled(clean_line(entry.reminder), "$text-warning")
    return Content.styled("Enter goes on where it was left.", "$foreground-muted")


def _welcome() -> Content:
    def point(title: str, text: str) -> Content:
        return Content.assemble((title, "bold $text-accent"), "\n", text)

    return Content("\n\n").join(
        [
            point(
                "What will happen",
                "You connect both sides, scan Intercom, decide who and what becomes what, import, verify, and switch "
                "over. Intercom is only read, and keeps running until you switch.",
            ),
            point(
                "How long it takes",
                "About an hour of your time, then 4 to 24 hours of import that needs nobody. It can be stopped and "
                "taken up again at any point.",
            ),
            point(
                "What you need",
                "The owner of the Intercom workspace, to make an access token that may read users and companies, "
                "conversations, tags and admins. In Ochre you are an owner or admin.",
            ),
        ]
    )
