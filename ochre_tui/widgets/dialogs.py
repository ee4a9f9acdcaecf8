"""Questions and messages over a screen; Escape always takes the safe way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.widgets.controls import ErrorBox, error_text
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal


class ConfirmDialog(Modal[bool]):
    """One question, in a sentence with its consequence; the safe answer has the focus."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str | Content, *, yes: str, no: str = "Cancel", danger: bool = False) -> None:
        super().__init__()
        self._question = question
        self._yes, self._no, self._danger = yes, no, danger
        self._bindings.bind("escape,n", "answer(False)", no, key_display="n")
        self._bindings.bind("y", "answer(True)", yes)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self._no, id="no", compact=True)
                yield Button(self._yes, id="yes", compact=True, variant="error" if self._danger else "primary")
            yield KeyBar()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


class TokenErrorDialog(ConfirmDialog):
    """A token that is missing, dead or lacks a permission: the answer is whether to enter another one now."""

    AUTO_FOCUS = "#yes"

    def __init__(self, error: OchreTuiError) -> None:
        super().__init__(error_text(error), yes="Enter another token", no="Close")
        self.add_class("failure")


class ChoiceDialog(Modal[str]):
    """One question with an answer for each key; the first is the safe one: it has the focus, and is Escape's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, answers: Mapping[str, str]) -> None:
        """`answers`: a label for each letter; the letter is the result."""
        super().__init__()
        self._question, self._answers = question, answers
        safe = next(iter(answers))
        self._bindings.bind("escape", f"answer('{safe}')", answers[safe], key_display="esc")
        for letter, label in answers.items():
            self._bindings.bind(letter, f"answer('{letter}')", label)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            with Horizontal(classes="buttons"):
                for letter, label in self._answers.items():
                    yield Button(label, id=letter, compact=True)
            yield KeyBar()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id or "")

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer)


class InputDialog(Modal[str | None]):
    """A line of text; None where it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, question: str, *, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._question, self._value, self._hint = question, value, hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Input(self._value, placeholder=self._hint, compact=True)
            yield KeyBar()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        self.dismiss(None)


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
            yield ErrorBox()
            yield KeyBar()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(ErrorBox).show(None)

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
            self.query_one(ErrorBox).show(message.error)

    def action_cancel(self) -> None:
        self.dismiss(None)


class MessageDialog(Modal[None]):
    """Something to read, as long as it needs to be."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close", key_display="esc"),
        Binding("up", "scroll(-1)", "Scroll", key_display="↑↓"),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = Content(clean_line(self._title, 60))
            with VerticalScroll(can_focus=False):
                yield Static(self._text, markup=False)
            yield KeyBar()

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


class ErrorDialog(MessageDialog):
    """An error that belongs to no field or row."""

    def __init__(self, error: OchreTuiError) -> None:
        super().__init__("Something went wrong", error_text(error))
        self.add_class("failure")
