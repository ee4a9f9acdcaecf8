"""Connecting both sides: Intercom by its token, Ochre by a workspace and its team."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from ochre_tui.core.errors import CredentialError, OchreTuiError, UnreachableError
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted
from ochre_tui.migration import connection, destination
from ochre_tui.migration.connection import Connected
from ochre_tui.migration.credentials.tokens import INTERCOM, KnownToken, as_token
from ochre_tui.migration.destination import OchreServer
from ochre_tui.migration.encrypt import encrypt
from ochre_tui.migration.mapping.admins import team
from ochre_tui.ochre.records import User
from ochre_tui.screens.ochre_server import OchreServerDialog
from ochre_tui.screens.passphrase import NewPassphraseDialog
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.screens.team import TeamDialog
from ochre_tui.widgets.controls import ErrorBox, PlainCheckbox, TokenInput
from ochre_tui.widgets.glyphs import mark

_ABOUT: Final = (
    "Both sides are connected here. The Intercom token is only used to read. It stays in memory until the app ends, "
    "unless you choose to keep it in this system's keyring; it is never written to a file, a log or the store.\n\n"
    "Ochre is a workspace in this migration's folder, which can be handed over as an export, or one on an Ochre "
    "server, by its address and a token of an owner or admin. Its team are the people that Intercom's admins can be "
    "matched to: add them one by one, or from a CSV file with the header email,name,role."
)
_WHERE: Final = (
    "Make one in Intercom: Settings, Developers, Authentication, Manage tokens. It stays in memory until the app ends."
)
_HERE: Final = "In this migration's folder; o imports into an Ochre server instead."


@dataclass(frozen=True, slots=True)
class Ochre:
    """The workspace's name and its team."""

    name: str
    team: list[User]


