"""Verify: the checks as they are made, and the records behind every difference."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, DataTable, Static
from textual.worker import get_current_worker

from ochre_tui.errors import OchreTuiError
from ochre_tui.migration.verified import Verified, last_verified, text_of, verify_and_keep
from ochre_tui.migration.verify.findings import CHECKS, Check, Difference
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.text import clean, clean_line
from ochre_tui.widgets.dialogs import Message as Reading
from ochre_tui.widgets.marks import Mark, mark
from ochre_tui.widgets.record_table import RecordTable
from ochre_tui.widgets.run_view import clock
from ochre_tui.widgets.tints import tint

_ABOUT: Final = (
    "Everything that was read from Intercom is converted once more and compared with what Ochre has, field by field; "
    "every file is hashed, every old id looked up. It asks Intercom nothing and changes nothing. Enter on a check "
    "opens its differences, Enter on a difference shows both values."
)
_TITLES: Final = {
    "in scope": "Every conversation in the plan is there",
    "conversations": "Conversations, message by message",
    "customers": "Customers",
    "companies": "Companies",
    "users": "Team members",
    "custom fields": "Custom fields",
    "tags": "Tags",
    "saved replies": "Saved replies",
    "by month": "Conversations by month on both sides",
    "by state": "Conversations by state on both sides",
    "by channel": "Conversations by channel on both sides",
    "quarantine": "No other record in quarantine",
    "parts": "Every part that Intercom counts",
    "attachments": "Files, by their hash",
    "aliases": "Old ids and links lead to their record",
    "search": "Some customers are found by searching",
    "second pass": "A second import would change nothing",
}
_TELL_S: Final = 0.25
_COLUMNS: Final = (("", 9), ("Check", 39), ("Expected", 9), ("Found", 9))
_DIFFERENCES: Final = (("Record", 29), ("Field", 12), ("Expected", 10))


class _LeftError(Exception):
    """The screen has gone; nobody waits for the outcome."""


class VerifyScreen(StepScreen):
    """The checks, their differences, their records."""

    STEP = Step.VERIFY
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    VerifyScreen #verdict { height: 1; text-overflow: ellipsis; text-wrap: nowrap; }
    VerifyScreen #checks { height: 20; }
    VerifyScreen.-low #checks { height: 1fr; }
    VerifyScreen #checks DataTable { height: 1fr; overflow-x: hidden; }
    VerifyScreen #differences { height: 1fr; min-height: 6; }
    VerifyScreen.-low #differences { display: none; }
    VerifyScreen.-low.-reading #differences { display: block; }
    VerifyScreen.-low.-reading #checks { display: none; }
    VerifyScreen #differences DataTable { height: 1fr; }
    VerifyScreen.-tall #verdict { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", "Verify again", tooltip="Compare everything once more"),
        Binding("i", "incomplete", "Incomplete", tooltip="Conversations of which Intercom gives out only a part"),
    ]

    @dataclass
    class Kept(Message):
        """What the last verification found was read."""

        found: Verified | None

    @dataclass
    class Checked(Message):
        """One more check is made."""

        check: Check

    @dataclass
    class Compared(Message):
        """So many records of the present check are compared."""

        name: str
        number: int

    @dataclass
    class Ended(Message):
        """All checks are made."""

        found: Verified

    def __init__(self) -> None:
        super().__init__()
        self._checks: dict[str, Check] = {}
        self._found: Verified | None = None
        self._busy = True
        self._shown: list[Difference] = []

    def compose_body(self) -> ComposeResult:
        yield Static("", id="verdict", markup=False)
        with Vertical(id="checks", classes="panel") as panel:
            panel.border_title = "Checks"
            yield DataTable(cursor_type="row", id="check-table")
        with Vertical(id="differences", classes="panel"):
            yield Static("", id="no-differences", classes="muted", markup=False)
            yield RecordTable(_DIFFERENCES, "In Ochre", id="difference-table")

    def buttons(self) -> list[Button]:
        return [Button("Verify now", id="primary", variant="primary", compact=True, disabled=True)]

    def on_mount(self) -> None:
        super().on_mount()
        checks = self._check_table
        for name, width in _COLUMNS:
            checks.add_column(name, width=width, key=name or "sign")
        for check in CHECKS:
            checks.add_row(*self._waiting(check), key=check)
        self._read_kept()

    @property
    def _check_table(self) -> DataTable[Text]:
        return self.query_one("#check-table", DataTable)

    @property
    def _difference_table(self) -> RecordTable:
        return self.query_one("#difference-table", RecordTable)

    # Working

    @work(thread=True, exclusive=True, exit_on_error=False, group="kept", description="reads the last verification")
    def _read_kept(self) -> None:
        with self.desk.store() as store:
            self.post_message(self.Kept(last_verified(store)))

    @work(thread=True, exclusive=True, exit_on_error=False, group="verify", description="verifies")
    def _verify(self) -> None:
        worker = get_current_worker()
        last = 0.0

        def told(name: str, number: int) -> None:
            nonlocal last
            if worker.is_cancelled:
                raise _LeftError
            if time.monotonic() - last >= _TELL_S:
                last = time.monotonic()
                self.post_message(self.Compared(name, number))

        try:
            with self.desk.store() as store:
                done = verify_and_keep(store, self.desk.place, self.desk.now, self._post_check, told, rng=self.desk.rng)
        except _LeftError:
            return
        self.post_message(self.Ended(done))

    def _post_check(self, check: Check) -> None:
        self.post_message(self.Checked(check))

    @on(Kept)
    def _show_kept(self, message: Kept) -> None:
        self._busy = False
        if message.found is None:
            self._tell("Nothing was verified yet.")
            self._offer("Verify now")
        else:
            self._take(message.found)

    @on(Compared)
    def _show_progress(self, message: Compared) -> None:
        self._check_table.update_cell(message.name, "sign", self._sign("here", "now", Style.null()))
        self._check_table.update_cell(message.name, "Found", _number(message.number))

    @on(Checked)
    def _show_check(self, message: Checked) -> None:
        check = message.check
        self._checks[check.name] = check
        table = self._check_table
        for column, cell in zip(("sign", "Check", "Expected", "Found"), self._cells(check), strict=True):
            table.update_cell(check.name, column, cell)
        left = len(CHECKS) - len(self._checks)
        self.query_one("#checks").border_title = f"Checks ({len(self._checks)} of {len(CHECKS)})"
        if left:
            following = CHECKS[len(self._checks)]
            self._tell(f"Comparing: {_TITLES[following]}…")
        self._show_differences()

    @on(Ended)
    def _show_end(self, message: Ended) -> None:
        self._busy = False
        self._take(message.found)
        self.ochre.refresh_standing()

    def _take(self, found: Verified) -> None:
        """Show a whole verification."""
        self._found = found
        for check in found.checks:
            if check.name in CHECKS:
                self._show_check(self.Checked(check))
        at = clock(found.at, self.desk.now())
        wrong = [check for check in found.checks if not check.ok]
        if found.outdated:
            verdict = f"! Verified {at}, before the last import: verify again."
            style = "bold $text-warning"
        elif found.ok:
            verdict, style = f"{mark(self.app, 'done')} Verified {at}: everything is there.", "bold $text-success"
        else:
            number = f"{len(wrong)} check{' differs' if len(wrong) == 1 else 's differ'}"
            verdict, style = f"{mark(self.app, 'failed')} Verified {at}: {number}. Enter opens one.", "bold $text-error"
        if found.incomplete:
            verdict += f" {len(found.incomplete):,} incomplete (i)."
        self.query_one("#verdict", Static).update(Content.styled(verdict, style))
        self._offer("Verify again" if found.outdated else f"Continue to {Step.SPOT_CHECK.title}")
        if wrong:
            self._check_table.move_cursor(row=CHECKS.index(wrong[0].name))
            self.refocus(self._check_table)
        self.refresh_bindings()

    def _tell(self, sentence: str) -> None:
        self.query_one("#verdict", Static).update(sentence)

    def _offer(self, label: str, *, enabled: bool = True) -> None:
        self.offer(label, enabled=enabled)
        button = self.query_one("#primary")
        button.refresh(layout=True)
        if enabled:
            self.refocus(button)

    def primary(self) -> None:
        if self._found is None or self._found.outdated:
            self.action_verify()
        else:
            self.action_forward()

    def action_verify(self) -> None:
        """Compare everything."""
        if not self._busy:
            self.watch_checks()
            self._verify()

    def watch_checks(self) -> None:
        """Show the checks as they are made."""
        self._busy, self._found = True, None
        self._checks = {}
        table = self._check_table
        for name in CHECKS:
            for column, cell in zip(("sign", "Check", "Expected", "Found"), self._waiting(name), strict=True):
                table.update_cell(name, column, cell)
        self._offer("Verifying…", enabled=False)
        self._tell(f"Comparing: {_TITLES[CHECKS[0]]}…")

    def failed(self, error: OchreTuiError) -> None:
        self._busy = False
        self._tell("It could not be verified.")
        self._offer("Verify now")
        super().failed(error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "verify":
            return None if self._busy else True
        if action == "incomplete":
            return bool(self._found is not None and self._found.incomplete)
        return super().check_action(action, parameters)

    # Looking

    @on(DataTable.RowHighlighted, "#check-table")
    def _check_chosen(self) -> None:
        self._show_differences()

    @on(DataTable.RowSelected, "#check-table")
    def _check_opened(self) -> None:
        if self._shown:
            self.add_class("-reading")
            self.refocus(self._difference_table)

    def action_back(self) -> None:
        """From the differences to the checks; from there to the step before."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.refocus(self._check_table)
        else:
            super().action_back()

    def _show_differences(self) -> None:
        """Those of the check under the cursor."""
        name = CHECKS[max(0, self._check_table.cursor_row)]
        check = self._checks.get(name)
        found = check.differences if check else []
        panel, table, none = (
            self.query_one("#differences"),
            self._difference_table,
            self.query_one("#no-differences", Static),
        )
        table.display, none.display = bool(found), not found
        panel.border_title = Content(f"{_TITLES[name]} ({_differences(check)})")
        none.update("Not compared yet." if check is None else _no_list(check))
        if found is not self._shown:
            self._shown = found
            table.show_rows([_difference_cells(one) for one in found])

    @on(DataTable.RowSelected, "#difference-table")
    def _difference_opened(self, event: DataTable.RowSelected) -> None:
        one = self._shown[event.cursor_row]
        parts = [
            Content.assemble(("Field: ", "$foreground-muted"), clean_line(one.field or "the record itself")),
            Content.assemble(("As Intercom has it\n", "bold"), clean(text_of(one.expected))),
            Content.assemble(("As Ochre has it\n", "bold"), clean(text_of(one.actual))),
        ]
        if one.command:
            parts.append(Content.styled(f"`{one.command}` mends it.", "$text-accent"))
        self.app.push_screen(Reading(clean_line(f"{one.kind} {one.id}", 60), Content("\n\n").join(parts)))

    def action_incomplete(self) -> None:
        """Name the conversations of which Intercom gives out only a part."""
        found = self._found.incomplete if self._found else ()
        lines = [f"{clean_line(one.conversation, 40)}  {one.got:,} of {one.expected_parts:,} parts" for one in found]
        why = Content(
            "Intercom gives out the newest 500 parts of a conversation. These are marked as incomplete in Ochre."
        )
        self.app.push_screen(Reading("Incomplete in Intercom", Content("\n\n").join([why, Content("\n".join(lines))])))

    # Cells

    def _waiting(self, name: str) -> tuple[Text, ...]:
        return (
            self._sign("open", "waiting", Style(dim=True)),
            Text(_TITLES[name]),
            Text("-", justify="right"),
            _number(None),
        )

    def _cells(self, check: Check) -> tuple[Text, ...]:
        good, bad = tint(self.app, "success"), tint(self.app, "error", bold=True)
        sign = self._sign("done", "ok", good) if check.ok else self._sign("failed", "differs", bad)
        return (sign, Text(_TITLES[check.name]), _number(check.expected), _number(check.actual))

    def _sign(self, sign: Mark, word: str, style: Style) -> Text:
        return Text(f"{mark(self.app, sign)} {word}", style=style)


def _number(number: int | None) -> Text:
    return Text("-" if number is None else f"{number:,}", justify="right")


def _differences(check: Check | None) -> str:
    if check is None:
        return "-"
    number = len(check.differences)
    return "no differences" if not number else f"{number:,} difference{'' if number == 1 else 's'}"


def _no_list(check: Check) -> str:
    return "Nothing differs." if check.ok else "The checks above name the records."


def _difference_cells(one: Difference) -> tuple[Text, ...]:
    return (
        Text(clean_line(f"{one.kind} {one.id}", 29)),
        Text(clean_line(one.field or "-", 12)),
        Text(clean_line(text_of(one.expected), 60), overflow="ellipsis"),
        Text(clean_line(text_of(one.actual), 60), overflow="ellipsis"),
    )
