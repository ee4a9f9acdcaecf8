"""Import: the dashboard of a run and its controls, whichever process does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Button
from textual.worker import get_current_worker

from ochre_tui.core.errors import ExitCode, OchreTuiError, UsageError
from ochre_tui.core.log import log_failure
from ochre_tui.core.text import clean_line
from ochre_tui.migration import connection, control
from ochre_tui.migration.importer.thread import ImportThread, prepare_catch_up, prepare_import
from ochre_tui.migration.repair import quarantine
from ochre_tui.migration.status import Board, KindRates, Watch
from ochre_tui.migration.wording import KIND_WORDS
from ochre_tui.screens import import_format
from ochre_tui.screens.import_requests import ImportRequests
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.store.control import Action
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.widgets.budget_gauge import BudgetGauge
from ochre_tui.widgets.dialogs import MessageDialog
from ochre_tui.widgets.event_log import EventLines, EventLog
from ochre_tui.widgets.kind_table import KindTable
from ochre_tui.widgets.quarantine_list import QuarantineList
from ochre_tui.widgets.run_state import RunState
from ochre_tui.widgets.throughput_plot import ThroughputPlot
from ochre_tui.widgets.view_lines import Request, RunViewModel

_EVERY_S: Final = 0.25
_ACTIONS: Final[dict[Request, Action]] = {"pause": "pause", "resume": "resume", "stop": "stop", "abort": "stop"}
_ABOUT: Final = (
    "What the import does, read from this machine four times a second. Pause, stop and pace act at once; nothing is "
    "lost by any of them, and an import that is taken up again goes on where it was. A record that can't be imported "
    "goes into quarantine with its reason, and the rest goes on. All of it works too where another process imports, on "
    "this machine or in another window; who asked for what stands in the event log."
)


class ImportScreen(StepScreen):
    """The dashboard."""

    STEP = Step.IMPORT
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    ImportScreen RunState { height: 4; }
    ImportScreen #numbers { height: auto; }
    ImportScreen KindTable { height: 9; }
    ImportScreen #gauges { height: auto; }
    ImportScreen ThroughputPlot, ImportScreen BudgetGauge { height: 1; }
    ImportScreen #lists { height: 1fr; min-height: 3; }
    ImportScreen #quarantine { display: none; }
    ImportScreen.-low #numbers.-aside { display: none; }
    ImportScreen #lists.-quarantine #quarantine { display: block; }
    ImportScreen #lists.-quarantine #events { display: none; }
    ImportScreen.-tall RunState { margin-bottom: 1; }
    ImportScreen.-tall #numbers { margin-bottom: 1; }
    ImportScreen.-tall.-wide #numbers { layout: horizontal; height: 9; }
    ImportScreen.-tall.-wide KindTable { width: 67; }
    ImportScreen.-tall.-wide #gauges { width: 1fr; padding-left: 2; }
    ImportScreen.-tall.-wide ThroughputPlot { height: 5; margin-bottom: 1; }
    ImportScreen.-tall.-wide BudgetGauge { height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "Pause", tooltip="Begin nothing more until you go on; what is in hand is finished"),
        Binding("p", "resume", "Go on", tooltip="Go on after a pause"),
        Binding("s", "stop", "Stop", tooltip="Finish what is in hand and end; a second time: end at once"),
        Binding("plus", "pace(10)", "Faster", key_display="+", tooltip="Use more of Intercom's limit"),
        Binding("minus", "pace(-10)", "Slower", key_display="-", tooltip="Leave more of Intercom's limit to others"),
        Binding("e", "read('events')", "Events", tooltip="The event log"),
        Binding("x", "read('quarantine')", "Quarantine", tooltip="Records that could not be imported"),
        Binding("c", "catch_up", "Catch up", tooltip="Bring over what changed in Intercom, until nothing new is left"),
        Binding("r", "retry", "Retry all", show=False, tooltip="Try all quarantined records again"),
    ]

    class Read(Message):
        """The board was read."""

        def __init__(self, board: Board) -> None:
            super().__init__()
            self.board = board

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ImportScreen.Read)

    @dataclass
    class Unheard(Message):
        """There was nobody left to ask."""

        error: UsageError

    @dataclass
    class Paced(Message):
        """The pace that was asked for is in the store."""

    @dataclass
    class RecordRead(Message):
        """A record in quarantine was read for its details."""

        record: Quarantined
        address: str | None
        raw: str | None

    def __init__(self) -> None:
        super().__init__()
        self._rates = KindRates()
        self._board: Board | None = None
        self._requests = ImportRequests()
        self._offered = ("", False)
        self._steerable: tuple[object, ...] = ()
        self._reads: str | None = None
        self._noted: str | None = None

    def compose_body(self) -> ComposeResult:
        yield RunState()
        with Container(id="numbers"):
            yield KindTable()
            with Vertical(id="gauges"):
                yield ThroughputPlot()
                yield BudgetGauge()
        with Vertical(id="lists"):
            yield EventLog()
            yield QuarantineList()

    def buttons(self) -> list[Button]:
        catch_up = Button("Catch up", id="catch-up", compact=True)
        catch_up.display = False
        return [catch_up, Button("Reading…", id="primary", variant="primary", compact=True, disabled=True)]

    def on_mount(self) -> None:
        super().on_mount()
        self._watch()

    # Reading

    @work(thread=True, exclusive=True, exit_on_error=False, group="watch", description="reads how the import stands")
    def _watch(self) -> None:
        """Read while the screen is there; what nobody sees is not read."""
        worker = get_current_worker()
        with self.session.store() as store:
            watch = Watch(store, self.session.paths)
            while not worker.is_cancelled:
                if self.is_active:
                    self.post_message(self.Read(watch.read()))
                worker.cancelled_event.wait(_EVERY_S)

    @property
    def _is_watched(self) -> bool:
        """Whether the board is still read."""
        watching = (worker for worker in self.workers if worker.node is self and worker.group == "watch")
        return any(not worker.is_finished for worker in watching)

    @on(Read)
    def _show(self, message: Read) -> None:
        board, now = message.board, self.session.now()
        before = self._board
        self._board = board
        if self._requests.settle(board, self.app.importing.thread):
            self.say("")
        alive, requests = self._alive, self._requests
        rates = self._rates.see(now, board.status)
        view = RunViewModel(board, now, rates, requests.pending, requests.percent, alive)
        self.query_one(RunState).view = self.query_one(KindTable).view = view
        self.query_one(ThroughputPlot).view = self.query_one(BudgetGauge).view = view
        self.query_one(EventLog).show(board.events, now)
        self.query_one(QuarantineList).show(board.quarantined, board.quarantine_size)
        if before is None or _outline(before) != _outline(board):
            self.app.refresh_standing()
        self.query_one(QuarantineList).free = not board.held and not alive
        if self._steerable != (steerable := (_outline(board), alive, bool(board.quarantine_size))):
            self._steerable = steerable
            self.refresh_bindings()
        self._offer_next(view)
        if self.focused is None:
            self._find_focus()
        self._show_failure()

    def _find_focus(self) -> None:
        if self._reads == "quarantine":
            self.query_one(QuarantineList).take_focus()
        elif not self.query_one("#primary").disabled:
            self.refocus(self.query_one("#primary"))

    @property
    def _alive(self) -> bool:
        return self.app.importing.alive

    def _show_failure(self) -> None:
        """Show what ended the import of this process, once."""
        failure = self.app.importing.take_failure()
        if isinstance(failure, OchreTuiError):
            if failure.exit_code != ExitCode.STOPPED:
                self.app.show_error(failure)
        elif isinstance(failure, Exception):
            log = log_failure(self.session.paths, "app: import", failure)
            self.app.show_error(import_format.unexpected(failure, f"The details are in {log}." if log else ""))

    # The primary action

    def _offer_next(self, view: RunViewModel) -> None:
        state = view.board.status.state
        pending, held = self._requests.pending, view.board.held
        self.query_one("#catch-up").display = state == "completed" and not held and pending is None
        self._note(view.board.status.reason if state == "importing" else None)
        changing = pending in {"start", "stop", "abort"} or (self._alive and not held)
        label, enabled = import_format.primary_action(view.board, self.onward, changing=changing)
        self._offer(label, enabled=enabled)

    def _offer(self, label: str, *, enabled: bool = True) -> None:
        if (label, enabled) != self._offered:
            self._offered = (label, enabled)
            self.offer(label, enabled=enabled)

    def _note(self, reason: str | None) -> None:
        """Say why an import that goes on goes on as it does."""
        if reason != self._noted:
            self._noted = reason
            self.say(clean_line(reason or "", 300))

    def primary(self) -> None:
        board = self._board
        if not self._is_watched:
            self._offer("Reading…", enabled=False)
            self._watch()
            return
        if board is None or self._requests.pending is not None:
            return
        if board.held:
            self.action_resume()
        elif board.status.state == "completed":
            self.action_forward()
        elif not self._alive:
            self._start(partial(prepare_import, self.session))

    def blocked(self) -> str | None:
        if self._board is not None and self._board.status.state == "new":
            return "Nothing was imported yet."
        return None

    def _start(self, prepare: Callable[[], ImportThread]) -> None:
        self._requests.start(self.app.importing.thread)
        self.say("")
        self._begin(prepare)

    @work(thread=True, exclusive=True, exit_on_error=False, group="start", description="starts the import")
    def _begin(self, prepare: Callable[[], ImportThread]) -> None:
        self.app.importing.begin(prepare)

    def failed(self, error: OchreTuiError) -> None:
        if self._requests.pending == "start":
            self._requests.pending = None
        if not self._is_watched:
            self.query_one(RunState).show_sentence("How the import stands can't be read.")
            self._offer("Read again")
        super().failed(error)

    # Steering

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        board = self._board
        held = board is not None and board.held
        if action in {"pause", "resume"}:
            paused = held and board is not None and board.status.state == "paused"
            return held and (action == "resume") == paused
        if action in {"stop", "pace"}:
            return held
        free = board is not None and not held and not self._alive
        if action == "catch_up":
            return free and board is not None and board.status.state == "completed"
        if action == "retry":
            return True if free and board is not None and board.quarantine_size else None
        return super().check_action(action, parameters)

    def action_pause(self) -> None:
        if self._requests.pending is None:
            self._ask("pause")

    def action_resume(self) -> None:
        if self._requests.pending is None:
            self._ask("resume")

    def action_stop(self) -> None:
        """Stop gently; asked again, at once."""
        self._ask("abort" if self._requests.pending in {"stop", "abort"} else "stop")

    def action_pace(self, change: int) -> None:
        """Use more or less of Intercom's limit."""
        if self._board is not None:
            self._requests.change_pace(change, self._board.wanted_percent)
            self._set_pace()
            self._repaint()

    def _ask(self, request: Request) -> None:
        self._requests.pending = request
        self._steer(_ACTIONS[request])
        self._repaint()

    @work(thread=True, exit_on_error=False, group="steer", description="asks something of the import")
    def _steer(self, action: Action) -> None:
        try:
            control.ask(self.session, action)
        except UsageError as error:  # it has ended in between
            self.post_message(self.Unheard(error))

    @on(Unheard)
    def _show_unheard(self, message: Unheard) -> None:
        self._requests.pending = None
        self.say(message.error.title, warn=True)

    @work(thread=True, exit_on_error=False, group="steer", description="sets the pace of the import")
    def _set_pace(self) -> None:
        percent = self._requests.percent  # that of now: of several presses the last one counts
        try:
            if percent is not None:
                control.ask(self.session, "throttle", percent)
        finally:
            self.post_message(self.Paced())

    @on(Paced)
    def _pace_written(self) -> None:
        self._requests.pace_written()

    def _repaint(self) -> None:
        if self._board is not None:
            self._show(self.Read(self._board))

    # Lists

    def action_read(self, which: str) -> None:
        """Read a list; where there is little room, instead of the numbers."""
        self._set_aside(which)
        if which == "quarantine":
            self.query_one(QuarantineList).take_focus()
        else:
            self.refocus(self.query_one(EventLines))

    def _set_aside(self, reads: str | None) -> None:
        # The classes are those of the parts that change: one of the screen would have all of it styled anew.
        self._reads = reads
        self.query_one("#numbers").set_class(reads is not None, "-aside")
        self.query_one("#lists").set_class(reads == "quarantine", "-quarantine")
        self.refresh_bindings()

    def action_back(self) -> None:
        """From a list to the numbers; from there to the step before."""
        if self._reads is None:
            super().action_back()
            return
        self._set_aside(None)
        self.refocus(self.query_one("#primary"))

    @on(Button.Pressed, "#catch-up")
    def action_catch_up(self) -> None:
        """Import what changed in Intercom, until nothing new is left."""
        if self._requests.pending is None:
            self._start(partial(prepare_catch_up, self.session))

    def action_retry(self) -> None:
        """Try everything in quarantine again."""
        if self._requests.pending is None and self._board is not None:
            self._start(partial(quarantine.prepare_retry, self.session))

    @on(QuarantineList.Retry)
    def _retry_one(self, message: QuarantineList.Retry) -> None:
        if self._requests.pending is None and self.check_action("retry", ()):
            self._start(partial(quarantine.prepare_retry, self.session, [message.record]))

    @on(QuarantineList.Opened)
    def _open(self, message: QuarantineList.Opened) -> None:
        self._look(message.record)

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="reads a quarantined record")
    def _look(self, record: Quarantined) -> None:
        with self.session.store() as store:
            workspace = connection.pinned(store)
            raw = quarantine.record_text(store, record)
        self.post_message(self.RecordRead(record, quarantine.address(record, workspace), raw))

    @on(RecordRead)
    def _show_record(self, message: RecordRead) -> None:
        record = message.record
        title = f"{KIND_WORDS[record.kind]}: {clean_line(record.id, 40)}"
        self.app.push_screen(MessageDialog(title, import_format.quarantined(record, message.address, message.raw)))


def _outline(board: Board) -> tuple[object, ...]:
    return (board.status.state, board.held, board.status.reason)
