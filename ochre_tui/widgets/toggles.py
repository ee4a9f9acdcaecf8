"""Boxes and buttons that show without colour whether they are on."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox, RadioButton


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
