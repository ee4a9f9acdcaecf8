"""The plan on one page, what to switch off in Ochre, and the start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted, duration, size
from ochre_tui.migration.cutover.checklist import SIDE_EFFECTS, tick, untick
from ochre_tui.migration.overview import Standing
from ochre_tui.migration.plan.model import CHANNELS, STATES, Import, PlanError
from ochre_tui.migration.plan_review import Review
from ochre_tui.migration.scan.forecast import Forecast, forecast
from ochre_tui.screens.affected import AffectedDialog, plan_affected
from ochre_tui.screens.choose import SAMPLE, contacts, range_words, span
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets import dialogs
from ochre_tui.widgets.controls import ErrorBox, PlainCheckbox
from ochre_tui.widgets.dialogs import ConfirmDialog

_ABOUT: Final = (
    "The plan is one file, plan.toml, in the migration's folder; every decision is in it already, and "
    "`ochre-tui plan check` and `ochre-tui run` use the same file.\n\n"
    "Imported conversations are old ones. What Ochre does by itself with open or closed conversations could reach "
    "customers, so switch it off before the import, and on again when you have cut over."
)


class ReviewScreen(StepScreen):
    """What will be done, and the one question before it is."""

    STEP = Step.REVIEW
    ABOUT = _ABOUT
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "Accept suggestions", tooltip="Decide what is undecided as the scan suggests"),
        Binding("w", "warnings", "Warnings", tooltip="What is allowed but may not be meant"),
        Binding("c", "changes", "Changes", tooltip="What is otherwise than at the last import, and what applies it"),
        Binding("s", "sample", "Sample run", tooltip=f"Import the newest {SAMPLE} conversations to look at"),
    ]

    @dataclass
    class Read(Message):
        """The plan and what is known of it."""

        reviewed: Review

    def __init__(self) -> None:
        super().__init__()
        self._reviewed: Review | None = None
        self._forecast: Forecast | None = None
        self._filling = True

    def compose_body(self) -> ComposeResult:
        yield ErrorBox()
        with Vertical(id="plan", classes="panel") as panel:
            panel.border_title = "The plan"
            yield Static("Reading the plan…", id="summary", markup=False)
        with Vertical(id="effects", classes="panel") as panel:
            panel.border_title = "Switch off in Ochre before the import"
            for item in SIDE_EFFECTS:
                yield PlainCheckbox(
                    Content(f"{item.title:22}{item.why}"), id=f"off-{item.id}", name=item.id, compact=True
                )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#effects").disabled = True
        self._look()

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="reads the plan")
    def _look(self) -> None:
        self.post_message(self.Read(self.app.plan.review()))

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="accepts suggestions")
    def _accept(self) -> None:
        self.app.plan.accept_suggestions()
        self.post_message(self.Read(self.app.plan.review()))

    @on(Read)
    def _show(self, message: Read) -> None:
        reviewed = self._reviewed = message.reviewed
        result = reviewed.result
        self._forecast = forecast(result, reviewed.plan.import_, int(self.session.now())) if result else None
        self.query_one("#summary", Static).update(plan_lines(reviewed, self._forecast))
        self.query_one(ErrorBox).show(PlanError(reviewed.errors) if reviewed.errors else None)
        for item in SIDE_EFFECTS:
            self.query_one(f"#off-{item.id}", PlainCheckbox).value = item.id in reviewed.switched_off
        self.call_after_refresh(self._filled)
        ran = self.standing.ran
        self.offer("Go on importing" if ran else "Start import", enabled=not reviewed.errors)
        panel = self.query_one("#plan")
        count = len(reviewed.warnings)
        panel.border_subtitle = f"w: {count:,} warnings" if count > 1 else "w: a warning" if count else "plan.toml"
        self.refresh_bindings()
        self.app.refresh_standing()
        self.refocus(self.query_one("#primary"))

    def _filled(self) -> None:
        self._filling = self.query_one("#effects").disabled = False

    # What to switch off

    @on(PlainCheckbox.Changed)
    def _switched(self, event: PlainCheckbox.Changed) -> None:
        effect = event.checkbox.name
        if self._filling or self._reviewed is None or effect is None:
            return
        changed = self._reviewed.switched_off ^ {effect}
        self._reviewed = replace(self._reviewed, switched_off=changed)
        self._note(effect, off=event.value)

    @work(thread=True, exit_on_error=False, group="note", description="notes what is switched off")
    def _note(self, effect: str, *, off: bool) -> None:
        if off:
            tick(self.session, effect)
        else:
            untick(self.session, effect)

    # The way

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        reviewed = self._reviewed
        if action == "accept":
            return bool(reviewed is not None and reviewed.result and reviewed.undecided)
        if action == "warnings":
            return bool(reviewed is not None and reviewed.warnings)
        if action == "changes":
            return bool(reviewed is not None and reviewed.changes)
        if action == "sample":
            return True if reviewed is not None and not reviewed.errors and not self.standing.ran else None
        return super().check_action(action, parameters)

    def blocked(self) -> str | None:
        if self._reviewed is None:
            return "The plan is still being read."
        return "The plan has errors; they are named above." if self._reviewed.errors else None

    def primary(self) -> None:
        """Ask once, then import."""
        reason = self.blocked()
        if reason is not None or self._reviewed is None:
            self.say(reason or "", warn=True)
            return
        question = start_question(self._reviewed, self._forecast, self.standing)
        self.app.push_screen(ConfirmDialog(question, yes="Start import"), self._answered)

    def action_forward(self) -> None:
        if self.standing.ran:
            super().action_forward()
        else:
            self.primary()

    def _answered(self, answer: bool | None) -> None:
        if answer:
            self.say("Asking Intercom whether the token still works…")
            self.app.begin_import()

    def action_sample(self) -> None:
        """Ask, then import the newest conversations."""
        question = f"Import the newest {SAMPLE} conversations now, to look at? The full import goes on from there."
        self.app.push_screen(ConfirmDialog(question, yes="Import the sample"), self._sample_answered)

    def _sample_answered(self, answer: bool | None) -> None:
        if answer:
            self.say("Asking Intercom whether the token still works…")
            self.app.begin_import(SAMPLE)

    def action_accept(self) -> None:
        """Decide all that is undecided as the scan suggests."""
        self._accept()

    def action_warnings(self) -> None:
        """Show the plan's warnings."""
        if self._reviewed is not None:
            self.app.push_screen(dialogs.MessageDialog("Warnings on the plan", warning_lines(self._reviewed)))

    def action_changes(self) -> None:
        """Show what the changed plan affects, and which command applies it."""
        if self._reviewed is not None:
            self.app.push_screen(AffectedDialog(plan_affected(self._reviewed.changes)))

    def failed(self, error: OchreTuiError) -> None:
        self.query_one(ErrorBox).show(error)
        if self._reviewed is None:
            self.query_one("#plan").display = self.query_one("#effects").display = False
            self.offer("Start import", enabled=False)
            self.say("Correct this, then open the step again.", warn=True)


