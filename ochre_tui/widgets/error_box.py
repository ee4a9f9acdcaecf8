"""What went wrong, what it means for the data, and what to do."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.secret import redacted
from ochre_tui.core.text import clean


def told(error: OchreTuiError) -> Content:
    """An error in up to three lines of text."""
    parts = [Content.styled(clean(redacted(error.title)), "bold $text-error")]
    if error.meaning:
        parts.append(Content(clean(redacted(error.meaning))))
    if error.advice:
        parts.append(Content.styled(clean(redacted(error.advice)), "$text-accent"))
    return Content("\n").join(parts)


class Trouble(Static):
    """An error beside its cause; takes no room where there is none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self.display = False

    def show(self, error: OchreTuiError | None) -> None:
        """Show an error, or none."""
        self.display = error is not None
        self.update(told(error) if error is not None else "")
