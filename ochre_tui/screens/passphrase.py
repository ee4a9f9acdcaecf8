"""The passphrase of an encrypted migration: asked for where it is needed, chosen where a migration is new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ochre_tui.core.encryption import UNRECOVERABLE, WrongPassphraseError
from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials.passphrase import as_new_passphrase, as_passphrase
from ochre_tui.widgets.controls import ErrorBox, error_text
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal

_NEW: Final = (
    "Archive and attachments are encrypted with a passphrase, which is asked for whenever they are read. The Ochre "
    "workspace's own database, which people read, is not encrypted.\n\n" + UNRECOVERABLE
)


class PassphraseDialog(Modal[Secret | None]):
    """The passphrase, after why it is asked for; None where it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc"),
        Binding("tab", "app.focus_next", show=False),
    ]

    def __init__(self, why: Content) -> None:
        super().__init__()
        self._why = why

    @classmethod
    def because(cls, error: OchreTuiError) -> PassphraseDialog:
        """Asks because of an error: it is not known, or was another one."""
        advice = "Enter it: it stays in memory until the app ends."
        if isinstance(error, WrongPassphraseError):
            advice = error.advice
        return cls(error_text(OchreTuiError(error.title, meaning="", advice=advice)))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._why, markup=False)
            yield from self.fields()
            yield ErrorBox()
            yield KeyBar()

    def fields(self) -> Iterator[Input]:
        """What is typed into."""
        yield Input(password=True, placeholder="passphrase", compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.input is not self.query(Input).last():
            self.focus_next()
            return
        try:
            self.dismiss(self.entered())
        except OchreTuiError as error:
            self.query_one(ErrorBox).show(error)

    def entered(self) -> Secret:
        """What was typed; an OchreTuiError says why it is no good."""
        return as_passphrase(self.query_one(Input).value)

    def action_cancel(self) -> None:
        self.dismiss(None)


class NewPassphraseDialog(PassphraseDialog):
    """A new passphrase, typed twice, after what losing it means."""

    def __init__(self) -> None:
        super().__init__(Content(_NEW))

    def fields(self) -> Iterator[Input]:
        yield from super().fields()
        yield Input(password=True, placeholder="once more", compact=True, id="again")

    def entered(self) -> Secret:
        first, again = (field.value for field in self.query(Input))
        if first != again:
            raise UsageError("Both have to be the same.", meaning="")
        return as_new_passphrase(first)
