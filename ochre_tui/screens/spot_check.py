"""Spot-check: a conversation as Intercom has it beside what Ochre has, message by message."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean_line
from ochre_tui.migration import connection
from ochre_tui.migration.verify import spot_check
from ochre_tui.migration.verify.spot_check import ENOUGH, NothingImportedError, SpotCheck
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.dialogs import InputDialog
from ochre_tui.widgets.side_by_side import SideBySide

_ABOUT: Final = (
    "Left is the conversation as Intercom gave it, with its own words for the kinds of parts; right is what Ochre "
    "has. Look at the texts, who wrote them, notes that customers must not see, and the files. Choose at random, or "
    "by the link or number of a conversation that you know."
)


class SpotCheckScreen(StepScreen):
    """One conversation at a time, marked once it was looked at."""

    STEP = Step.SPOT_CHECK
    ABOUT = _ABOUT
    DEFAULT_CSS = """
    SpotCheckScreen #which { height: 2; }
    SpotCheckScreen #which.-error { color: $text-error; }
    SpotCheckScreen #thread { height: 1fr; }
    SpotCheckScreen SideBySide { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "another", "Another", tooltip="Another conversation at random, one not looked at yet"),
        Binding("slash", "find", "Find", key_display="/", tooltip="A conversation by its link or number in Intercom"),
        Binding("space", "mark", "Looked at", tooltip="Mark as looked at, or take the mark away"),
        Binding("down", "scroll(1)", "Scroll", key_display="↑↓", tooltip="Scroll"),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(12)", show=False, key_display="pgdn", tooltip="Scroll by a page"),
        Binding("pageup", "scroll(-12)", show=False),
        Binding("f", "app.find_customer", "Customer", tooltip="Find a customer, then one of their conversations"),
    ]

    @dataclass
    class Read(Message):
        """A conversation was read from both sides; `seen` is how many were looked at so far."""

        conversation: SpotCheck
        seen: int

    @dataclass
    class Marked(Message):
        """The mark is kept; `then_another`: another conversation is wanted now."""

        at: int | None
        seen: int
        then_another: bool

    def __init__(self, rng: random.Random | None = None) -> None:
        super().__init__()
        self._rng = rng or random.Random()  # noqa: S311 - a choice of what to look at
        self._conversation: SpotCheck | None = None
        self._seen = 0
        self._coming = True
        self._nothing = False
        """Whether there is no conversation to look at."""

    def compose_body(self) -> ComposeResult:
        yield ErrorBox()
        yield Static("Choosing a conversation…", id="which", markup=False)
        with VerticalScroll(id="thread", classes="panel", can_focus=False):
            yield SideBySide()

    def on_mount(self) -> None:
        super().on_mount()
        wanted, self.app.wanted_conversation = self.app.wanted_conversation, None
        self._look(wanted)

    @work(thread=True, exclusive=True, exit_on_error=False, group="look", description="reads a conversation")
    def _look(self, link: str | None) -> None:
        with self.session.store() as store, self.session.target() as workspace:
            if link is None:
                intercom_id = spot_check.any_conversation(store, self._rng)
            else:
                intercom_id = spot_check.find(workspace, link)
            conversation = spot_check.look(store, workspace, connection.pinned(store).id_code, intercom_id)
            self.post_message(self.Read(conversation, spot_check.looked_at(store)))

    @work(thread=True, exclusive=True, exit_on_error=False, group="mark", description="marks a conversation")
    def _mark(self, intercom_id: str, at: int | None, *, then_another: bool) -> None:
        with self.session.store() as store:
            spot_check.mark(store, intercom_id, at)
            seen = spot_check.looked_at(store)
        self.post_message(self.Marked(at, seen, then_another))

    @on(Marked)
    def _show_mark(self, message: Marked) -> None:
        self._seen, self._coming = message.seen, message.then_another
        if self._conversation is not None:
            self._conversation = self._conversation.marked(message.at)
        self._paint()
        self.app.refresh_standing()
        if message.then_another:
            self.action_another()

    @on(Read)
    def _show(self, message: Read) -> None:
        self._conversation, self._seen, self._coming = message.conversation, message.seen, False
        self.query_one(ErrorBox).show(None)
        self.query_one("#which").display = self.query_one("#thread").display = True
        self.query_one(SideBySide).conversation = message.conversation
        self.query_one("#thread").scroll_home(animate=False)
        self._paint()
        if self.focused is None:
            self.refocus(self.query_one("#primary"))

    def failed(self, error: OchreTuiError) -> None:
        self._coming = False
        if self._conversation is not None:
            self._paint()
            super().failed(error)
            return
        self.say("")
        self.query_one(ErrorBox).show(error)
        self.query_one("#which").display = self.query_one("#thread").display = False
        self._nothing = isinstance(error, NothingImportedError)
        self.offer(self.onward if self._nothing else "Choose another")
        self.refocus(self.query_one("#primary"))

    def _paint(self) -> None:
        conversation = self._conversation
        if conversation is None:
            return
        looked = Content.styled(" looked at", "$text-success") if conversation.looked_at else Content("")
        title = Content.assemble((clean_line(conversation.subject, 60), "bold"), looked)
        ids = f"Intercom {conversation.intercom_id}, Ochre {conversation.conversation_id}"
        self.query_one("#which", Static).update(
            Content("\n").join([title, Content.styled(clean_line(ids, 120), "$foreground-muted")])
        )
        self.query_one("#thread").border_title = Content(f"{len(conversation.pairs):,} messages")
        self.say(f"{self._seen} of {ENOUGH} looked at" if self._seen < ENOUGH else f"{self._seen} looked at")
        enough = self._seen >= ENOUGH
        self.offer(self.onward if enough else "Looks right: another")
        self.refresh_bindings()

    def primary(self) -> None:
        """Mark this one and show another, until a handful was looked at; nothing while one is on its way."""
        if self._seen >= ENOUGH or self._nothing:
            self.action_forward()
        elif self._conversation is None and not self._coming:
            self.action_another()
        elif self._conversation is not None and not self._coming:
            self._coming = True
            self._mark(self._conversation.intercom_id, int(self.session.now()), then_another=self._seen + 1 < ENOUGH)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "mark":
            return True if self._conversation is not None else None
        return super().check_action(action, parameters)

    def action_another(self) -> None:
        """Another conversation at random."""
        self._look_up(None)

    def action_find(self) -> None:
        """Ask for a link or a number."""
        question = "The address of a conversation in Intercom, or its number:"
        self.app.push_screen(InputDialog(question, hint="https://app.intercom.com/a/inbox/…"), self._link_entered)

    def _link_entered(self, link: str | None) -> None:
        if link is not None and link.strip():
            self._look_up(link)

    def _look_up(self, link: str | None) -> None:
        """Read another conversation; the one that is shown stays until then."""
        self.say("Looking for the conversation…" if link else "Choosing another conversation…")
        self._look(link)

    def action_mark(self) -> None:
        """Mark this one as looked at, or take the mark away."""
        if self._conversation is not None:
            at = None if self._conversation.looked_at else int(self.session.now())
            self._mark(self._conversation.intercom_id, at, then_another=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#thread").scroll_relative(y=lines, animate=False)
