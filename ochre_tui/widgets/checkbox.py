"""Boxes and buttons that show without colour whether they are on."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox, RadioButton, RadioSet


class Tick(Checkbox):
    """A box: `[x]` or `[ ]`."""

    @property
    def _button(self) -> Content:
        return Content("[x]" if self.value else "[ ]")


class Choice(RadioButton):
    """One of several: `(*)` or `( )`."""

    @property
    def _button(self) -> Content:
        return Content("(*)" if self.value else "( )")


class Choices(RadioSet):
    """Several of which one is on; Enter on that one keeps it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "take", show=False)]

    class Kept(Message):
        """The one that is on was taken once more."""

    def action_take(self) -> None:
        if self.query_one("Choice.-selected", Choice).value:
            self.post_message(self.Kept())
        else:
            self.action_toggle_button()
