"""Verify: the checks as they are made, and the records behind every difference."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static
from textual.worker import Worker, get_current_worker

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import clock, counted
from ochre_tui.migration.repair import remedy
from ochre_tui.migration.repair.undo import Undone
from ochre_tui.migration.verify.model import CHECKS, MEND, Check
from ochre_tui.migration.verify.proof import Proof, proof
from ochre_tui.migration.verify.run import Verified, verify
from ochre_tui.screens import verify_format
from ochre_tui.screens.differences import DifferenceList
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.screens.undo import UndoDialog
from ochre_tui.screens.verify_format import DELETED, DOING, INCOMPLETE, LISTS, MERGED, TITLES
from ochre_tui.widgets.check_table import CheckTable
from ochre_tui.widgets.dialogs import ConfirmDialog, MessageDialog
from ochre_tui.widgets.glyphs import mark

_ABOUT: Final = (
    "Everything that was read from Intercom is converted once more and compared with what Ochre has, field by field; "
    "every file is hashed, every old id looked up. It asks Intercom nothing and changes nothing. Enter on a check "
    "opens its differences, Enter on a difference shows both values and what mends it; m does that from here, and then "
    "verifies again. u takes everything that was imported out of Ochre again, after you typed its name.\n\n"
    "Below the checks stand lists of what is no difference and good to know: conversations of which Intercom gives out "
    "only a part, contacts that became one customer, and what was deleted in Intercom since."
)
_TELL_S: Final = 0.25
_WAIT_S: Final = 0.2


class _LeftError(Exception):
    """The screen has gone; nobody waits for the outcome."""


class VerifyScreen(StepScreen):
    """The checks, their differences, their records."""

    STEP = Step.VERIFY
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    VerifyScreen #verdict { height: 1; text-overflow: ellipsis; text-wrap: nowrap; }
    VerifyScreen #checks { height: 23; }
    VerifyScreen.-low #checks { height: 1fr; }
    VerifyScreen #checks DataTable { height: 1fr; overflow-x: hidden; }
    VerifyScreen #differences { height: 1fr; min-height: 6; }
    VerifyScreen.-low #differences { display: none; }
    VerifyScreen.-low.-reading #differences { display: block; }
    VerifyScreen.-low.-reading #checks { display: none; }
    VerifyScreen.-tall #verdict { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", "Verify", tooltip="Compare everything, once more where it was compared before"),
        Binding("m", "mend", "Mend", tooltip="Do what mends the difference, or those of the check, and verify again"),
        Binding("u", "undo", "Undo", tooltip="Take out of Ochre what this migration put in; asks for its name first"),
        Binding("i", "incomplete", "Incomplete", tooltip="Conversations of which Intercom gives out only a part"),
        Binding("f", "app.find_customer", "Customer", tooltip="Find a customer, then one of their conversations"),
    ]

    @dataclass
    class LastRead(Message):
        """What the last verification found, and the lists, were read."""

        proof: Proof

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
        """All checks are made, and the lists were read."""

        proof: Proof

    @dataclass
    class Mending(Message):
        """How far it is that mends what differs: the check, or the command, and its number."""

        command: str
        name: str
        number: int

    @dataclass
    class Mended(Message):
        """What mends is done; the checks begin."""

    def __init__(self) -> None:
        super().__init__()
        self._checks: dict[str, Check] = {}
        self._proof: Proof | None = None
        self._verified: Verified | None = None
        self._busy = True
        self._mending: str | None = None

    def compose_body(self) -> ComposeResult:
        yield Static("Reading what was verified last…", id="verdict", markup=False)
        with Vertical(id="checks", classes="panel") as panel:
            panel.border_title = "Checks"
            yield CheckTable(TITLES, LISTS)
        yield DifferenceList(id="differences")

    def on_mount(self) -> None:
        super().on_mount()
        self._read_last()

    @property
    def _check_table(self) -> CheckTable:
        return self.query_one(CheckTable)

    @property
    def _behind(self) -> DifferenceList:
        return self.query_one(DifferenceList)

    # Working

    @work(thread=True, exclusive=True, exit_on_error=False, group="kept", description="reads the last verification")
    def _read_last(self) -> None:
        self.post_message(self.LastRead(proof(self.session)))

    @work(thread=True, exclusive=True, exit_on_error=False, group="verify", description="verifies")
    def _verify(self) -> None:
        self._compare_all(get_current_worker())

    @work(thread=True, exclusive=True, exit_on_error=False, group="verify", description="mends, then verifies")
    def _mend(self, command: str) -> None:
        worker = get_current_worker()

        def wait() -> None:
            if worker.cancelled_event.wait(_WAIT_S):
                raise _LeftError

        on_progress = _throttled(worker, lambda name, number: self.post_message(self.Mending(command, name, number)))
        try:
            remedy.apply(self.session, self.app.importing, command, on_progress, wait)
        except _LeftError:
            return
        self.post_message(self.Mended())
        self._compare_all(worker)

    def _compare_all(self, worker: Worker[None]) -> None:
        on_progress = _throttled(worker, lambda name, number: self.post_message(self.Compared(name, number)))
        try:
            verified = verify(self.session, self._post_check, on_progress)
        except _LeftError:
            return
        self.post_message(self.Ended(replace(proof(self.session), verified=verified)))

    def _post_check(self, check: Check) -> None:
        self.post_message(self.Checked(check))

    @on(LastRead)
    def _show_last(self, message: LastRead) -> None:
        self._busy = False
        self._take_lists(message.proof)
        if message.proof.verified is None:
            self._say_verdict("Nothing was verified yet.")
            self._offer("Verify now")
        else:
            self._show_verified(message.proof.verified)

    @on(Mending)
    def _show_mending(self, message: Mending) -> None:
        doing = DOING[message.command]
        if message.command == MEND:
            self._say_verdict(f"{doing}: {TITLES[message.name]}…")
        else:
            self._say_verdict(f"{doing}… {message.number:,} to do.")

    @on(Mended)
    def _begin_checks(self) -> None:
        self._mending = None
        self.remove_class("-reading")
        self.watch_checks()
        self.app.refresh_standing()

    @on(Compared)
    def _show_progress(self, message: Compared) -> None:
        self._check_table.show_progress(message.name, message.number)

    @on(Checked)
    def _show_check(self, message: Checked) -> None:
        check = message.check
        self._checks[check.name] = check
        self._check_table.show_check(check)
        left = len(CHECKS) - len(self._checks)
        self.query_one("#checks").border_title = f"Checks ({len(self._checks)} of {len(CHECKS)})"
        if left:
            following = CHECKS[len(self._checks)]
            self._say_verdict(f"Comparing: {TITLES[following]}…")
        self._show_behind()

    @on(Ended)
    def _show_end(self, message: Ended) -> None:
        self._busy = False
        self._take_lists(message.proof)
        if message.proof.verified is not None:
            self._show_verified(message.proof.verified)
        self.app.refresh_standing()

    def _take_lists(self, proof: Proof) -> None:
        self._proof = proof
        sizes = {INCOMPLETE: len(proof.incomplete), MERGED: len(proof.merged), DELETED: len(proof.deleted)}
        for name, number in sizes.items():
            self._check_table.show_size(name, number)
        lists = ", ".join(f"{number:,} {name}" for name, number in sizes.items())
        self.query_one("#checks").border_subtitle = Content(f"below: {lists}")
        self._show_behind()

    def _show_verified(self, verified: Verified) -> None:
        """Show a whole verification."""
        self._verified = verified
        for check in verified.checks:
            if check.name in CHECKS:
                self._show_check(self.Checked(check))
        at = clock(verified.at, self.session.now())
        wrong = [check for check in verified.checks if not check.ok]
        if verified.outdated:
            verdict = f"! Verified {at}, before the last import: verify again."
            style = "bold $text-warning"
        elif verified.ok:
            verdict, style = f"{mark(self.app, 'done')} Verified {at}: everything is there.", "bold $text-success"
        else:
            number = counted(len(wrong), "check differs", "checks differ")
            verdict, style = f"{mark(self.app, 'failed')} Verified {at}: {number}. Enter opens one.", "bold $text-error"
        if verified.incomplete:
            verdict += f" {len(verified.incomplete):,} incomplete (i)."
        self.query_one("#verdict", Static).update(Content.styled(verdict, style))
        self._offer("Verify again" if verified.outdated else self.onward)
        if wrong:
            self._check_table.choose(wrong[0].name)
            self.refocus(self._check_table)
        self.refresh_bindings()

    def _say_verdict(self, sentence: str) -> None:
        self.query_one("#verdict", Static).update(sentence)

    def _offer(self, label: str, *, enabled: bool = True) -> None:
        self.offer(label, enabled=enabled)
        button = self.query_one("#primary")
        button.refresh(layout=True)
        if enabled:
            self.refocus(button)

    def primary(self) -> None:
        if self._verified is None or self._verified.outdated:
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
        self._busy, self._verified = True, None
        self._checks = {}
        self._check_table.wait_for_all()
        self._show_behind()
        self._offer("Verifying…", enabled=False)
        self._say_verdict(f"Comparing: {TITLES[CHECKS[0]]}…")

    def failed(self, error: OchreTuiError) -> None:
        self._busy = False
        if self._mending is None:
            self._say_verdict(f"It could not be verified: {clean_line(error.title)}")
        else:
            self._say_verdict(verify_format.not_mended(self._mending, self._checks.values(), error))
            self._mending = None
        self._offer("Verify now")
        self.refresh_bindings()
        super().failed(error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "verify":
            return None if self._busy else True
        if action == "mend":
            return self._behind.command is not None and not self._busy
        if action == "undo":
            return self.standing.ran and not self._busy
        if action == "incomplete":
            return bool(self._verified is not None and self._verified.incomplete)
        return super().check_action(action, parameters)

    # Looking

    @on(DataTable.RowHighlighted, "#check-table")
    def _check_chosen(self) -> None:
        self._show_behind()
        self.refresh_bindings()

    @on(DataTable.RowSelected, "#check-table")
    def _check_opened(self) -> None:
        if self._behind.row is not None or self._check_table.chosen in LISTS:
            self.add_class("-reading")
            self.refocus(self._behind.rows)

    def action_back(self) -> None:
        """From the differences to the checks; from there to the step before."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.refocus(self._check_table)
        else:
            super().action_back()

    def _show_behind(self) -> None:
        """What is behind the check or list under the cursor."""
        name = self._check_table.chosen
        self._behind.show_behind(name, self._checks.get(name), self._proof)

    def action_incomplete(self) -> None:
        """Show the conversations of which Intercom gives out only a part."""
        self._check_table.choose(INCOMPLETE)
        self.add_class("-reading")
        self.refocus(self._behind.rows)

    # Mending

    def action_mend(self) -> None:
        """Ask, with numbers; then mend."""
        command = self._behind.command
        if command is None or self._busy:
            return

        def answered(answer: bool | None) -> None:
            if answer and not self._busy:
                self._busy, self._verified, self._mending = True, None, command
                self._offer("Mending…", enabled=False)
                self._say_verdict(f"{DOING[command]}…")
                self._mend(command)

        question = verify_format.mend_question(command, self._checks.values())
        self.app.push_screen(ConfirmDialog(question, yes="Mend"), answered)

    def action_undo(self) -> None:
        """Show what would be taken out, and ask for the workspace's name."""

        def taken_out(undone: Undone | None) -> None:
            if undone is None:
                return
            self.watch_checks()
            self._read_last()
            self.app.refresh_standing()
            out, kept = undone.out.total(), len(undone.kept)
            words = f"{out:,} records were taken out, {kept:,} are kept. Under Import all of it can be brought back."
            self.app.push_screen(MessageDialog("Taken out of Ochre", Content(words)))

        self.app.push_screen(UndoDialog(self.standing.target or "Ochre"), taken_out)


def _throttled(worker: Worker[None], on_progress: Callable[[str, int], object]) -> Callable[[str, int], None]:
    """Tells a few times a second; raises once the worker was cancelled."""
    last = 0.0

    def throttled(name: str, number: int) -> None:
        nonlocal last
        if worker.is_cancelled:
            raise _LeftError
        if time.monotonic() - last >= _TELL_S:
            last = time.monotonic()
            on_progress(name, number)

    return throttled
