"""The field for a token: masked, and forgiving to what a paste brings along."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Input

_LAST = 4
_SHORTEST = 16


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
