"""Where a file is, and what is done with it; what goes wrong is said beside the path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.widgets.error_box import Trouble
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal


class PathDialog(Modal[str | None]):
    """Asks for a path and works on it in a thread; gives back what the work says, None where it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Go on", id="path.submit"),
        Binding("escape", "cancel", "Cancel", key_display="esc", id="path.cancel"),
    ]

    @dataclass
    class Done(Message):
        """The work has ended: with its words, or with an error."""

        words: str
        error: OchreTuiError | None = None

    def __init__(self, title: str, path: Path, act: Callable[[Path], str], verb: str) -> None:
        super().__init__()
        self._title, self._path, self._act, self._verb = title, path, act, verb
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield Input(str(self._path), compact=True)
            yield Static("", id="busy", classes="muted", markup=False)
            yield Trouble()
            yield KeyBar()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(Trouble).show(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        text = self.query_one(Input).value.strip()
        if text and not self._busy:
            self._busy = True
            self.query_one("#busy", Static).update(f"{self._verb}: under way.")
            self._work(Path(text).expanduser())

    @work(thread=True, exclusive=True, exit_on_error=False, group="path", description="works on a file")
    def _work(self, path: Path) -> None:
        try:
            self.post_message(self.Done(self._act(path)))
        except OchreTuiError as error:
            self.post_message(self.Done("", error))

    @on(Done)
    def _done(self, message: Done) -> None:
        self._busy = False
        self.query_one("#busy", Static).update("")
        if message.error is None:
            self.dismiss(message.words)
        else:
            self.query_one(Trouble).show(message.error)

    def action_cancel(self) -> None:
        self.dismiss(None)