def plan_lines(reviewed: Review, estimate: Forecast | None) -> Content:
    """The plan on one page."""
    chosen = reviewed.plan.import_
    return Content("\n").join(
        [
            _line("Conversations", _conversations(estimate), _scope(chosen)),
            _line("Contacts", contacts(estimate, chosen) if estimate else "-", _with(chosen, estimate)),
            _line("Attachments", *_files(chosen, estimate)),
            _line("Admins", *_admins(reviewed)),
            _line("Attributes", *_attributes(reviewed)),
            _line(
                "Time",
                f"about {duration(estimate.seconds.likely)}" if estimate else "-",
                span(estimate.seconds) if estimate else "",
            ),
            *_changed(reviewed),
        ]
    )


def _changed(reviewed: Review) -> list[Content]:
    if not reviewed.changes:
        return []
    number = counted(len(reviewed.changes), "decision")
    return [_line("Changed since", number, "c: what each affects and what applies it")]


def start_question(reviewed: Review, estimate: Forecast | None, standing: Standing) -> str:
    """What starting means, in one sentence with its numbers."""
    source, target = clean_line(standing.source or "Intercom", 40), clean_line(standing.target or "Ochre", 40)
    if estimate is None:
        what, time = "what the plan takes in", ""
    else:
        about = "" if estimate.exact else "about "
        files = f" and about {estimate.attachments:,} attachments ({size(estimate.bytes.likely)})"
        records = f"{counted(estimate.conversations, 'conversation')}, {counted(estimate.contacts, 'contact')}"
        what = f"{about}{records}{files if estimate.attachments else ''}"
        time = f" It takes about {duration(estimate.seconds.likely)} and can be stopped at any time."
    on = len(SIDE_EFFECTS) - len(reviewed.switched_off)
    off = f" {on} of {len(SIDE_EFFECTS)} are not marked as switched off in Ochre." if on else ""
    return f"Import {what} from {source} into {target}?{time}{off}"


