"""The app: its services, the way from screen to screen, themes, and what happens when something breaks."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme
from textual.worker import Worker, WorkerState

from ochre_tui.app.driver import ControlCharFilter
from ochre_tui.core.encryption import LockedError
from ochre_tui.core.errors import CredentialError, DiskFullError, OchreTuiError
from ochre_tui.core.log import log_failure
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials.passphrase import unseal
from ochre_tui.migration.home import Home
from ochre_tui.migration.importer.in_process import InProcessImport
from ochre_tui.migration.importer.run import ON_REQUEST
from ochre_tui.migration.importer.signals import is_gone
from ochre_tui.migration.importer.thread import prepare_import
from ochre_tui.migration.overview import Standing, read_standing, remember_step
from ochre_tui.migration.session import Session
from ochre_tui.screens.passphrase import PassphraseDialog
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import ORDER, Step, barrier, remembered
from ochre_tui.screens.wizard import WizardApp
from ochre_tui.widgets.dialogs import ChoiceDialog, ErrorDialog, TokenErrorDialog
from ochre_tui.widgets.glyphs import ASCII_CLASS

THEMES: Final = {"dark": "ochre-dark", "light": "ochre-light", "ansi": "ochre-ansi", "ansi-light": "ochre-ansi-light"}
"""The names that people give, and Textual's."""

_STOP: Final = "s"
_LEAVE: Final = "l"
_TEXTUALS_OWN: Final = ("command_palette", "app.focus_", "screen.copy_text")
"""Actions that are keys everywhere and say nothing in a list of what can be done."""
_SCREENS: Final[dict[Step, str]] = {
    Step.START: "start:StartScreen",
    Step.CONNECT: "connect:ConnectScreen",
    Step.SCAN: "scan:ScanScreen",
    Step.ADMINS: "map_admins:MapAdminsScreen",
    Step.ATTRIBUTES: "map_attributes:MapAttributesScreen",
    Step.CHOOSE: "choose:ChooseScreen",
    Step.REVIEW: "review:ReviewScreen",
    Step.IMPORT: "import_dashboard:ImportScreen",
    Step.VERIFY: "verify:VerifyScreen",
    Step.SPOT_CHECK: "spot_check:SpotCheckScreen",
    Step.CUT_OVER: "cut_over:CutOverScreen",
    Step.WIND_DOWN: "wind_down:WindDownScreen",
}
_FINDING: Final = "By name, e-mail, id, phone or company; then their conversations"
_CONTROL_CHAR_FILTER: Final = ControlCharFilter()
_THEMES: Final = (
    Theme(
        name="ochre-dark",
        primary="#d9a441",
        secondary="#8f7443",
        accent="#e3b04b",
        success="#7fb069",
        warning="#e8a33d",
        error="#e2604f",
        foreground="#e6e1d6",
        background="#141310",
        surface="#1d1b17",
        panel="#282520",
        variables={
            "button-color-foreground": "#141310",
            "block-cursor-background": "#d9a441",
            "block-cursor-foreground": "#141310",
            "block-cursor-blurred-background": "#3a342a",
            "input-selection-background": "#d9a441 35%",
            "border-blurred": "#4a443a",
        },
    ),
    Theme(
        name="ochre-light",
        primary="#8a5a00",
        secondary="#b07a1e",
        accent="#8a5a00",
        success="#2f6b2a",
        warning="#9a4f00",
        error="#b3261e",
        foreground="#26221b",
        background="#faf7f0",
        surface="#f1ece0",
        panel="#e6dfcf",
        dark=False,
        variables={
            "button-color-foreground": "#ffffff",
            "block-cursor-background": "#8a5a00",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-blurred-background": "#ddd3bd",
            "border-blurred": "#b9ae97",
        },
    ),
)


def _ansi(name: str, builtin: str, accent: str, background: str) -> Theme:
    """Textual's theme of the terminal's own 16 colours, with an accent and borders that can be seen."""
    theme = BUILTIN_THEMES[builtin]
    ours = {
        "border-blurred": "ansi_bright_black",
        "block-cursor-background": accent,
        "block-cursor-foreground": background,
    }
    return replace(theme, name=name, primary=accent, accent=accent, variables={**theme.variables, **ours})


