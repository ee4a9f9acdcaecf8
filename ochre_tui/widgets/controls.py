"""Small parts that forms and dialogs share: a token's field, boxes to tick in plain characters, an error's box."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox, Input, RadioButton, RadioSet, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.secret import redacted
from ochre_tui.core.text import clean

_LAST: Final = 4
_SHORTEST: Final = 16


class TokenInput(Input):
    """A masked field; white space and line breaks in a paste are left out, as terminals and mails add them."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(password=True, compact=True, placeholder="paste it here", id=id)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor("".join(event.text.split()))

    def shape(self) -> Content:
        """What tells one token from another without showing it: its length and last characters."""
        if not self.value:
            return Content("")
        last = self.value[-_LAST:] if len(self.value) >= _SHORTEST else ""
        return Content(f"{len(self.value)} characters" + (f", ends in {last}" if last else ""))


class PlainCheckbox(Checkbox):
    """A box: `[x]` or `[ ]`."""

    @property
    def _button(self) -> Content:
        return Content("[x]" if self.value else "[ ]")


class PlainRadioButton(RadioButton):
    """One of several: `(*)` or `( )`."""

    @property
    def _button(self) -> Content:
        return Content("(*)" if self.value else "( )")


class PlainRadioSet(RadioSet):
    """Several of which one is on; Enter on that one keeps it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "take", show=False)]

    class Confirmed(Message):
        """The one that is on was taken once more."""

    def action_take(self) -> None:
        if self.query_one("PlainRadioButton.-selected", PlainRadioButton).value:
            self.post_message(self.Confirmed())
        else:
            self.action_toggle_button()


def error_text(error: OchreTuiError) -> Content:
    """An error in up to three lines of text."""
    parts = [Content.styled(clean(redacted(error.title)), "bold $text-error")]
    if error.meaning:
        parts.append(Content(clean(redacted(error.meaning))))
    if error.advice:
        parts.append(Content.styled(clean(redacted(error.advice)), "$text-accent"))
    return Content("\n").join(parts)


class ErrorBox(Static):
    """An error beside its cause; takes no room where there is none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self.display = False

    def show(self, error: OchreTuiError | None) -> None:
        """Show an error, or none."""
        self.display = error is not None
        self.update(error_text(error) if error is not None else "")
