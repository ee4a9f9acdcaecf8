"""Finding a customer as they are remembered, and one of their conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Input, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import day
from ochre_tui.migration.lookup import MOST, Listed, conversations_of
from ochre_tui.ochre.target import Hit
from ochre_tui.screens.work_dialog import WorkDialog
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.record_table import RecordTable

_MOST_HITS: Final = 50
_HINT: Final = "Name, e-mail, phone, external id, old id or company"
_MATCHED: Final = {
    "email": "e-mail",
    "email_alias": "other e-mail",
    "external_id": "external id",
    "intercom_id": "old id",
    "phone": "phone",
    "name": "name",
    "company": "company",
}
_CUSTOMERS: Final = (("Found by", 12), ("E-mail", 27))
_CONVERSATIONS: Final = (("Updated", 11), ("Status", 8), ("Channel", 18))
_CSS: Final = """
    {name} RecordTable {{ height: 12; margin-top: 1; }}
    {name} #summary {{ height: 1; color: $text-muted; text-overflow: ellipsis; text-wrap: nowrap; }}
"""


class CustomerSearch(WorkDialog[str | None]):
    """Words, and who they may mean; the result is Intercom's id of a conversation, None where none was chosen."""

    DEFAULT_CSS = _CSS.format(name="CustomerSearch")
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", key_display="esc"),
        Binding("tab", "to_list", "To the list", key_display="tab"),
        Binding("down", "to_list", show=False),
        Binding("slash", "to_words", "Other words", key_display="/"),
        Binding("enter", "open", "Conversations", key_display="⏎"),
    ]

    @dataclass
    class HitsRead(Message):
        """Who these words may mean."""

        words: str
        hits: Sequence[Hit]

    def __init__(self) -> None:
        super().__init__()
        self._hits: Sequence[Hit] = ()
        self._looking = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = "Find a customer"
            yield Input(placeholder=_HINT, compact=True)
            yield ErrorBox()
            yield RecordTable(_CUSTOMERS, "Name")
            yield Static("", id="summary", markup=False)
            yield KeyBar()

    @on(Input.Changed)
    def _typed(self) -> None:
        if not self._looking:
            self._look()

    def _look(self) -> None:
        """Look for who the words mean now; one search at a time, so that a slow one is not overtaken."""
        words = self.query_one(Input).value.strip()
        if words:
            self._looking = True
            self.query_one("#summary", Static).update("Searching…")
            self._search(words)
        else:
            self._list("", ())

    @work(thread=True, exit_on_error=False, group="search", description="looks for customers")
    def _search(self, words: str) -> None:
        with self.app.session.target() as workspace:
            hits = workspace.search(words, _MOST_HITS)
        self.post_message(self.HitsRead(words, hits))

    @on(HitsRead)
    def _show(self, message: HitsRead) -> None:
        self._looking = False
        if message.words == self.query_one(Input).value.strip():
            self._list(message.words, message.hits)
        else:
            self._look()

    def _list(self, words: str, hits: Sequence[Hit]) -> None:
        self._hits = hits
        self.query_one(ErrorBox).show(None)
        self.query_one(RecordTable).show_rows([_customer(hit) for hit in hits])
        number = len(hits)
        summary = f"The best {number}" if number == _MOST_HITS else f"{number} found"
        summary = f"{summary}; Enter lists their conversations." if number else "Nobody was found."
        self.query_one("#summary", Static).update(summary if words else "")
        self.refresh_bindings()

    def failed(self, error: OchreTuiError) -> None:
        self._list("", ())
        self._looking = False
        super().failed(error)

    @on(Input.Submitted)
    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """The conversations of the customer under the cursor."""
        row = self.query_one(RecordTable).cursor_row
        if 0 <= row < len(self._hits):
            self.app.push_screen(CustomerConversations(self._hits[row]), self._chosen)

    def _chosen(self, intercom_id: str | None) -> None:
        if intercom_id is not None:
            self.dismiss(intercom_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "to_list":
            return bool(self._hits) and not self.query_one(RecordTable).has_focus
        return super().check_action(action, parameters)

    def action_to_list(self) -> None:
        self.query_one(RecordTable).focus()

    def action_to_words(self) -> None:
        self.query_one(Input).focus()

    def action_cancel(self) -> None:
        self.dismiss(None)


class CustomerConversations(WorkDialog[str | None]):
    """A customer's conversations, the latest first; the result is Intercom's id of the one that was chosen."""

    DEFAULT_CSS = _CSS.format(name="CustomerConversations")
    AUTO_FOCUS = "RecordTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", key_display="esc"),
        Binding("enter", "open", "Spot-check it", key_display="⏎"),
    ]

    @dataclass
    class Read(Message):
        """What they have."""

        conversations: Sequence[Listed]

    def __init__(self, customer: Hit) -> None:
        super().__init__()
        self._customer = customer
        self._conversations: Sequence[Listed] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = Content(f"Conversations of {_name_of(self._customer)}")
            yield Static(clean_line(f"{self._customer.email or 'no e-mail'}, {self._customer.id}"), markup=False)
            yield ErrorBox()
            yield RecordTable(_CONVERSATIONS, "Subject")
            yield Static("Reading…", id="summary", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self._read()

    @work(thread=True, exclusive=True, exit_on_error=False, group="read", description="reads their conversations")
    def _read(self) -> None:
        with self.app.session.store() as store, self.app.session.target() as workspace:
            conversations = conversations_of(store, workspace, self._customer.id)
        self.post_message(self.Read(conversations))

    @on(Read)
    def _show(self, message: Read) -> None:
        self._conversations = message.conversations
        self.query_one(RecordTable).show_rows([_conversation(conversation) for conversation in message.conversations])
        number = len(message.conversations)
        summary = f"The latest {MOST}" if number == MOST else f"{number} in Ochre"
        summary = f"{summary}; Enter opens the spot-check." if number else "None was imported."
        self.query_one("#summary", Static).update(summary)

    def failed(self, error: OchreTuiError) -> None:
        self.query_one("#summary", Static).update("")
        super().failed(error)

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """Give the conversation under the cursor."""
        row = self.query_one(RecordTable).cursor_row
        if 0 <= row < len(self._conversations):
            self.dismiss(self._conversations[row].intercom_id)

    def action_cancel(self) -> None:
        self.dismiss(None)


def _name_of(customer: Hit) -> str:
    return clean_line(customer.name or customer.email or customer.id, 50)


def _customer(hit: Hit) -> tuple[Text, ...]:
    return (
        Text(_MATCHED[hit.matched]),
        Text(clean_line(hit.email or "", 80), overflow="ellipsis"),
        Text(clean_line(hit.name or "", 80), overflow="ellipsis"),
    )


def _conversation(conversation: Listed) -> tuple[Text, ...]:
    return (
        Text("" if conversation.updated_at is None else day(conversation.updated_at)),
        Text(clean_line(conversation.status, 8)),
        Text(clean_line(conversation.channel, 18), overflow="ellipsis"),
        Text(clean_line(conversation.subject, 120), overflow="ellipsis"),
    )
