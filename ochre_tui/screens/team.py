"""The team of the Ochre workspace: who admins can be matched to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, DataTable, Input, Select, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.migration.mapping.admins import team
from ochre_tui.ochre.embedded.administration import DEFAULT_ROLE, ROLES, add_user, import_csv
from ochre_tui.ochre.records import User
from ochre_tui.screens.work_dialog import WorkDialog
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.key_bar import KeyBar


class TeamDialog(WorkDialog[list[User]]):
    """The users, a line to add one, and a line to import a CSV file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Done", key_display="esc"),
        Binding("tab", "app.focus_next", "Next field", key_display="tab"),
    ]

    @dataclass
    class Listed(Message):
        """The team as it is now; `note` says what was done."""

        users: list[User]
        note: str

    def __init__(self) -> None:
        super().__init__()
        self._users: list[User] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large", id="team-dialog") as dialog:
            dialog.border_title = "The team in Ochre"
            yield DataTable(cursor_type="none", id="users")
            yield ErrorBox()
            yield Static("Reading the team…", id="team-note", classes="muted", markup=False)
            with Horizontal(classes="field"):
                yield Static("Add", classes="label")
                yield Input(placeholder="e-mail", id="email", compact=True)
                yield Input(placeholder="name", id="name", compact=True)
                yield Select(
                    [(role.replace("_", " "), role) for role in ROLES],
                    value=DEFAULT_ROLE,
                    allow_blank=False,
                    id="role",
                    compact=True,
                )
                yield Button("Add", id="add", compact=True)
            with Horizontal(classes="field"):
                yield Static("CSV file", classes="label")
                yield Input(placeholder="email,name,role in the first line", id="file", compact=True)
                yield Button("Import", id="import", compact=True)
            yield KeyBar()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for name, width in (("E-mail", 34), ("Name", 18), ("Role", 11)):
            table.add_column(name, width=width)
        table.can_focus = False
        self.query_one("#email").focus()
        self._list()

    @work(thread=True, exclusive=True, exit_on_error=False, group="team", description="lists the team")
    def _list(self) -> None:
        self.post_message(self.Listed(team(self.app.session), ""))

    @on(Input.Submitted, "#email")
    @on(Input.Submitted, "#name")
    @on(Button.Pressed, "#add")
    def _add_wanted(self) -> None:
        role = self.query_one(Select).value
        self._add(self.query_one("#email", Input).value, self.query_one("#name", Input).value or None, str(role))

    @on(Input.Submitted, "#file")
    @on(Button.Pressed, "#import")
    def _import_wanted(self) -> None:
        path = self.query_one("#file", Input).value.strip()
        if path:
            self._import(Path(path).expanduser())

    @work(thread=True, exclusive=True, exit_on_error=False, group="team", description="adds a user")
    def _add(self, email: str, name: str | None, role: str) -> None:
        with self.app.session.embedded() as workspace:
            user = add_user(workspace, email, name, role)
        self.post_message(self.Listed(team(self.app.session), f"{clean_line(user.email or '', 40)} is in the team."))

    @work(thread=True, exclusive=True, exit_on_error=False, group="team", description="imports users")
    def _import(self, file: Path) -> None:
        with self.app.session.embedded() as workspace:
            users = import_csv(workspace, file)
        self.post_message(self.Listed(team(self.app.session), f"{len(users)} from the file are in the team."))

    @on(Listed)
    def _show(self, message: Listed) -> None:
        self._users = message.users
        self.query_one(ErrorBox).show(None)
        self.query_one("#team-note", Static).update(
            message.note or ("" if message.users else "Nobody yet: add people by e-mail, or from a file.")
        )
        table = self.query_one(DataTable)
        table.clear()
        for user in sorted(message.users, key=lambda user: user.email or ""):
            table.add_row(
                Text(clean_line(user.email or "", 34)),
                Text(clean_line(user.name or "", 20)),
                Text((user.role or "").replace("_", " ")),
            )
        if message.note:
            for field in ("#email", "#name", "#file"):
                self.query_one(field, Input).value = ""

    def failed(self, error: OchreTuiError) -> None:
        self.query_one("#team-note", Static).update("")
        super().failed(error)

    def action_close(self) -> None:
        self.dismiss(self._users)
