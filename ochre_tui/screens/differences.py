"""The records behind a check of the verification, or behind one of the lists beside the checks; each row opens."""

from __future__ import annotations

from textual import on
from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.migration.verify.model import Check, Difference
from ochre_tui.migration.verify.proof import Proof
from ochre_tui.screens import verify_format
from ochre_tui.screens.verify_format import INCOMPLETE, LISTS, MERGED
from ochre_tui.widgets.dialogs import MessageDialog
from ochre_tui.widgets.filter_list import FilterList


class DifferenceList(FilterList):
    """The differences of one check, or the rows of one list."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._name = ""
        self._of: Check | Proof | None = None

    def show_behind(self, name: str, check: Check | None, proof: Proof | None) -> None:
        """Show the differences of a check, None before it was made, or the list of that name."""
        of = proof if name in LISTS else check
        if name == self._name and of is self._of:
            return
        self._name, self._of = name, of
        if name not in LISTS:
            listing = verify_format.differences(name, check)
        elif proof is not None:
            listing = verify_format.listing(name, proof)
        else:
            return
        self.show(listing.title, listing.columns, listing.rows, empty=listing.empty, hint="Enter opens · / searches")

    @property
    def _differences(self) -> list[Difference]:
        return self._of.differences if isinstance(self._of, Check) else []

    @property
    def command(self) -> str | None:
        """What mends the difference under the cursor; while the checks have the focus, the first that can be mended."""
        differences, row = self._differences, self.row
        if self.rows.has_focus and row is not None and row < len(differences):
            return differences[row].command
        return next((difference.command for difference in differences if difference.command), None)

    @on(FilterList.Opened)
    def _row_opened(self, event: FilterList.Opened) -> None:
        title, text = self._details(event.row)
        self.app.push_screen(MessageDialog(clean_line(title, 60), text))

    def _details(self, row: int) -> tuple[str, Content]:
        """All of a row, and its title."""
        proof = self._of
        if not isinstance(proof, Proof):
            difference = self._differences[row]
            return f"{difference.kind} {difference.id}", verify_format.difference_text(difference)
        if self._name == INCOMPLETE:
            part = proof.incomplete[row]
            return f"conversation {part.conversation}", verify_format.incomplete_text(part, proof)
        if self._name == MERGED:
            merged = proof.merged[row]
            return f"customer {merged.customer}", verify_format.merged_text(merged)
        deleted = proof.deleted[row]
        return f"{deleted.kind} {deleted.id}", verify_format.deleted_text(deleted)
