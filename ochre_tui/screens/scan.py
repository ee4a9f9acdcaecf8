"""The dry run, live, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar, Final

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static, TabbedContent, TabPane
from textual.widgets.option_list import Option

from ochre_tui.core.errors import CredentialError, OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.migration.plan.model import toml_key
from ochre_tui.migration.scan.result import ScanResult, ScanWarning
from ochre_tui.migration.scan.run import ScanProgress, scan
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets import dialogs
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.glyphs import Mark, mark
from ochre_tui.widgets.scan_overview import ScanOverview

_ABOUT: Final = (
    "The scan reads Intercom's lists and a few dozen conversations, and changes nothing on either side. It counts what "
    "there is, estimates files and time, and names what will need a look. Run it again at any time: decisions that "
    "were made stay as they are."
)
_BEFORE: Final = (
    "The scan reads what Intercom has and changes nothing on either side. It tells how much there is, how long the "
    "import takes, which admins and attributes there are, what stays behind, and which problems to expect.\n\n"
    "It reads the lists and a few dozen conversations in full, so it takes minutes where the import takes hours."
)
_STEPS: Final[dict[str, str]] = {
    "workspace": "Admins, teams, tags, attributes",
    "conversations": "Conversations",
    "contacts": "Contacts",
    "companies": "Companies",
    "macros": "Macros",
    "sample": "Sample read in full",
}


class ScanScreen(StepScreen):
    """Before, while and after Intercom is scanned."""

    STEP = Step.SCAN
    ABOUT = _ABOUT
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "view('overview')", "Views", key_display="1-3", tooltip="Overview, what stays behind, problems"),
        Binding("2", "view('behind')", show=False),
        Binding("3", "view('problems')", show=False),
        Binding("r", "scan", "Scan again", tooltip="Read Intercom once more"),
    ]

    @dataclass
    class ResultRead(Message):
        """The result of the last scan, if there is one."""

        result: ScanResult | None

    @dataclass
    class Progressed(Message):
        """How far the scan is."""

        progress: dict[str, ScanProgress]
        elapsed: int

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, type(self))

    def __init__(self) -> None:
        super().__init__()
        self._result: ScanResult | None = None
        self._scanning = False
        self._refused = False
        """Whether Intercom took the token no longer."""

    def compose_body(self) -> ComposeResult:
        yield ErrorBox()
        yield Static(_BEFORE, id="before", markup=False)
        with Vertical(id="progress", classes="panel") as panel:
            panel.border_title = "Reading Intercom"
            yield Static("", id="steps", markup=False)
        with TabbedContent(id="result"):
            with TabPane("Overview", id="overview"):
                yield ScanOverview()
            with TabPane("Stays behind", id="behind"):
                yield Static("", id="left-behind", markup=False)
            with TabPane("Problems", id="problems"):
                yield OptionList(id="warnings", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._show_only("")
        self.say("Reading what the last scan found…")
        self._look()

    def _show_only(self, part: str) -> None:
        for name in ("before", "progress", "result"):
            self.query_one(f"#{name}").display = name == part
        self.refresh_bindings()

    @work(thread=True, exclusive=True, exit_on_error=False, group="scan", description="reads the last scan")
    def _look(self) -> None:
        self.post_message(self.ResultRead(self.app.plan.scanned()))

    # Scanning

    def primary(self) -> None:
        if self._refused:
            self.app.reconnect()
        elif self._result is None:
            self.action_scan()
        else:
            self.action_forward()

    def action_scan(self) -> None:
        """Scan Intercom, live."""
        if not self._scanning:
            self.watch_scan()
            self._scan()

    def watch_scan(self) -> None:
        """Show how far the scan is."""
        self._scanning, self._refused = True, False
        self.query_one(ErrorBox).show(None)
        self._show_only("progress")
        self._show_steps({}, 0)
        self.offer("Scanning", enabled=False)
        self.say("Nothing is changed on either side.")

    @work(thread=True, exclusive=True, exit_on_error=False, group="scan", description="scans Intercom")
    def _scan(self) -> None:
        began = self.session.now()
        steps: dict[str, ScanProgress] = {}

        def on_progress(progress: ScanProgress) -> None:
            steps[progress.step] = progress
            self.post_message(self.Progressed(dict(steps), round(self.session.now() - began)))

        scan(self.session, on_progress)
        self.post_message(self.ResultRead(self.app.plan.scanned()))

    @on(Progressed)
    def _progressed(self, message: Progressed) -> None:
        if self._scanning:
            self._show_steps(message.progress, message.elapsed)

    def _show_steps(self, progress: dict[str, ScanProgress], elapsed: int) -> None:
        lines = [self._line(step, words, progress.get(step)) for step, words in _STEPS.items()]
        self.query_one("#steps", Static).update(Content("\n").join(lines))
        self.query_one("#progress").border_subtitle = f"{elapsed} s"

    def _line(self, step: str, words: str, progress: ScanProgress | None) -> Content:
        if progress is None:
            return Content.styled(f"{mark(self.app, 'open')} {words:34}{'-':>12}", "$foreground-muted")
        complete = progress.total is not None and progress.done >= progress.total
        sign: Mark = "done" if complete else "waiting"
        count = f"{progress.done:,}" if step != "workspace" else ""
        of = f" of {progress.total:,}" if progress.total is not None else ""
        return Content.assemble((f"{mark(self.app, sign)} ", "$text-accent"), f"{words:34}{count:>12}{of}")

    def failed(self, error: OchreTuiError) -> None:
        self._scanning, self._refused = False, isinstance(error, CredentialError)
        self._show_only("result" if self._result is not None else "before")
        self.query_one(ErrorBox).show(error)
        self.say("")
        again = "Enter another token" if self._refused else "Scan again"
        self.offer(again if self._refused or self._result is None else self.onward)
        self.refocus(self.query_one("#primary"))

    # The result

    @on(ResultRead)
    def _show_last(self, message: ResultRead) -> None:
        fresh = self._scanning
        self._scanning = False
        self._result = message.result
        if message.result is None:
            self._show_only("before")
            self.say("")
            self.offer("Scan Intercom")
            self.refocus(self.query_one("#primary"))
            return
        self._show_result(message.result)
        if fresh:
            self.app.refresh_standing()

    def _show_result(self, result: ScanResult) -> None:
        self._show_only("result")
        self.query_one(ScanOverview).result = result
        self.query_one("#left-behind", Static).update(_left_behind(result))
        warnings = self.query_one("#warnings", OptionList)
        warnings.clear_options()
        warnings.add_options(Option(problem(self.app, warning), id=str(n)) for n, warning in enumerate(result.warnings))
        warnings.highlighted = 0 if result.warnings else None
        count = len(result.warnings)
        tab = self.query_one(TabbedContent).get_tab("problems")
        tab.label = Content(f"Problems ({count})" if count else "No problems")
        self.say(self._pointer() if count else "")
        self.offer(self.onward)
        self.refocus(self.query_one("#primary"))

    def _pointer(self) -> str:
        return f"{mark(self.app, 'warning')} Key 3 shows what needs a look."

    def action_view(self, pane: str) -> None:
        """Show a part of the result."""
        self.query_one(TabbedContent).active = pane
        self.refocus(self.query_one("#warnings" if pane == "problems" else "#primary"))

    @on(TabbedContent.TabActivated)
    def _pane_shown(self, event: TabbedContent.TabActivated) -> None:
        if self._result is not None and self._result.warnings:
            listed = event.pane.id == "problems"
            self.say("Enter opens the records behind a problem." if listed else self._pointer())

    @on(OptionList.OptionSelected, "#warnings")
    def _open_warning(self, event: OptionList.OptionSelected) -> None:
        if self._result is not None and event.option.id is not None:
            warning = self._result.warnings[int(event.option.id)]
            self.app.push_screen(dialogs.MessageDialog("What is behind it", records_behind(warning, self._result)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "view":
            return self._result is not None and not self._scanning
        if action == "scan":
            return self._result is not None and not self._scanning
        return super().check_action(action, parameters)

    def blocked(self) -> str | None:
        if self._scanning:
            return "The scan is not done yet."
        return None if self._result is not None else "Scan Intercom first."


def _left_behind(result: ScanResult) -> Content:
    rows = sorted(result.left_behind.items(), key=lambda row: (row[1] == 0, row[0]))
    cells = [
        Content.styled(
            f"{what.replace('_', ' ').capitalize():24}{'not told' if count is None else f'{count:,}':>10}",
            "$foreground-muted" if count == 0 else "",
        )
        for what, count in rows
    ]
    half = -(-len(cells) // 2)
    pairs = zip_longest(cells[:half], cells[half:], fillvalue=Content(""))
    about = Content.styled("Ochre has no place for these, or begins anew with them.", "$foreground-muted")
    return Content("\n").join([about, Content(""), *(Content("    ").join(pair) for pair in pairs)])


_MEANING = {
    "over_500_parts": "Intercom gives out the newest 500 parts of a conversation; what is older can't be read.",
    "restricted_macros": "They were for some people only; in Ochre everybody sees saved replies.",
    "contacts_will_merge": "They become one customer each, which keeps every id and address.",
    "archived_attributes": "Decide under Map attributes whether they are still wanted.",
    "undefined_attributes": "Their values come over as unmapped, under the name they have.",
    "misfitting_values": "Choose another type under Map attributes, or leave them as unmapped: nothing is lost.",
    "missing_scope": "The import works without it; only the count is missing.",
    "unavailable": "The import is not affected; scan again later for the count.",
    "same_name_admins": "Look at them under Map admins.",
    "unreadable_times": "They come over without a time, which is kept raw.",
    "small_sample": "The estimate is rough.",
    "no_rate_limit": "The estimate is rough.",
}
_CONVERSATIONS = {"over_500_parts", "unreadable_times", "unavailable"}


def problem(app: App[Any], warning: ScanWarning) -> Content:
    """A problem on one line or two."""
    return Content.assemble((f"{mark(app, 'warning')} ", "$text-warning"), clean_line(warning.message, 400))


def records_behind(warning: ScanWarning, result: ScanResult) -> Content:
    """What the problem means, and the records that have it, as far as the scan kept them."""
    lines = [Content.styled(clean_line(warning.message, 400), "bold"), Content(_MEANING.get(warning.code, ""))]
    if warning.ids:
        lines.append(Content(""))
        lines += [Content(_named(id_, warning, result)) for id_ in warning.ids]
        if warning.count > len(warning.ids):
            lines.append(Content.styled(f"and {warning.count - len(warning.ids):,} more", "$foreground-muted"))
    return Content("\n").join(lines)


def _named(id_: str, warning: ScanWarning, result: ScanResult) -> str:
    """A record by what people know it by."""
    if warning.code == "same_name_admins":
        admin = next((admin for admin in result.admins if admin.id == id_), None)
        return clean_line(f"{admin.name}  {admin.email or 'no e-mail'}  (id {id_})" if admin else id_)
    if warning.code in {"misfitting_values", "archived_attributes"}:
        field = next((field for field in result.fields if toml_key((field.scope, field.name)) == id_), None)
        misfits = f", {field.misfits:,} do not fit" if field and field.misfits else ""
        return clean_line(f"{field.scope} {field.name}  {field.usage:,} in use{misfits}" if field else id_)
    if warning.code in _CONVERSATIONS and id_.isdigit():
        return f"conversation {id_}"
    return clean_line(f"contact {id_}" if warning.code == "contacts_will_merge" else id_)
