"""Choosing what comes over, with the counts and the time beside it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import ValidationError
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, RadioSet, Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.wording import duration, size
from ochre_tui.migration.plan.model import CHANNELS, MOST_DAYS, STATES, Dates, Import
from ochre_tui.migration.scan.forecast import Forecast, forecast
from ochre_tui.migration.scan.result import Interval, ScanResult
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.controls import ErrorBox, PlainCheckbox, PlainRadioButton, PlainRadioSet
from ochre_tui.widgets.dialogs import ConfirmDialog

SAMPLE: Final = 20
_ABOUT: Final = (
    "Everything is imported unless you leave it out here. Most teams take the last two years. What is left out stays "
    "in Intercom, and a later run with another choice brings it over; what is in Ochre already stays there.\n\n"
    "A sample run imports the newest 20 conversations, with their people and files, for you to look at before the "
    "rest. The full import then goes on from there."
)
_RANGES: Final = (("all", "All time"), ("2y", "Last 2 years"), ("6m", "Last 6 months"), ("own", "Own dates"))
_RANGE_WORDS: Final = {"all": "all time", "2y": "last 2 years", "6m": "last 6 months"}
_CHANNEL_WORDS: Final = {"messenger": "Messenger", "email": "E-mail", "other": "Other"}


class ChooseScreen(StepScreen):
    """A form, and what it comes to."""

    STEP = Step.CHOOSE
    ABOUT = _ABOUT
    AUTO_FOCUS = "#range"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next field"),
        Binding("s", "sample", "Sample run", tooltip=f"Import the newest {SAMPLE} conversations to look at"),
    ]

    @dataclass
    class Read(Message):
        """The plan's choice and what the scan found."""

        chosen: Import
        result: ScanResult | None

    def __init__(self) -> None:
        super().__init__()
        self._result: ScanResult | None = None
        self._chosen: Import | None = None
        """What the form says; None while something in it is wrong."""
        self._saved = Import()
        """The last right choice: saved, or about to be."""
        self._filling = True

    def compose_body(self) -> ComposeResult:
        yield ErrorBox()
        with Horizontal(id="choose"):
            with Vertical(id="form", classes="panel") as panel:
                panel.border_title = "What to import"
                with Horizontal(id="created"):
                    yield Static("Created", classes="label")
                    with PlainRadioSet(id="range", compact=True):
                        for name, words in _RANGES:
                            yield PlainRadioButton(words, id=f"range-{name}", compact=True)
                with Horizontal(classes="field", id="own"):
                    yield Static("", classes="label")
                    yield Input(placeholder="2024-01-01", id="from", compact=True, max_length=10)
                    yield Static("to before", id="to-before", classes="muted")
                    yield Input(placeholder="2025-01-01", id="to", compact=True, max_length=10)
                with Horizontal(classes="field ticks"):
                    yield Static("States", classes="label")
                    for state in STATES:
                        yield PlainCheckbox(state.capitalize(), id=f"state-{state}", compact=True)
                with Horizontal(classes="field"):
                    yield Static("Leave out", classes="label")
                    yield Static("closed, unchanged for", classes="muted words")
                    yield Input(id="days", compact=True, max_length=5, type="integer")
                    yield Static("days", classes="muted words")
                    yield Static(" (0: none)", classes="muted words roomy")
                with Horizontal(classes="field ticks"):
                    yield Static("Channels", classes="label")
                    for channel in CHANNELS:
                        yield PlainCheckbox(_CHANNEL_WORDS[channel], id=f"channel-{channel}", compact=True)
                with Horizontal(classes="field ticks"):
                    yield Static("Contacts", classes="label")
                    yield PlainCheckbox("Only those with conversations", id="with-conversations", compact=True)
                with Horizontal(classes="field ticks"):
                    yield Static("Along with", classes="label")
                    yield PlainCheckbox("Files", id="attachments", compact=True)
                    yield PlainCheckbox("Inline images", id="inline_images", compact=True)
                with Horizontal(classes="field ticks"):
                    yield Static("", classes="label")
                    yield PlainCheckbox("Saved replies", id="saved_replies", compact=True)
                yield Static("", id="wrong", markup=False)
            with Vertical(id="forecast", classes="panel") as panel:
                panel.border_title = "What comes over"
                yield Static("", id="figures", markup=False)

    def buttons(self) -> list[Button]:
        return [Button("Sample run", id="sample", compact=True, disabled=True), *super().buttons()]

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#own").display = False
        self.query_one("#form").disabled = True
        self.say("Reading the plan…")
        self._look()

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="reads the plan")
    def _look(self) -> None:
        self.post_message(self.Read(self.app.plan.read().import_, self.app.plan.scanned()))

    @on(Read)
    def _fill(self, message: Read) -> None:
        self._result = message.result
        chosen = message.chosen
        own = isinstance(chosen.range, Dates)
        values: dict[str, Any] = {
            **{f"range-{name}": chosen.range == name or (own and name == "own") for name, _ in _RANGES},
            **{f"state-{state}": state in chosen.states for state in STATES},
            **{f"channel-{channel}": channel in chosen.channels for channel in CHANNELS},
            "days": str(chosen.exclude_closed_older_than_days),
            "with-conversations": chosen.contacts == "with-conversations",
            "attachments": chosen.attachments,
            "inline_images": chosen.inline_images,
            "saved_replies": chosen.saved_replies,
        }
        if isinstance(chosen.range, Dates):
            values |= {"from": chosen.range.from_.isoformat(), "to": chosen.range.to.isoformat()}
        for name, value in values.items():
            field: Any = self.query_one(f"#{name}")
            field.value = value
        self._chosen = self._saved = chosen
        self.call_after_refresh(self._filled)

    def _filled(self) -> None:
        self._filling = False
        self.query_one("#form").disabled = self.query_one("#sample").disabled = False
        self.offer(self.onward)
        self.say("Space changes, Tab goes on.")
        self._show()
        self.refresh_bindings()
        if self.focused is None:
            self.refocus(self.query_one("#range"))

    # The form

    @on(PlainRadioSet.Confirmed)
    def _focus_primary(self) -> None:
        """To what Enter does next."""
        self.refocus(self.query_one("#primary"))

    @on(RadioSet.Changed)
    @on(PlainCheckbox.Changed)
    @on(Input.Changed)
    def _changed(self) -> None:
        if self._filling:
            return
        self._show()
        if self._chosen is not None and self._chosen != self._saved:
            self._saved = self._chosen
            self._save()

    def _show(self) -> None:
        own = self._ticked("range-own")
        self.query_one("#own").display = own
        self.query_one("#inline_images").disabled = not self._ticked("attachments")
        wrong = self.query_one("#wrong", Static)
        try:
            self._chosen = self._read(own=own)
            self.query_one("#figures").remove_class("-stale")
        except _Wrong as error:
            self._chosen = None
            self.query_one("#figures").add_class("-stale")
            wrong.update(Content.styled(str(error), "$text-warning bold"))
            return
        wrong.update("")
        if self._result is not None:
            estimate = forecast(self._result, self._chosen, int(self.session.now()))
            self.query_one("#figures", Static).update(forecast_lines(estimate, self._result, self._chosen))

    def _read(self, *, own: bool) -> Import:
        """The form as a part of the plan; raises _Wrong."""
        chosen = next((name for name, _ in _RANGES if self._ticked(f"range-{name}")), "all")
        values: dict[str, Any] = {
            "range": self._dates() if own else chosen,
            "states": self._some("state", STATES, "state"),
            "channels": self._some("channel", CHANNELS, "channel"),
            "exclude_closed_older_than_days": self._days(),
            "contacts": "with-conversations" if self._ticked("with-conversations") else "all",
            **{name: self._ticked(name) for name in ("attachments", "inline_images", "saved_replies")},
            "deleted": self._saved.deleted if self._saved else "keep",
        }
        try:
            return Import.model_validate(values)
        except ValidationError as error:
            raise _Wrong(f"The dates don't fit: the end {error.errors()[0]['msg']}.") from error

    def _ticked(self, name: str) -> bool:
        field = self.query_one(f"#{name}")
        assert isinstance(field, PlainCheckbox | PlainRadioButton)
        return field.value

    def _some(self, prefix: str, names: tuple[str, ...], noun: str) -> tuple[str, ...]:
        some = tuple(name for name in names if self._ticked(f"{prefix}-{name}"))
        if not some:
            raise _Wrong(f"Choose at least one {noun}.")
        return some

    def _days(self) -> int:
        text = self.query_one("#days", Input).value.strip() or "0"
        if not text.isdecimal() or int(text) > MOST_DAYS:
            raise _Wrong(f"Give a number of days from 0 to {MOST_DAYS:,}.")
        return int(text)

    def _dates(self) -> Dates:
        days = {}
        for name in ("from", "to"):
            text = self.query_one(f"#{name}", Input).value.strip()
            try:
                days[name] = datetime.date.fromisoformat(text)
            except ValueError as error:
                raise _Wrong("Give both dates as in 2024-01-31.") from error
        if days["to"] <= days["from"]:
            raise _Wrong("The second date must be later than the first.")
        try:
            return Dates.model_validate(days)
        except ValidationError as error:
            raise _Wrong("Give dates from 1970 to 2200.") from error

    @work(thread=True, exit_on_error=False, group="save", description="saves the plan")
    def _save(self) -> None:
        # The latest choice counts, whichever of two savings comes last.
        self.app.plan.update(lambda plan: plan.model_copy(update={"import_": self._saved}))

    # The way

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "sample":
            return None if self._filling else True
        return super().check_action(action, parameters)

    def blocked(self) -> str | None:
        if self._filling:
            return "The plan has to be read first."
        return "Mend what is marked first." if self._chosen is None else None

    @on(Button.Pressed, "#sample")
    def action_sample(self) -> None:
        """Ask, then import the newest conversations."""
        reason = self.blocked()
        if reason is not None:
            self.say(reason, warn=True)
            return
        question = (
            f"Import the newest {SAMPLE} conversations now, with their people and files, to look at? "
            "Admins and attributes that are not decided yet are kept by name. The full import goes on from there."
        )
        self.app.push_screen(ConfirmDialog(question, yes="Import the sample"), self._sample_answered)

    def _sample_answered(self, answer: bool | None) -> None:
        if answer:
            self.say("Asking Intercom whether the token still works…")
            self.app.begin_import(SAMPLE)

    def failed(self, error: OchreTuiError) -> None:
        if not self._filling:
            super().failed(error)
            return
        self.query_one("#choose").display = self.query_one("#sample").display = False
        self.query_one(ErrorBox).show(error)
        self.offer(self.onward, enabled=False)
        self.say("Correct this, then open the step again.", warn=True)


