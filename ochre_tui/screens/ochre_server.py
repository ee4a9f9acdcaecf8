"""The Ochre server that a migration goes into: its address, and a token of an owner or admin there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.migration.connection import connect_server
from ochre_tui.migration.credentials.tokens import OCHRE, as_token
from ochre_tui.screens.work_dialog import WorkDialog
from ochre_tui.widgets.controls import ErrorBox, TokenInput
from ochre_tui.widgets.key_bar import KeyBar

_ABOUT = (
    "Without one, a workspace in this migration's folder takes everything in, to be handed over as an export. The "
    "token stays in memory until the app ends."
)


class OchreServerDialog(WorkDialog[bool]):
    """Two fields, tested at once; True once the server is the migration's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc"),
        Binding("tab", "app.focus_next", "Next field", key_display="tab"),
        Binding("enter", "connect", "Connect", key_display="⏎"),
    ]

    @dataclass
    class Connected(Message):
        """The server is the migration's now."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = "Import into an Ochre server"
            yield Static(_ABOUT, classes="muted", markup=False)
            yield ErrorBox()
            with Horizontal(classes="field"):
                yield Static("Address", classes="label")
                yield Input(self._address, placeholder="https://ochre.example.com", id="address", compact=True)
            with Horizontal(classes="field"):
                yield Static("Access token", classes="label")
                yield TokenInput(id="ochre-token")
                yield Static("", id="shape", classes="muted", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Connect", id="connect", compact=True, variant="primary")
            yield KeyBar()

    @on(Input.Changed, "#ochre-token")
    def _typed(self) -> None:
        self.query_one("#shape", Static).update(self.query_one(TokenInput).shape())

    @on(Input.Submitted, "#address")
    def _address_given(self) -> None:
        self.query_one(TokenInput).focus()

    @on(Input.Submitted, "#ochre-token")
    @on(Button.Pressed, "#connect")
    def action_connect(self) -> None:
        """Ask the server whose token it is."""
        self.query_one(ErrorBox).show(None)
        self.query_one("#connect", Button).disabled = True
        self._connect(self.query_one("#address", Input).value.strip(), self.query_one(TokenInput).value)

    @work(thread=True, exclusive=True, exit_on_error=False, group="server", description="asks an Ochre server")
    def _connect(self, address: str, text: str) -> None:
        connect_server(self.app.session, address, as_token(text, side=OCHRE))
        self.post_message(self.Connected())

    def failed(self, error: OchreTuiError) -> None:
        self.query_one("#connect", Button).disabled = False
        super().failed(error)

    @on(Connected)
    def _connected(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(False)