def warning_lines(reviewed: Review) -> Content:
    """The plan's warnings, each with its key."""
    return Content("\n").join(
        [
            Content.assemble((clean_line(notice.key, 80), "$text-accent"), "\n  ", clean_line(notice.warning))
            for notice in reviewed.warnings
        ]
    )


def _line(title: str, figure: str, more: str) -> Content:
    return Content.assemble((f"{title:15}", "$foreground-muted"), (figure, "bold"), (f"  {more}", "$foreground-muted"))


def _conversations(estimate: Forecast | None) -> str:
    if estimate is None:
        return "-"
    return f"{'' if estimate.exact else 'about '}{estimate.conversations:,}"


def _scope(chosen: Import) -> str:
    parts = [range_words(chosen)]
    if len(chosen.states) < len(STATES):
        parts.append("only " + ", ".join(chosen.states))
    if len(chosen.channels) < len(CHANNELS):
        parts.append("only " + ", ".join(chosen.channels))
    if chosen.exclude_closed_older_than_days:
        parts.append(f"no closed ones unchanged for {chosen.exclude_closed_older_than_days} days")
    return "; ".join(parts)


def _with(chosen: Import, estimate: Forecast | None) -> str:
    replies = counted(estimate.saved_replies, "saved reply", "saved replies") if estimate else "saved replies"
    return "and companies, tags, " + (replies if chosen.saved_replies else "no saved replies")


def _files(chosen: Import, estimate: Forecast | None) -> tuple[str, str]:
    if not chosen.attachments:
        return "none", ""
    images = "inline images too" if chosen.inline_images else "no inline images"
    if estimate is None:
        return "all", images
    if not estimate.attachments:
        return "none", ""
    return f"about {estimate.attachments:,}, {size(estimate.bytes.likely)}", images


def _admins(reviewed: Review) -> tuple[str, str]:
    actions = Counter(entry.action for entry in reviewed.plan.admins.values())
    seats = sum(entry.action == "invite" and entry.role != "light_agent" for entry in reviewed.plan.admins.values())
    figure = f"{actions['match']} matched, {actions['invite']} invited, {actions['skip']} skipped"
    more = [counted(seats, "more seat to pay", "more seats to pay")] if seats else []
    if reviewed.undecided_admins:
        more.append(f"{reviewed.undecided_admins:,} undecided")
    return figure, "; ".join(more)


def _attributes(reviewed: Review) -> tuple[str, str]:
    fields = reviewed.plan.fields
    entries = [*fields.contact.values(), *fields.company.values(), *fields.conversation.values()]
    actions = Counter(entry.action for entry in entries)
    figure = f"{actions['create']} created, {actions['map']} mapped, {actions['skip']} skipped"
    undecided = reviewed.undecided_attributes
    return figure, f"{undecided:,} undecided" if undecided else ""