class OchreApp(WizardApp):
    """Walks through a migration; whatever it does, a command can do too."""

    TITLE = "ochre-tui"
    CSS_PATH = "styles.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (72, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual has it unannotated
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-low"), (32, "-tall")]  # noqa: RUF012 - the same
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Quit; an import that runs asks first"),
        Binding("ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "Commands", show=False, id="app.palette", tooltip="Every action by name"),
    ]

    @dataclass
    class StandingRead(Message):
        """The standing was read; `then` is the step to open with it, if one is."""

        standing: Standing
        then: Step | None

    def __init__(
        self,
        home: Home,
        session: Session | None = None,
        *,
        theme: str = "dark",
        ascii_only: bool = False,
        driver: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver)
        self.home, self.chosen = home, session
        self.importing = InProcessImport()
        for variant in (
            *_THEMES,
            _ansi("ochre-ansi", "ansi-dark", "ansi_yellow", "ansi_black"),
            _ansi("ochre-ansi-light", "ansi-light", "ansi_blue", "ansi_bright_white"),
        ):
            self.register_theme(variant)
        self.theme = THEMES[theme]
        self.set_class(ascii_only, ASCII_CLASS)
        self.signal: int | None = None
        """The signal that ended the app, if one did."""
        self.leave_running = False
        """Whether the operator wants the import to go on without this terminal."""

    def on_mount(self) -> None:
        self._catch_signals()
        standing = self._how_far()
        self.set_reactive(OchreApp.standing, standing)
        under_way = standing.state == "importing"
        self.push_screen(_step_screen(Step.IMPORT if under_way else Step.START))

    def make_way(self) -> None:
        """Something was typed: what runs in the background leaves the interpreter to its answer. For any thread."""
        if self.importing.thread is not None:
            self.importing.thread.give_way()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), _CONTROL_CHAR_FILTER]

    # The way

    def go(self, step: Step) -> None:
        self._read_standing(step)

    def go_on(self) -> None:
        self._read_standing(None, resume=True)

    def refresh_standing(self) -> None:
        self._read_standing(None)

    @work(thread=True, exclusive=True, exit_on_error=False, group="standing", description="reads the standing")
    def _read_standing(self, then: Step | None, *, resume: bool = False) -> None:
        standing = self._how_far()
        if resume:
            then = Step.IMPORT if standing.state == "importing" else remembered(standing)
        if then is not None and then is not Step.START and barrier(then, standing) is None:
            with suppress(DiskFullError):  # the way stays open, and the step says what it can't keep
                remember_step(self.session, then.value)
        self.post_message(self.StandingRead(standing, then))

    def _how_far(self) -> Standing:
        if self.chosen is None:
            return Standing()
        return read_standing(self.chosen, importing_here=self.importing.alive)

    @on(StandingRead)
    def _standing_read(self, message: StandingRead) -> None:
        self.standing = message.standing
        if message.then is None:
            return
        reason = barrier(message.then, message.standing)
        if reason is None:
            self._open(message.then)
        else:
            self.bell()
            if isinstance(self.screen, StepScreen):
                self.screen.say(reason, warn=True)

    def reconnect(self) -> None:
        step_screen = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, StepScreen)), None)
        if step_screen is not None and step_screen.STEP.number > Step.CONNECT.number:
            self.come_back_to = step_screen.STEP
        self.go(Step.CONNECT)

    def _open(self, step: Step) -> None:
        if step is not Step.CONNECT:
            self.come_back_to = None
        while len(self.screen_stack) > 1 and not isinstance(self.screen, StepScreen):
            self.pop_screen()
        self.switch_screen(_step_screen(step))

    # Finding customers

    def action_find_customer(self) -> None:
        """Find a customer, then one of their conversations, and open it in the spot-check."""
        reason = barrier(Step.SPOT_CHECK, self.standing)
        if reason is None:
            from ochre_tui.screens.customer_search import CustomerSearch  # here, as screens are loaded when opened

            self.push_screen(CustomerSearch(), self._conversation_found)
        elif isinstance(self.screen, StepScreen):
            self.screen.say(reason, warn=True)

    def _conversation_found(self, intercom_id: str | None) -> None:
        if intercom_id is not None:
            self.wanted_conversation = intercom_id
            self.go(Step.SPOT_CHECK)

    # The import

    @work(thread=True, exclusive=True, exit_on_error=False, group="import", description="begins the import")
    def begin_import(self, limit: int | None = None) -> None:
        self.importing.begin(partial(prepare_import, self.session, limit=limit))
        self.call_later(self.go, Step.IMPORT)

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if event.worker.group == "import" and isinstance(self.screen, StepScreen):
            self.screen.say("")  # the screen said what was being done
        if isinstance(error, LockedError):
            self.ask_passphrase(error, self.show_error)
        elif isinstance(error, OchreTuiError):
            self.show_error(error)
        else:
            self.crash(error)

    def show_error(self, error: OchreTuiError) -> None:
        if isinstance(error, CredentialError) and not isinstance(error, LockedError):
            self.push_screen(TokenErrorDialog(error), lambda answer: self.reconnect() if answer else None)
        else:
            self.push_screen(ErrorDialog(error))

    # What is encrypted

    def ask_passphrase(self, error: LockedError, otherwise: Callable[[LockedError], None]) -> None:
        def answered(passphrase: Secret | None) -> None:
            if passphrase is None:
                otherwise(error)
            else:
                self._unseal(passphrase)

        self.push_screen(PassphraseDialog.because(error), answered)

    @work(thread=True, exclusive=True, exit_on_error=False, group="unseal", description="opens what is encrypted")
    def _unseal(self, passphrase: Secret) -> None:
        unseal(self.session.paths, passphrase)
        self.call_later(self._open_again)

    def _open_again(self) -> None:
        """The step that is open, as it is with what can be read now."""
        if isinstance(self.screen, StepScreen):
            self.go(self.screen.STEP)

    # Leaving

    async def action_quit(self) -> None:
        """Leave; where this process imports, ask first."""
        if isinstance(self.screen, _Leave):
            return
        if not self.importing.alive:
            self.exit(0)
            return
        self.push_screen(_Leave(), self._quit_answered)

    def _quit_answered(self, answer: str | None) -> None:
        self.leave_running = answer == _LEAVE
        if answer in {_STOP, _LEAVE}:
            self.importing.stop("Handed over to a process of its own." if self.leave_running else ON_REQUEST)
            self.exit(0)

    def _catch_signals(self) -> None:
        """SIGTERM stops the import and ends the app; a hang-up ends only the screen, and the import goes on."""
        if self.is_headless or self._loop is None:
            return
        for number in (signal.SIGHUP, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._end_by_signal, number)
        self.set_interval(1.0, self._look_for_terminal)

    def _look_for_terminal(self) -> None:
        """A terminal can vanish without a signal, as when it is not the one that started the app."""
        if sys.__stdin__ is not None and is_gone(sys.__stdin__.fileno()):
            self._end_by_signal(signal.SIGHUP)

    def _end_by_signal(self, number: int) -> None:
        self.signal = number
        if number == signal.SIGTERM:
            self.importing.stop("Stopped by SIGTERM.")
        self.exit(128 + number)

    # Breaking

    def crash(self, error: BaseException) -> None:
        self._handle_exception(error if isinstance(error, Exception) else RuntimeError(type(error).__name__))

    def _fatal_error(self) -> None:
        """Textual's own prints local variables, which may hold what nobody should see."""
        error = self._exception
        lines = [f"Something unexpected happened ({type(error).__name__}); the app had to end."]
        lines.append("What was committed is kept; run `ochre-tui` again and it goes on from there.")
        log = log_failure(self.chosen.paths, "app", error) if self.chosen and error else None
        if log is not None:
            lines.append(f"The details are in {log}.")
        self.importing.stop()
        self._exit_renderables.append(Text("\n".join(lines)))
        self._close_messages_no_wait()

    # Commands

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the screen, the steps that can be opened, and the themes."""
        seen = set()
        for node, binding, enabled, _ in screen.active_bindings.values():
            meant = binding.show or binding.tooltip  # else it is what any such widget does: move, press, scroll
            ours = meant and not binding.action.startswith(_TEXTUALS_OWN)
            if binding.description and enabled and binding.action not in seen and ours:
                seen.add(binding.action)
                what = partial(self.run_action, binding.action, node)
                yield SystemCommand(binding.description, binding.tooltip or "", what)
        if "app.find_customer" not in seen and barrier(Step.SPOT_CHECK, self.standing) is None:
            yield SystemCommand("Find a customer", _FINDING, self.action_find_customer)
        for step in ORDER:
            if barrier(step, self.standing) is None:
                yield SystemCommand(
                    f"Go to {step.title}", f"Step {step.number} of {len(ORDER)}", partial(self.go, step)
                )
        for name, theme in THEMES.items():
            yield SystemCommand(f"Theme: {name}", "Colours", partial(setattr, self, "theme", theme))


class _Leave(ChoiceDialog):
    """The question before leaving an import that runs."""

    def __init__(self) -> None:
        super().__init__(
            "The import runs in this window. Stop it after the records in hand and quit, or let it go on without this "
            "terminal? Either way `ochre-tui` finds it again.",
            {"n": "Stay", _STOP: "Stop and quit", _LEAVE: "Leave it running"},
        )


def _step_screen(step: Step) -> StepScreen:
    module, _, name = _SCREENS[step].partition(":")
    screen: type[StepScreen] = getattr(importlib.import_module(f"ochre_tui.screens.{module}"), name)
    return screen()
