"""What every step's screen has: header, rail, body, one primary action, the keys that work, and help."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Static
from textual.worker import Worker, WorkerState

from ochre_tui.core.encryption import LockedError
from ochre_tui.core.errors import OchreTuiError
from ochre_tui.migration.overview import Standing
from ochre_tui.migration.session import Session
from ochre_tui.screens.help import HelpDialog
from ochre_tui.screens.step_rail import StepLine, StepRail
from ochre_tui.screens.steps import Step
from ochre_tui.screens.wizard import WizardApp
from ochre_tui.widgets.header import Header
from ochre_tui.widgets.key_bar import KeyBar


class Actions(Horizontal):
    """The bar above the keys: a sentence, and the buttons on its right."""

    def __init__(self, *buttons: Button) -> None:
        super().__init__()
        self._buttons = buttons
        for button in buttons:
            button.active_effect_duration = 0  # while it lasts a second press would be lost

    def compose(self) -> ComposeResult:
        yield Static("", id="note", markup=False)
        yield from self._buttons


class StepScreen(Screen[None]):
    """A step. Subclasses give STEP, ABOUT (their help), `compose_body`, and what they do.

    Blocking work goes into `@work(thread=True, exclusive=True, exit_on_error=False, group=...)` methods that end in
    one message; an OchreTuiError that they raise comes to `failed`.
    """

    STEP: ClassVar[Step]
    ABOUT: ClassVar[str] = ""
    AUTO_FOCUS = "#primary"
    app = getters.app(WizardApp)
    # Textual paints the whole screen anew with each move of the focus; what it comes to and goes from is enough.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("greater_than_sign", "forward", "Next step", key_display=">", id="app.forward"),
        Binding("escape", "back", "Back", key_display="esc", id="app.back", tooltip="To the step before"),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("enter", "primary", show=False),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help", tooltip="This help"),
        Binding("f1", "help", "Help", id="app.help_too"),
    ]

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)
        yield Header()
        yield StepLine(self.STEP)
        with Horizontal(id="desk"):
            yield StepRail(self.STEP)
            with Vertical(id="main"):
                with Vertical(id="body"):
                    yield from self.compose_body()
                yield Actions(*self.buttons())
        yield KeyBar()
        yield Static("Please make the window larger:\nat least 72 columns and 20 lines.", id="too-small")

    def _fit(self, size: Size) -> None:
        """Take the classes of a size before the first frame; Textual sets them only after it."""
        for breakpoints, extent in (
            (self.app.HORIZONTAL_BREAKPOINTS or [], size.width),
            (self.app.VERTICAL_BREAKPOINTS or [], size.height),
        ):
            self.add_class(max(step for step in breakpoints if step[0] <= extent)[1])

    def compose_body(self) -> ComposeResult:
        """The widgets between the rail and the actions."""
        yield from ()

    def buttons(self) -> list[Button]:
        """The actions, the primary one last; until `offer` says what that does, the step is still being read."""
        return [Button("Reading…", id="primary", variant="primary", compact=True, disabled=True)]

    @property
    def session(self) -> Session:
        return self.app.session

    @property
    def standing(self) -> Standing:
        return self.app.standing

    def on_mount(self) -> None:
        self.watch(self.app, "standing", self._show_standing)

    def _show_standing(self, standing: Standing) -> None:
        self.query_one(Header).standing = standing
        self.query_one(StepLine).standing = standing
        self.query_one(StepRail).standing = standing

    # The way

    def blocked(self) -> str | None:
        """Why the next step can't be opened now, in a sentence; None: it can."""
        return None

    def action_forward(self) -> None:
        """Go to the next step, or say why not."""
        reason = self.blocked()
        if reason is not None:
            self.say(reason, warn=True)
            self.app.bell()
        else:
            self.app.go(self.STEP.next or Step.START)

    def action_back(self) -> None:
        if self.STEP.previous is not None:
            self.app.go(self.STEP.previous)

    @on(Button.Pressed, "#primary")
    def _primary_pressed(self) -> None:
        self.primary()

    def action_primary(self) -> None:
        """Enter, where nothing has the focus that takes it."""
        self.query_one("#primary", Button).press()

    @property
    def onward(self) -> str:
        """What the primary action is called where it leads on."""
        return f"Continue to {self.STEP.next.title}" if self.STEP.next else "Back to the start"

    def primary(self) -> None:
        """What the primary button does."""
        self.action_forward()

    def offer(self, label: str, *, enabled: bool = True) -> None:
        """Name the primary action anew."""
        button = self.query_one("#primary", Button)
        if button.has_focus and not enabled:
            self.set_focus(None)  # at once; a widget that is disabled gives it away later, from whoever has it then
        button.label = Content(label)
        button.disabled = not enabled
        button.refresh(layout=True)  # it is as wide as its name

    def say(self, sentence: str, *, warn: bool = False) -> None:
        """A sentence beside the actions; it stays until the next one."""
        note = self.query_one("#note", Static)
        note.set_class(warn, "-warn")
        note.update(sentence)

    # Help and failures

    def action_help(self) -> None:
        self.app.push_screen(HelpDialog(self.STEP.title, self.ABOUT, self.active_bindings.values()))

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        worker: Worker[Any] = event.worker
        if event.state is not WorkerState.ERROR or worker.error is None:
            return
        if isinstance(worker.error, LockedError):
            self.app.ask_passphrase(worker.error, self.failed)
        elif isinstance(worker.error, OchreTuiError):
            self.failed(worker.error)
        else:
            self.app.crash(worker.error)

    def failed(self, error: OchreTuiError) -> None:
        """A worker of this screen has failed in a way that the operator can act on."""
        self.app.show_error(error)

    def refocus(self, widget: Widget) -> None:
        """Give the focus to a widget at once, so that a key that is typed now gets there."""
        self.set_focus(widget)
