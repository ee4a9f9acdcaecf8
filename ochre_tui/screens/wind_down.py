"""Wind down: Intercom's last weeks, tokens, and what is left on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import day, size
from ochre_tui.migration.cutover.calendar_file import write_calendar
from ochre_tui.migration.cutover.checklist import CANCEL_DAYS, DAY_S, READ_ONLY_DAYS, Item, Line, wind_down_items
from ochre_tui.migration.cutover.lookups import OnFindings, check_wind_down
from ochre_tui.migration.report.export import export
from ochre_tui.migration.report.write import REPORT, write_report
from ochre_tui.screens.check_list import CheckListScreen, Facts
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.dialogs import InputDialog, MessageDialog

_ABOUT: Final = (
    "Intercom stays read-only for at least 30 days; most teams cancel after 60. What is in Ochre is stored there and "
    "does not depend on Intercom. Revoke the tokens and delete the local data once nothing is to be imported any more."
    "\n\n"
    "r looks up what can be: the days, a pass over Intercom after the cut-over that found nothing new, the last "
    "export, whether Intercom refuses the token, what is left on this machine. d writes the dates to a calendar file."
    "\n\n"
    "w writes the report on the migration, a page to hand over, x an export of everything in the Ochre workspace; both "
    "go into the migration's reports folder."
)


class WindDownScreen(CheckListScreen):
    """The guide's step 8."""

    STEP = Step.WIND_DOWN
    ABOUT = _ABOUT
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "dates", "Dates", tooltip="Write the 30 and the 60 days to a calendar file"),
        Binding("w", "report", "Save report", tooltip="Write the report on the migration: one page, to hand over"),
        Binding("x", "export", "Export", tooltip="Write everything in the Ochre workspace to a ZIP"),
    ]

    @dataclass
    class Written(Message):
        """The calendar file is there."""

        path: Path

    @dataclass
    class Saved(Message):
        """A file was written."""

        words: str

    def items(self, facts: Facts) -> tuple[Item, ...]:
        return wind_down_items(facts.name)

    def lookup(self, on_findings: OnFindings) -> None:
        check_wind_down(self.session, on_findings)

    def action_dates(self) -> None:
        """Ask where the calendar file goes; without the cut-over there are no dates."""
        if self.facts is None or self.facts.cut_over_at is None:
            self.say("Declare the cut-over done first: the days are counted from it.", warn=True)
            return
        question = "A calendar file with the 30 and the 60 days, for any calendar to import:"
        self.app.push_screen(InputDialog(question, value=str(Path.home() / "intercom-wind-down.ics")), self._where)

    def _where(self, path: str | None) -> None:
        if path is not None and path.strip():
            self._write_dates(Path(path.strip()).expanduser())

    @work(thread=True, exclusive=True, exit_on_error=False, group="dates", description="writes a calendar file")
    def _write_dates(self, out: Path) -> None:
        with self.session.store() as store:
            write_calendar(store, out, int(self.session.now()))
        self.post_message(self.Written(out))

    @on(Written)
    def _written(self, message: Written) -> None:
        self.say(f"The dates are in {clean_line(str(message.path))}.")

    def headline(self, facts: Facts, lines: list[Line]) -> Content:
        if all(line.done_at is not None for line in lines):
            return Content.styled("The migration is over. Nothing is left to do.", "bold $text-success")
        if facts.cut_over_at is None:
            return Content.styled("The days are counted from the cut-over, which is not declared yet.", "$text-warning")
        until, cancel = (facts.cut_over_at + days * DAY_S for days in (READ_ONLY_DAYS, CANCEL_DAYS))
        return Content.assemble(
            "Read-only at least until ", (day(until), "bold"), "; most teams cancel from ", (day(cancel), "bold"), "."
        )

    def listed(self) -> None:
        self.offer(self.onward)

    # Files

    def action_report(self) -> None:
        """Write the report."""
        self.say("Writing the report…")
        self._save_report()

    def action_export(self) -> None:
        """Write the export."""
        self.say("Writing the export…")
        self._save_export()

    @work(thread=True, exclusive=True, exit_on_error=False, group="save", description="writes the report")
    def _save_report(self) -> None:
        out = self.session.paths.reports / REPORT
        write_report(self.session, out)
        self.post_message(self.Saved(f"The report is in {out}"))

    @work(thread=True, exclusive=True, exit_on_error=False, group="save", description="writes the export")
    def _save_export(self) -> None:
        out = self.session.paths.reports / "export.zip"
        written = export(self.session, out)
        self.post_message(self.Saved(f"The export ({size(written.bytes)}) is in {out}"))

    @on(Saved)
    def _saved(self, message: Saved) -> None:
        self.say("")
        self.app.push_screen(MessageDialog("Written", Content(clean_line(message.words, 1000))))