class ConnectScreen(StepScreen):
    """The token and what it may do; the Ochre workspace and its team."""

    STEP = Step.CONNECT
    ABOUT = _ABOUT
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next field"),
        Binding("t", "test", "Test", tooltip="Test the token again"),
        Binding("e", "enter", "Other token", tooltip="Enter another token"),
        Binding("m", "team", "Team", tooltip="The people in Ochre"),
        Binding(
            "p", "encrypt", "Encrypt", show=False, tooltip="Encrypt archive and attachments; before the first import"
        ),
        Binding("o", "server", "Ochre server", tooltip="Import into an Ochre server, by its address and a token"),
    ]

    @dataclass
    class Read(Message):
        """What is known before anything was typed."""

        token: KnownToken | None
        server: OchreServer | None
        ochre: Ochre | OchreTuiError

    @dataclass
    class Tested(Message):
        """What Intercom said to the token."""

        connected: Connected
        where: str

    @dataclass
    class Refused(Message):
        """Why the token could not be tested."""

        error: OchreTuiError

    @dataclass
    class TokenKept(Message):
        """The token was kept in the keyring, or why not."""

        problem: str | None

    def __init__(self) -> None:
        super().__init__()
        self._connected = False
        self._testing = False
        self._token: KnownToken | None = None
        self._server: OchreServer | None = None
        self._ochre_error: OchreTuiError | None = None

    def compose_body(self) -> ComposeResult:
        with Vertical(id="intercom", classes="panel") as panel:
            panel.border_title = "Intercom"
            with Horizontal(classes="field"):
                yield Static("Access token", classes="label")
                yield TokenInput(id="token")
                yield Static("", id="shape", classes="muted", markup=False)
            yield Static(_WHERE, id="where", classes="muted", markup=False)
            yield ErrorBox(id="refusal")
            yield Static("", id="workspace", classes="line", markup=False)
            yield Grid(id="scopes")
            yield PlainCheckbox("Keep the token in this system's keyring", id="keep", compact=True)
        with Vertical(id="ochre", classes="panel") as panel:
            panel.border_title = "Ochre"
            with Horizontal(classes="field"):
                yield Static("Workspace", classes="label")
                yield Input(id="target", compact=True, max_length=80)
            with Horizontal(classes="field"):
                yield Static("Team", classes="label")
                yield Static("", id="people", markup=False)
                yield Button("Edit team", id="team", compact=True)
            yield Static(_HERE, id="place", classes="muted", markup=False)
            yield ErrorBox(id="ochre-trouble")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#keep").display = False
        self._show_line(None)
        self.say("Looking for a token, and at Ochre…")
        self._look()

    # What is known

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="looks for a token")
    def _look(self) -> None:
        self.post_message(self.Read(self.session.known_token(INTERCOM), *self._ochre()))

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="looks at Ochre")
    def _look_at_ochre(self) -> None:
        self.post_message(self.Read(self._token, *self._ochre()))

    def _ochre(self) -> tuple[OchreServer | None, Ochre | OchreTuiError]:
        server = destination.pinned_server(self.session.paths)
        try:
            with self.session.target() as target:
                name = target.name
            return server, Ochre(name, team(self.session))
        except (CredentialError, UnreachableError) as error:
            return server, error

    @on(Read)
    def _show_read(self, message: Read) -> None:
        self.say("")
        self._show_ochre(message.server, message.ochre)
        self._token = message.token
        self.refresh_bindings()
        if message.token is None:
            self.offer(self.onward, enabled=False)
            self.refocus(self.query_one("#token"))
        else:
            self._start_test(message.token)

    def _show_ochre(self, server: OchreServer | None, answer: Ochre | OchreTuiError) -> None:
        self._server = server
        self._ochre_error = answer if isinstance(answer, OchreTuiError) else None
        self.query_one("#ochre-trouble", ErrorBox).show(self._ochre_error)
        name = self.query_one("#target", Input)
        name.disabled = server is not None
        self.query_one("#team").display = server is None
        place = f"At {clean_line(server.url, 60)}; o changes that." if server else _HERE
        self.query_one("#place", Static).update(place)
        if isinstance(answer, Ochre):
            name.value = clean_line(answer.name, 80)
            self._show_team(answer.team)
        elif server is not None:
            name.value = clean_line(server.name, 80)

    def _show_team(self, team: list[User]) -> None:
        roles = Counter(user.role or "agent" for user in team)
        if not team:
            words = "nobody yet, so no admin can be matched"
        else:
            parts = [counted(number, role.replace("_", " ")) for role, number in sorted(roles.items())]
            words = f"{counted(len(team), 'user')}: {', '.join(parts)}"
        self.query_one("#people", Static).update(words)

    # The token

    @on(Input.Changed, "#token")
    def _typed(self) -> None:
        field = self.query_one(TokenInput)
        if field.display:
            self.query_one("#shape", Static).update(field.shape())

    @on(Input.Submitted, "#token")
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            token = as_token(event.value)
        except CredentialError as error:
            self._refused(self.Refused(error))
            return
        self._start_test(KnownToken(token, "in memory, until the app ends"))

    def action_test(self) -> None:
        """Test the token that is known."""
        if self._token is not None and not self._testing:
            self._start_test(self._token)

    def action_enter(self) -> None:
        """Make room for another token."""
        self._show_token(None)
        self.refocus(self.query_one(TokenInput))

    def _start_test(self, token: KnownToken) -> None:
        self._testing = True
        self._token = token
        self.refresh_bindings()
        self.set_focus(None)  # of the field, which goes; the answer gives it to what comes next
        self._show_token(token)
        self.query_one(ErrorBox).show(None)
        asking = f"{mark(self.app, 'waiting')} Asking Intercom whose it is and what it may do"
        self._show_line(Content(asking))
        self.offer("Testing…", enabled=False)
        self._test(token.token, token.where)

    def _show_token(self, token: KnownToken | None) -> None:
        field = self.query_one(TokenInput)
        field.display = token is None
        self.query_one("#where").display = token is None
        shape = f"{'*' * 8}  {token.where}" if token else field.shape()
        self.query_one("#shape", Static).update(shape)

    @work(thread=True, exclusive=True, exit_on_error=False, group="test", description="tests the token")
    def _test(self, token: Secret, where: str) -> None:
        try:
            self.post_message(self.Tested(connection.connect(self.session, token), where))
        except OchreTuiError as error:
            self.post_message(self.Refused(error))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self._testing = self._connected = False
        self.refresh_bindings()
        self._show_line(None)
        self.query_one("#scopes", Grid).remove_children()
        self.query_one("#keep").display = False
        self.query_one(ErrorBox).show(message.error)
        self.offer(self.onward, enabled=False)
        if message.error.retryable and self._token is not None:
            self.say("t tests it again.")
        else:
            self._show_token(None)
            self.refocus(self.query_one(TokenInput))

    @on(Tested)
    def _tested(self, message: Tested) -> None:
        self._testing = False
        self.refresh_bindings()
        connected = message.connected
        self.query_one(TokenInput).value = ""
        self._show_token(self._token)
        self._show_workspace(connected)
        missing: OchreTuiError | None = None
        try:
            connected.refuse_without_needed()
        except CredentialError as error:
            missing = error
        self._connected = missing is None
        self.query_one(ErrorBox).show(missing)
        self.query_one("#keep").display = "keyring" not in message.where and "environment" not in message.where
        self.offer(self.onward, enabled=self._connected)
        self.app.refresh_standing()
        self.say("This is another token than last time." if connected.another_token else "")
        if self._connected:
            self.refocus(self.query_one("#primary"))

    def _show_workspace(self, connected: Connected) -> None:
        workspace = connected.workspace
        self._show_line(
            Content.assemble(
                (f"{mark(self.app, 'done')} ", "$text-success"),
                (clean_line(workspace.name, 40), "bold"),
                f" ({clean_line(workspace.id_code, 20)}), region {clean_line(workspace.region, 8)}, ",
                f"time zone {clean_line(workspace.timezone, 30)}",
            )
        )
        grid = self.query_one("#scopes", Grid)
        grid.remove_children()
        grid.mount(*(Static(self._scope(name, state), markup=False) for name, state in connected.scopes.items()))

    def _show_line(self, line: Content | None) -> None:
        workspace = self.query_one("#workspace", Static)
        workspace.display = line is not None
        workspace.update(line or "")

    def _scope(self, name: str, state: str) -> Content:
        if state == "ok":
            return Content.assemble((f"{mark(self.app, 'done')} ", "$text-success"), name)
        return Content.assemble((f"{mark(self.app, 'warning')} {name}: missing", "$text-warning"))

    @on(PlainCheckbox.Changed, "#keep")
    def _keep_changed(self, event: PlainCheckbox.Changed) -> None:
        if event.value:
            self._keep()

    @work(thread=True, exclusive=True, exit_on_error=False, group="keep", description="keeps the token")
    def _keep(self) -> None:
        self.post_message(self.TokenKept(connection.keep(self.session)))

    @on(TokenKept)
    def _token_kept(self, message: TokenKept) -> None:
        self.query_one("#keep", PlainCheckbox).value = message.problem is None
        self.say(message.problem or "The token is kept in this system's keyring.", warn=message.problem is not None)

    # Ochre

    @on(Input.Submitted, "#target")
    @on(Input.Blurred, "#target")
    def _named(self, event: Input.Submitted | Input.Blurred) -> None:
        if event.value.strip() and event.value != self.standing.target:
            self._rename(event.value.strip())

    @work(thread=True, exclusive=True, exit_on_error=False, group="rename", description="names the workspace")
    def _rename(self, name: str) -> None:
        with self.session.embedded() as workspace:
            workspace.rename(name)
        self.app.call_later(self.app.refresh_standing)

    @on(Button.Pressed, "#team")
    def action_team(self) -> None:
        """Edit the team."""
        self.app.push_screen(TeamDialog(), self._team_edited)

    def _team_edited(self, team: list[User] | None) -> None:
        if team is not None:
            self._show_team(team)

    def action_encrypt(self) -> None:
        """Ask for a new passphrase to encrypt archive and attachments with."""
        self.app.push_screen(NewPassphraseDialog(), self._passphrase_chosen)

    def _passphrase_chosen(self, passphrase: Secret | None) -> None:
        if passphrase is not None:
            self._encrypt(passphrase)

    @work(thread=True, exclusive=True, exit_on_error=False, group="encrypt", description="encrypts the migration")
    def _encrypt(self, passphrase: Secret) -> None:
        encrypt(self.session, passphrase)
        self.app.call_later(self.say, "The archive and the attachments are encrypted.")

    def action_server(self) -> None:
        """Ask for an Ochre server's address and token."""
        address = self._server.url if self._server else destination.ochre_url() or ""
        self.app.push_screen(OchreServerDialog(address), self._server_given)

    def _server_given(self, connected: bool | None) -> None:
        if connected:
            self._look_at_ochre()
            self.app.refresh_standing()

    def failed(self, error: OchreTuiError) -> None:
        self.say("")
        self.offer(self.onward, enabled=self._connected)
        super().failed(error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "team":
            return self._server is None
        if action == "test":
            return True if self._token is not None and not self._testing else None
        return super().check_action(action, parameters)

    # The way

    @property
    def onward(self) -> str:
        back = self.app.come_back_to
        return f"Back to {back.title}" if back else super().onward

    def action_forward(self) -> None:
        if self.blocked() is None and self.app.come_back_to is not None:
            self.app.go(self.app.come_back_to)
        else:
            super().action_forward()

    def blocked(self) -> str | None:
        if self._testing:
            return "Intercom has not answered yet."
        if self._ochre_error is not None:
            return "Ochre can't be asked yet: o gives its address and token."
        return None if self._connected else "Enter a token that Intercom accepts first."
