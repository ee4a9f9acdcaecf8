"""The checks of a verification, and the lists beside them: how far each is, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.style import Style
from rich.text import Text
from textual.widgets import DataTable

from ochre_tui.migration.verify.model import Check
from ochre_tui.widgets.glyphs import Mark, mark, tint

_COLUMNS: Final = (("", 9), ("Check", 39), ("Expected", 9), ("Found", 9))
_CELLS: Final = ("sign", "Check", "Expected", "Found")


class CheckTable(DataTable[Text]):
    """A row for each check, then one for each list."""

    def __init__(self, checks: Mapping[str, str], lists: Mapping[str, str]) -> None:
        """`checks` and `lists`: titles by name."""
        super().__init__(cursor_type="row", id="check-table")
        self._checks, self._lists = checks, lists
        self._names = [*checks, *lists]

    def on_mount(self) -> None:
        for name, width in _COLUMNS:
            self.add_column(name, width=width, key=name or "sign")
        for check in self._checks:
            self.add_row(*self._waiting(check), key=check)
        for name, title in self._lists.items():
            self.add_row(Text("  list", style="dim"), Text(title), Text(""), _number(None), key=name)

    @property
    def chosen(self) -> str:
        """The check or list under the cursor."""
        return self._names[max(0, self.cursor_row)]

    def choose(self, name: str) -> None:
        """Put the cursor on a check or list."""
        self.move_cursor(row=self._names.index(name))

    def wait_for_all(self) -> None:
        """No check is made."""
        for name in self._checks:
            self._update(name, self._waiting(name))

    def show_progress(self, name: str, number: int) -> None:
        """A check is under way: so many records are compared."""
        self.update_cell(name, "sign", self._sign("here", "now", Style.null()))
        self.show_size(name, number)

    def show_size(self, name: str, number: int) -> None:
        """How many there are, of a list or of what is compared so far."""
        self.update_cell(name, "Found", _number(number))

    def show_check(self, check: Check) -> None:
        """A check is made."""
        good, bad = tint(self.app, "success"), tint(self.app, "error", bold=True)
        sign = self._sign("done", "ok", good) if check.ok else self._sign("failed", "differs", bad)
        title = Text(self._checks[check.name])
        self._update(check.name, (sign, title, _number(check.expected), _number(check.actual)))

    def _update(self, name: str, cells: tuple[Text, ...]) -> None:
        for column, cell in zip(_CELLS, cells, strict=True):
            self.update_cell(name, column, cell)

    def _waiting(self, check: str) -> tuple[Text, ...]:
        sign = self._sign("open", "waiting", Style(dim=True))
        return (sign, Text(self._checks[check]), Text("-", justify="right"), _number(None))

    def _sign(self, sign: Mark, word: str, style: Style) -> Text:
        return Text(f"{mark(self.app, sign)} {word}", style=style)


def _number(number: int | None) -> Text:
    return Text("-" if number is None else f"{number:,}", justify="right")