class _Wrong(Exception):  # noqa: N818 - a sentence for the form
    """What is wrong with the form."""


def forecast_lines(estimate: Forecast, result: ScanResult, chosen: Import) -> Content:
    """What comes over, in lines for a narrow panel."""
    total = result.counts["conversations"]
    about = "" if estimate.exact else "about "
    lines = [
        *_figure("Conversations", f"{about}{estimate.conversations:,}", f"of {total:,}"),
        *_figure("Contacts", contacts(estimate, chosen), ""),
        *_figure("Saved replies", f"{estimate.saved_replies:,}", ""),
        *_figure("Attachments", *_files(estimate)),
        *_figure("Time", f"about {duration(estimate.seconds.likely)}", span(estimate.seconds)),
    ]
    return Content("\n").join(lines)


def contacts(estimate: Forecast, chosen: Import) -> str:
    """How many contacts come over, as far as it is known."""
    return f"{estimate.contacts:,}" if chosen.contacts == "all" else f"up to {estimate.contacts:,}"


def span(seconds: Interval) -> str:
    """The ends of a time estimate."""
    return f"{duration(seconds.low)} to {duration(seconds.high)}"


def range_words(chosen: Import) -> str:
    """The plan's range in words."""
    if isinstance(chosen.range, Dates):
        return f"{chosen.range.from_} to before {chosen.range.to}"
    return _RANGE_WORDS[chosen.range]


def _files(estimate: Forecast) -> tuple[str, str]:
    if not estimate.attachments:
        return "none", ""
    span = f"{size(estimate.bytes.low)} to {size(estimate.bytes.high)}"
    return f"about {estimate.attachments:,}, {size(estimate.bytes.likely)}", span


def _figure(title: str, figure: str, more: str) -> list[Content]:
    lines = [Content.styled(title, "$foreground-muted"), Content.assemble("  ", (figure, "bold"))]
    if more:
        lines.append(Content.assemble("  ", (more, "$foreground-muted")))
    return lines
