"""Cut over: what makes customers reach Ochre, and the moment from which they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted, day
from ochre_tui.migration.cutover.checklist import CANCEL_DAYS, CUT_OVER_DONE, READ_ONLY_DAYS, Item, Line, cut_over_items
from ochre_tui.migration.cutover.entering import enter
from ochre_tui.migration.cutover.lookups import OnFindings, check_cut_over
from ochre_tui.migration.cutover.settings import Entered
from ochre_tui.screens.check_list import CheckListScreen, Facts
from ochre_tui.screens.steps import Step
from ochre_tui.screens.work_dialog import WorkDialog
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.dialogs import InputDialog
from ochre_tui.widgets.key_bar import KeyBar

_ABOUT: Final = (
    "Nothing here is done for you: the chat widget and the mail are switched over by hand, in this order. Tick off "
    "what is done, with Space or Enter. When customers reach Ochre, declare the cut-over done: from then the 30 and 60 "
    "days of the last step are counted. It can be taken back.\n\n"
    "r looks up what can be: your site's page, the DNS, what began in Intercom since, the last pass over it. For that "
    "enter your site, your domain and what Ochre shows under Settings, Domains (e). What it finds bars nothing."
)
_ABOUT_VALUES: Final = (
    "Ochre shows the values of your workspace under Settings, Domains. Leave open what you don't know yet."
)
_FIELDS: Final = {
    "site": ("Your site", "https://acme.com, a page with the chat widget"),
    "domain": ("Support domain", "acme.com, or the support address"),
    "inbox": ("MX is set at", "inbox.acme.com, if not at the domain itself"),
    "mx_host": ("MX host", "as Ochre shows it"),
    "spf_include": ("SPF include", "as Ochre shows it"),
    "dkim_selector": ("DKIM selector", "as Ochre shows it, before ._domainkey"),
    "dkim_record": ("DKIM record", "v=DKIM1; p=…, or the name of a CNAME record"),
    "name_server": ("Name server", "to be asked instead of this machine's: 9.9.9.9"),
}


class CutOverScreen(CheckListScreen):
    """The guide's step 7."""

    STEP = Step.CUT_OVER
    ABOUT = _ABOUT
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "enter", "Values", tooltip="Your site and domain, and what Ochre shows for them"),
        Binding("c", "declare", "Declare done", tooltip="From now on customers reach Ochre; or take that back"),
    ]
    NEEDS_THE_LIST = CheckListScreen.NEEDS_THE_LIST | {"enter", "declare"}

    def items(self, facts: Facts) -> tuple[Item, ...]:
        return cut_over_items(facts.app_id, facts.slug, facts.values)

    def lookup(self, on_findings: OnFindings) -> None:
        check_cut_over(self.session, on_findings)

    def action_enter(self) -> None:
        """Enter the values, then look up by them."""
        if self.facts is not None:
            self.app.push_screen(CutOverValuesDialog(self.facts.values), self._entered)

    def _entered(self, saved: bool | None) -> None:
        if saved:
            self.read()
            self.action_look_up()

    def headline(self, facts: Facts, lines: list[Line]) -> Content:
        if facts.cut_over_at is not None:
            return Content.styled(f"Customers reach Ochre since {day(facts.cut_over_at)}.", "bold $text-success")
        left = sum(line.done_at is None for line in lines)
        if left:
            return Content("Intercom still serves your customers. Space ticks off what is done.")
        return Content.styled("Everything is done: declare the cut-over done (c).", "bold $text-accent")

    def listed(self) -> None:
        done = self.facts is not None and self.facts.cut_over_at is not None
        self.offer(self.onward if done else "Declare the cut-over done")

    def primary(self) -> None:
        if self.facts is None or self.facts.cut_over_at is not None:
            super().primary()
        else:
            self.action_declare()

    def action_declare(self) -> None:
        """Ask for the workspace's name, as nobody types that by mistake; or take the declaration back."""
        if self.facts is None:
            return
        if self.facts.cut_over_at is not None:
            self.note(CUT_OVER_DONE, done=False)
            return
        left = sum(line.done_at is None for line in self.lines)
        open_ = f"{counted(left, 'item is', 'items are')} not ticked off. " if left else ""
        question = (
            f"{open_}From today the {READ_ONLY_DAYS} and {CANCEL_DAYS} days are counted. If your customers reach Ochre "
            f"now, type the name of the Intercom workspace: {clean_line(self.facts.intercom, 60)}"
        )
        self.app.push_screen(InputDialog(question), self._typed)

    def _typed(self, name: str | None) -> None:
        if name is None or self.facts is None:
            return
        if name.strip().casefold() != self.facts.intercom.strip().casefold():
            self.say("Another name: nothing was declared.", warn=True)
            return
        self.say("")
        self.note(CUT_OVER_DONE, done=True)


class CutOverValuesDialog(WorkDialog[bool]):
    """The operator's site and domain, and what Ochre shows for them: a field for each; True once they are kept."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc"),
        Binding("tab,down", "app.focus_next", "Next field", key_display="tab"),
        Binding("up", "app.focus_previous", show=False),
        Binding("enter", "keep", "Keep and look up", key_display="⏎"),
    ]

    @dataclass
    class Saved(Message):
        """The values are kept."""

    def __init__(self, values: Entered) -> None:
        super().__init__()
        self._values = values

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = "Values of the cut-over"
            yield Static(_ABOUT_VALUES, classes="muted", markup=False)
            yield ErrorBox()
            for name, (label, hint) in _FIELDS.items():
                with Horizontal(classes="field"):
                    yield Static(label, classes="label", markup=False)
                    yield Input(getattr(self._values, name) or "", placeholder=hint, name=name, compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Keep and look up", id="keep", compact=True, variant="primary")
            yield KeyBar()

    @on(Input.Submitted)
    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        """Keep them all, or none and say which can't be right."""
        self.query_one(ErrorBox).show(None)
        self._keep({field.name or "": field.value for field in self.query(Input)})

    @work(thread=True, exclusive=True, exit_on_error=False, group="values", description="keeps the cut-over's values")
    def _keep(self, given: Mapping[str, str]) -> None:
        enter(self.app.session, given)
        self.post_message(self.Saved())

    @on(Saved)
    def _saved(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(False)
