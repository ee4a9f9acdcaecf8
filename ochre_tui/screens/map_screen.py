"""What both mapping screens do: load the sheet, save each decision at once, CSV, and going on."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text_file import read_csv_text
from ochre_tui.migration.mapping.csv_file import write_file
from ochre_tui.migration.mapping.sheet import Change, Sheet
from ochre_tui.migration.plan.model import Plan
from ochre_tui.screens.affected import Affected, AffectedDialog
from ochre_tui.screens.save_queue import SaveQueue
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.dialogs import ChoiceDialog, PathDialog
from ochre_tui.widgets.mapping_grid_panel import MappingPanel

_SHORT_TURNS_S: Final = 0.0005


class MapScreen(StepScreen):
    """Subclasses load their sheet, show it in their panel, and say how it changes the plan."""

    AUTO_FOCUS = "MappingGrid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "changes", "Changes", id="map.changes", tooltip="What the changed plan affects, and apply it"),
    ]

    @dataclass
    class Weighed(Message):
        """What the changed plan affects was found out."""

        affected: Affected

    @dataclass
    class Applying(Message):
        """So much of a change is applied."""

        words: str

    @dataclass
    class Applied(Message):
        """The change is applied to what is imported."""

        words: str

    @dataclass
    class Loaded(Message):
        """The sheet as the scan and the plan have it; None before the first scan."""

        sheet: Sheet[Any, Any] | None

    @dataclass
    class Saved(Message):
        """Everything decided so far is in the plan."""

    @dataclass
    class NotSaved(Message):
        """Decisions could not be saved; they are kept here."""

        error: OchreTuiError

    csv_name: ClassVar[str]
    undecided_means: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._unsaved = SaveQueue()
        self._leaving: Step | None = None
        self._offered = ""
        self._was_whole = False

    @abstractmethod
    def load(self) -> Sheet[Any, Any] | None:
        """The sheet; called in a thread."""

    @abstractmethod
    def panel_for(self, sheet: Any) -> MappingPanel[Any]:
        """The sheet's widget."""

    @abstractmethod
    def with_entries(self, entries: Mapping[Any, Any], plan: Plan) -> Plan:
        """The plan with these entries."""

    @abstractmethod
    def csv_of(self, sheet: Any) -> str:
        """The sheet as CSV."""

    @abstractmethod
    def entries_in(self, sheet: Any, text: str) -> dict[Any, Any]:
        """The decisions in a CSV; UsageError where it can't be read."""

    @abstractmethod
    def affected(self) -> Affected:
        """What the changed plan affects of what is imported; called in a thread."""

    @abstractmethod
    def apply(self, on_progress: Callable[[int, int], None]) -> str:
        """Apply it now, and say what was done; called in a thread."""

    def compose_body(self) -> ComposeResult:
        yield ErrorBox()
        words = "Reading what the scan found and what the plan says."
        yield Static(words, id="loading", classes="muted", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    @work(thread=True, exclusive=True, exit_on_error=False, group="sheet", description="reads the sheet")
    def _load(self) -> None:
        self.post_message(self.Loaded(self.load()))

    @on(Loaded)
    async def _loaded(self, message: Loaded) -> None:
        waiting = self.query_one("#loading", Static)
        if message.sheet is None or not message.sheet.keys:
            waiting.update(self.nothing(scanned=message.sheet is not None))
            self._offer(self.onward)
            self.refocus(self.query_one("#primary"))
            return
        message.sheet.keep = self._keep
        await waiting.remove()
        panel = self.panel_for(message.sheet)
        await self.query_one("#body").mount(panel)
        self.refocus(panel.grid)
        self._was_whole = not message.sheet.tally().undecided
        self._advise()

    @abstractmethod
    def nothing(self, *, scanned: bool) -> str:
        """What to say where there is no row."""

    def failed(self, error: OchreTuiError) -> None:
        self.query_one(ErrorBox).show(error)
        self.say("")
        for waiting in self.query("#loading"):
            waiting.display = False
            self.say("Correct this, then open the step again.", warn=True)
            self._offer(self.onward)
            self.refocus(self.query_one("#primary"))

    @property
    def panel(self) -> MappingPanel[Any] | None:
        """The panel, once the sheet is read."""
        return next(iter(self.query(MappingPanel)), None)  # type: ignore[type-abstract]  # a query makes none

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being read or saved."""
        working = any(worker.group in {"sheet", "save"} and not worker.is_finished for worker in self.workers)
        return not working and not self._unsaved.saving

    # Saving

    def _keep(self, change: Change[Any, Any]) -> None:
        if self._unsaved.add(change.after):
            self._save()

    @on(MappingPanel.Changed)
    def _changed(self, message: MappingPanel.Changed) -> None:
        self._advise(message.words)

    @work(thread=True, exit_on_error=False, group="save", description="saves decisions")
    def _save(self) -> None:
        # Where much has to be written, keys are painted meanwhile.
        sys.setswitchinterval(_SHORT_TURNS_S)
        while entries := self._unsaved.take():
            try:
                self.app.plan.update(partial(self.with_entries, entries))
            except OchreTuiError as error:
                self._unsaved.give_back(entries)
                self.post_message(self.NotSaved(error))
                return
        self.post_message(self.Saved())

    @on(Saved)
    def _saved(self) -> None:
        trouble = self.query_one(ErrorBox)
        if trouble.display:
            trouble.show(None)
        whole = self.panel is not None and not self.panel.sheet.tally().undecided
        if whole != self._was_whole or not self.standing.planned:
            # The rail shows whether the step is done, and whether there is a plan.
            self._was_whole = whole
            self.app.refresh_standing()
        if self._leaving is not None:
            step, self._leaving = self._leaving, None
            self.app.go(step)

    @on(NotSaved)
    def _not_saved(self, message: NotSaved) -> None:
        self._leaving = None
        error = message.error
        meaning = "Your decisions are on this screen only; the next one, or going on, tries to save them all again."
        self.query_one(ErrorBox).show(OchreTuiError(error.title, meaning=meaning, advice=error.advice))

    # Going on

    def leave_for(self, step: Step) -> None:
        """Go to a step as soon as everything is saved."""
        if not self._unsaved.saving and not self._unsaved.entries:
            self.app.go(step)
            return
        self._leaving = step
        self.say("Saving the plan.")
        if self._unsaved.add({}):
            self._save()

    def action_back(self) -> None:
        if self.STEP.previous is not None:
            self.leave_for(self.STEP.previous)

    def blocked(self) -> str | None:
        panel = self.panel
        problems = panel.sheet.tally().problems if panel else 0
        if not problems or panel is None:
            return None
        return f"{panel.sheet.count(problems)} with a problem: n goes there."

    def action_forward(self) -> None:
        reason, following = self.blocked(), self.STEP.next or Step.START
        if reason is not None:
            self.say(reason, warn=True)
            self.app.bell()
            return
        undecided = self.panel.sheet.tally().undecided if self.panel else 0
        if not undecided or self.panel is None:
            self.leave_for(following)
            return
        many = undecided > 1
        question = f"{self.panel.sheet.count(undecided)} {'are' if many else 'is'} undecided. {self.undecided_means}"
        answers = {"d": "Decide", "a": "Accept what is suggested", "s": "Skip"}
        self.app.push_screen(ChoiceDialog(question, answers), self._settle_the_rest)

    def say(self, sentence: str, *, warn: bool = False) -> None:
        """As everywhere, but without laying out the screen anew: this is said at each key."""
        note = self.query_one("#note", Static)
        note.set_class(warn, "-warn")
        note.update(sentence, layout=False)

    def _settle_the_rest(self, answer: str | None) -> None:
        if self.panel is None or answer not in {"a", "s"}:
            return
        sheet = self.panel.sheet
        rest = {key: sheet.suggestion(key) if answer == "a" else sheet.skipping() for key in sheet.shown("undecided")}
        self.panel.decide("Accepted" if answer == "a" else "Skipped", rest)
        reason = self.blocked()
        if reason is None:
            self.leave_for(self.STEP.next or Step.START)
        else:
            self.say(reason, warn=True)

    def primary(self) -> None:
        """The most useful thing now: what is certain, then what is open, then the next step."""
        panel = self.panel
        if panel is None:
            self.action_forward()
        elif panel.sheet.certain():
            panel.action_accept_certain()
        elif panel.sheet.tally().open:
            self.refocus(panel.grid)
            if panel.grid.key is None or panel.sheet.status(panel.grid.key) == "decided":
                panel.action_next_open()
        else:
            self.action_forward()

    def _advise(self, words: str = "") -> None:
        """Name the primary action, and say what was done or what comes."""
        if self.panel is None:
            return
        sheet = self.panel.sheet
        tally = sheet.tally()
        certain = len(sheet.certain())
        if certain:
            self._offer("Accept what is certain")
        elif tally.open:
            self._offer("Decide the rest")
        else:
            self._offer(self.onward)
        if words:
            self.say(f"{words}.")
        elif not tally.open:
            self.say("Everything is decided: > goes on.")
        elif certain:
            self.say(f"{certain:,} suggestions are certain: A accepts them.")
        else:
            self.say("Enter chooses, a accepts what is suggested.")

    def _offer(self, label: str) -> None:
        if label != self._offered:
            self._offered = label
            self.offer(label)

    # What is imported already

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "changes":
            return self.standing.ran
        return super().check_action(action, parameters)

    def action_changes(self) -> None:
        """Show what the changed plan affects."""
        if self.is_settled and not self._applying:
            self._weigh()
        else:
            self.say("One moment: the last step is still being saved.")

    @property
    def _applying(self) -> bool:
        return any(worker.group == "apply" and not worker.is_finished for worker in self.workers)

    @work(thread=True, exclusive=True, exit_on_error=False, group="weigh", description="reads what a change affects")
    def _weigh(self) -> None:
        self.post_message(self.Weighed(self.affected()))

    @on(Weighed)
    def _show_affected(self, message: Weighed) -> None:
        def answered(answer: bool | None) -> None:
            if answer:
                self.say("Applying the change to what is imported…")
                self._apply()

        if self.is_current:
            self.app.push_screen(AffectedDialog(message.affected), answered)

    @work(thread=True, exclusive=True, exit_on_error=False, group="apply", description="applies a change")
    def _apply(self) -> None:
        def on_progress(done: int, total: int) -> None:
            self.post_message(self.Applying(f"Applied to {done:,} of {total:,} conversations…"))

        self.post_message(self.Applied(self.apply(on_progress)))

    @on(Applying)
    def _show_applying(self, message: Applying) -> None:
        self.say(message.words)

    @on(Applied)
    def _show_applied(self, message: Applied) -> None:
        self.say(message.words)
        self.app.refresh_standing()

    # CSV

    @on(MappingPanel.Notice)
    def _show_notice(self, message: MappingPanel.Notice) -> None:
        self.say(message.words)

    @on(MappingPanel.WriteCsv)
    def _write_csv(self) -> None:
        if (panel := self.panel) is None:
            return

        def write(path: Path) -> str:
            write_file(path, self.csv_of(panel.sheet))
            return f"Written to {path}."

        dialog = PathDialog("Write all rows to", self._csv_path(), write, "Write")
        self.app.push_screen(dialog, self._csv_done)

    @on(MappingPanel.ReadCsv)
    def _read_csv(self) -> None:
        if (panel := self.panel) is None:
            return
        entries: dict[Any, Any] = {}

        def read(path: Path) -> str:
            entries.update(self.entries_in(panel.sheet, read_csv_text(path)))
            return ""

        def done(words: str | None) -> None:
            if words is not None:
                panel.decide("Read from the file", entries)

        self.app.push_screen(PathDialog("Read decisions from", self._csv_path(), read, "Read"), done)

    def _csv_done(self, words: str | None) -> None:
        if words:
            self.say(words)

    def _csv_path(self) -> Path:
        return self.session.paths.reports / self.csv_name
