"""What a changed plan affects of what is imported already, as a list over the step's screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted
from ochre_tui.migration.plan.changes import PlanChange
from ochre_tui.migration.repair import attribution, fields
from ochre_tui.widgets.dialogs import ConfirmDialog, MessageDialog
from ochre_tui.widgets.filter_list import FilterList, Row
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal


@dataclass(frozen=True, slots=True)
class Affected:
    """The list; `question` asks whether to apply the change now, None where that can't be done from here."""

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Row]
    empty: str
    question: str | None = None


class AffectedDialog(Modal[bool]):
    """The list; the answer is whether to apply the change now."""

    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "apply", "Apply now"),
        Binding("escape,q", "close", "Close", key_display="esc"),
    ]

    def __init__(self, affected: Affected) -> None:
        super().__init__()
        self._affected = affected

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog listing"):
            yield FilterList(id="affected")
            yield KeyBar()

    def on_mount(self) -> None:
        shown = self._affected
        hint = "a applies it now; else the next import does" if shown.question else ""
        listing = self.query_one(FilterList)
        listing.show(shown.title, shown.columns, shown.rows, empty=shown.empty, hint=hint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "apply":
            return self._affected.question is not None
        return super().check_action(action, parameters)

    def action_apply(self) -> None:
        """Ask once, with numbers."""
        if self._affected.question is not None:
            self.app.push_screen(ConfirmDialog(self._affected.question, yes="Apply now"), self._answered)

    def _answered(self, answer: bool | None) -> None:
        if answer:
            self.dismiss(True)

    def action_close(self) -> None:
        self.dismiss(False)

    @on(FilterList.Opened)
    def _opened(self, event: FilterList.Opened) -> None:
        row = self._affected.rows[event.row]
        lines = [
            Content.assemble((f"{title:14}", "$foreground-muted"), clean_line(text))
            for (title, _), text in zip(self._affected.columns, row, strict=True)
        ]
        self.app.push_screen(MessageDialog(clean_line(row[0], 60), Content("\n").join(lines)))


def admins_affected(affected: attribution.Changes) -> Affected:
    """What another mapping of the admins changes."""
    rows = [
        (change.admin, change.before, change.now, f"{change.conversations:,}", f"{change.messages:,}")
        for change in affected.admins
    ]
    question = (
        f"Rewrite authors and assignees of {counted(affected.conversations, 'conversation')} and "
        f"{counted(affected.messages, 'message')} of {counted(len(rows), 'admin')} now, from what is archived here?"
    )
    columns = (("Admin", 0), ("Was", 0), ("Becomes", 0), ("Conv.", 6), ("Msgs", 6))
    empty = "Every admin is who the plan says: nothing is affected."
    return Affected("Affected by the changed admins", columns, rows, empty, question if rows else None)


def fields_affected(changes: Sequence[fields.Change]) -> Affected:
    """What another mapping of the attributes changes."""
    rows = [
        (f"{change.scope}: {change.name}", change.before, change.now, f"{change.fits:,}", f"{change.misfits:,}")
        for change in changes
    ]
    fits, misfits = sum(change.fits for change in changes), sum(change.misfits for change in changes)
    unmapped = f" ({misfits:,} that don't fit are kept as unmapped)" if misfits else ""
    question = (
        f"Put {counted(fits, 'value')} of {counted(len(rows), 'attribute')} where the plan says now{unmapped}, "
        "from what is archived here?"
    )
    columns = (("Attribute", 0), ("Was", 0), ("Becomes", 0), ("Fit", 6), ("Misfit", 6))
    empty = "Every attribute is where the plan says: nothing is affected."
    return Affected("Affected by the changed attributes", columns, rows, empty, question if rows else None)


def plan_affected(changes: Sequence[PlanChange]) -> Affected:
    """What the plan says otherwise than at the last import, and which command applies it."""
    rows = [(change.key, change.affects, change.command) for change in changes]
    columns = (("Changed", 24), ("Affects", 0), ("Applied by", 18))
    return Affected("Changed since the last import", columns, rows, "The plan is that of the last import.")
