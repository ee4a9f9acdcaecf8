"""The values of the cut-over: the operator's site and domain, and what Ochre shows for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.migration.cutover.entering import enter
from ochre_tui.migration.cutover.settings import Entered
from ochre_tui.migration.session import Desk
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal

_ABOUT: Final = "Ochre shows the values of your workspace under Settings, Domains. Leave open what you don't know yet."
_FIELDS: Final = {
    "site": ("Your site", "https://acme.com, a page with the chat widget"),
    "domain": ("Support domain", "acme.com, or the support address"),
    "inbox": ("MX is set at", "inbox.acme.com, if not at the domain itself"),
    "mx_host": ("MX host", "as Ochre shows it"),
    "spf_include": ("SPF include", "as Ochre shows it"),
    "dkim_selector": ("DKIM selector", "as Ochre shows it, before ._domainkey"),
    "dkim_record": ("DKIM record", "v=DKIM1; p=…, or the name of a CNAME record"),
    "name_server": ("Name server", "to be asked instead of this machine's: 9.9.9.9"),
}


class CutOverValuesDialog(Modal[bool]):
    """A field for each; True once they are kept."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc"),
        Binding("tab,down", "app.focus_next", "Next field", key_display="tab"),
        Binding("up", "app.focus_previous", show=False),
        Binding("enter", "keep", "Keep and look up", key_display="⏎"),
    ]

    @dataclass
    class Kept(Message):
        """The values are kept."""

    @dataclass
    class Refused(Message):
        """Why they are not."""

        error: OchreTuiError

    def __init__(self, desk: Desk, values: Entered) -> None:
        super().__init__()
        self._desk, self._values = desk, values

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = "Values of the cut-over"
            yield Static(_ABOUT, classes="muted", markup=False)
            yield ErrorBox()
            for name, (label, hint) in _FIELDS.items():
                with Horizontal(classes="field"):
                    yield Static(label, classes="label", markup=False)
                    yield Input(getattr(self._values, name) or "", placeholder=hint, name=name, compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Keep and look up", id="keep", compact=True, variant="primary")
            yield KeyBar()

    @on(Input.Submitted)
    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        """Keep them all, or none and say which can't be right."""
        self.query_one(ErrorBox).show(None)
        self._keep({field.name or "": field.value for field in self.query(Input)})

    @work(thread=True, exclusive=True, exit_on_error=False, group="values", description="keeps the cut-over's values")
    def _keep(self, given: Mapping[str, str]) -> None:
        try:
            with self._desk.store() as store:
                enter(store, self._desk.paths, given)
        except OchreTuiError as error:
            self.post_message(self.Refused(error))
        else:
            self.post_message(self.Kept())

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self.query_one(ErrorBox).show(message.error)

    @on(Kept)
    def _kept(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(False)
