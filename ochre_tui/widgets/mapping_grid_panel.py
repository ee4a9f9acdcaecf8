"""A sheet of decisions on the screen: the grid, what there is to know of its row, the keys, the search."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ochre_tui.core.text import clean_line
from ochre_tui.migration.mapping.sheet import Change, Choice, Sheet, Show
from ochre_tui.widgets.glyphs import Mark, mark
from ochre_tui.widgets.mapping_grid import Cell, Column, MappingGrid
from ochre_tui.widgets.picker import Picker, PickerDialog
from ochre_tui.widgets.titled_frame import TitledFrame

_WIDE: Final = 92
_SHOWS: Final[tuple[Show, ...]] = ("all", "undecided", "problem", "decided")
_SHOW_WORDS: Final[dict[Show, str]] = {
    "all": "all",
    "undecided": "to decide",
    "problem": "with a problem",
    "decided": "decided",
}
STATUS: Final[dict[str, tuple[Mark, str, str]]] = {
    "undecided": ("open", "to decide", "grid--muted"),
    "decided": ("done", "decided", "grid--good"),
    "problem": ("warning", "problem", "grid--problem"),
}
"""Each status's mark, word and style in the grid."""

S = TypeVar("S", bound=Sheet[Any, Any])


class MappingPanel(Vertical, Generic[S]):
    """Subclasses say what a row shows and what there is to know of it."""

    DEFAULT_CSS = """
    MappingPanel {
        height: 1fr;
        & #split { height: 1fr; }
        & #grid-box { width: 1fr; padding: 0; }
        & #side { display: none; width: 38; margin-left: 1; }
        & #facts { height: 1fr; }
        & #strip { height: 3; text-wrap: nowrap; text-overflow: ellipsis; }
        & #sums { height: 1; color: $foreground-muted; text-wrap: nowrap; text-overflow: ellipsis; }
        & #search { display: none; margin: 0; }
        &.-searching #search { display: block; }
        &.-beside #side { display: block; }
        &.-beside #strip { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "Accept", id="map.accept", tooltip="Accept the suggestion, or those of the marked rows"),
        Binding("A", "accept_certain", "All certain", id="map.certain", tooltip="Accept every certain suggestion"),
        Binding("s", "skip", "Skip", id="map.skip", tooltip="Leave the row out, or the marked ones"),
        Binding("n", "next_open", "Next", id="map.next", tooltip="To the next row that needs a decision"),
        Binding("u", "undo", "Undo", id="map.undo", tooltip="Take the last step back"),
        Binding("r", "redo", "Redo", id="map.redo", show=False, tooltip="Do again what was taken back"),
        Binding("greater_than_sign", "screen.forward", "Next step", key_display=">", id="app.forward"),
        Binding("slash", "search", "Search", id="map.search", key_display="/", tooltip="Show the rows with some words"),
        Binding("f", "filter", "Filter", id="map.filter", tooltip="Show all rows, or those to decide, and so on"),
        Binding("e", "write_csv", "CSV out", id="map.csv_out", show=False, tooltip="Write all rows to a CSV file"),
        Binding("i", "read_csv", "CSV in", id="map.csv_in", show=False, tooltip="Read decisions from a CSV file"),
        Binding(
            "escape", "clear", "Clear", id="map.clear", key_display="esc", tooltip="Clear marks, search and filter"
        ),
    ]

    @dataclass
    class Changed(Message):
        """Decisions have changed; `words` tell how."""

        words: str

    @dataclass
    class WriteCsv(Message):
        """The sheet is to be written to a file."""

    @dataclass
    class ReadCsv(Message):
        """Decisions are to be read from a file."""

    @dataclass
    class Notice(Message):
        """A sentence for the operator."""

        words: str

    columns: ClassVar[Sequence[Column]]
    title: ClassVar[str]

    def __init__(self, sheet: S) -> None:
        super().__init__()
        self.sheet = sheet
        self.show: Show = "all"
        self.words = ""

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Words to look for", compact=True, id="search")
        with Horizontal(id="split"):
            with TitledFrame(id="grid-box", classes="panel") as box:
                box.styles.padding = 0
                yield MappingGrid(self.columns, self.cells)
            with Vertical(id="side", classes="panel"):
                yield Static(id="facts", markup=False)
        yield Static(id="strip", markup=False)
        yield Static(id="sums", markup=False)

    def on_mount(self) -> None:
        self._refill()
        following = self.sheet.next_open(None, self.grid.keys)
        if following is not None:
            self.grid.move_to(following)
        self._show_sums()
        self._show_row()

    @abstractmethod
    def cells(self, key: Any) -> Sequence[Cell]:
        """A row's cells in the columns' order."""

    @abstractmethod
    def title_of(self, key: Any) -> str:
        """What a row is called."""

    @abstractmethod
    def facts(self, key: Any) -> Iterable[tuple[str, str, str]]:
        """What there is to know of a row: (label, text, style)."""

    @abstractmethod
    def brief(self, key: Any) -> Sequence[Content]:
        """The same in three lines."""

    @abstractmethod
    def sums(self) -> Content:
        """What the decisions come to."""

    @property
    def grid(self) -> MappingGrid:
        return self.query_one(MappingGrid)

    def status_cell(self, key: Any) -> Cell:
        """The mark of a row's status, or that it is marked."""
        if key in self.grid.marked:
            return Cell(mark(self.app, "bar"), "grid--marked")
        sign, _, style = STATUS[self.sheet.status(key)]
        return Cell(mark(self.app, sign), style)

    # What changes

    def action_accept(self) -> None:
        self._on_targets(self.sheet.accept, "Nothing to accept: it is as suggested.")

    def action_skip(self) -> None:
        self._on_targets(self.sheet.skip, "Skipped already.")

    def action_accept_certain(self) -> None:
        self._changed(self.sheet.accept_certain(), "No certain suggestion is left to accept.")
        self._show_row()

    def action_undo(self) -> None:
        self._changed(self.sheet.undo(), "Nothing to undo.", "Undone: ")
        self._show_row()

    def action_redo(self) -> None:
        self._changed(self.sheet.redo(), "Nothing to redo.", "Again: ")
        self._show_row()

    def action_write_csv(self) -> None:
        self.post_message(self.WriteCsv())

    def action_read_csv(self) -> None:
        self.post_message(self.ReadCsv())

    def decide(self, what: str, entries: dict[Any, Any]) -> None:
        """Set these entries as one step."""
        self._changed(self.sheet.decide(what, entries), "Nothing was to change.")
        self._show_row()

    def _on_targets(self, act: Callable[[Sequence[Any]], Change[Any, Any] | None], otherwise: str) -> None:
        keys = self.grid.targets
        if not keys:
            return
        following = self._following() if len(keys) == 1 else None
        self._changed(act(keys), otherwise)
        self._go_on_to(following)

    def _go_on_to(self, following: Any | None) -> None:
        """To the row after the one that was decided; nothing is marked any more."""
        if following in self.grid.keys:
            self.grid.move_to(following)
        else:
            self._show_row()
        self.grid.clear_marks()

    def _following(self) -> Any | None:
        place = self.grid.keys.index(self.grid.key) + 1
        return self.grid.keys[place] if place < len(self.grid.keys) else None

    def _changed(self, change: Change[Any, Any] | None, otherwise: str, before: str = "") -> None:
        """Show and tell a change, but for the row's facts; where there is none, say so."""
        if change is None:
            self.post_message(self.Notice(otherwise))
            return
        if self.show == "all":
            self.grid.redraw(list(change.after))
            self._show_title()
        else:
            self._refill()
        if before and (first := next(iter(change.after))) in self.grid.keys:
            self.grid.move_to(first)
        self.post_message(self.Changed(before + change.words))
        self._show_sums()
        self.refresh_bindings()

    # The picker

    @on(MappingGrid.Chosen)
    def _open_picker(self, event: MappingGrid.Chosen) -> None:
        event.stop()
        keys = list(event.keys)
        choices = self.sheet.choices(keys)
        beside = self.has_class("-beside")
        picker = Picker(self.about(keys), choices, self._place_now(keys, choices), stacked=beside)
        title = self.title_of(keys[0]) if len(keys) == 1 else self.sheet.count(len(keys))
        self._picking = (keys, picker)
        if not beside:
            self.app.push_screen(PickerDialog(title, picker), self._picked)
            return
        self.query_one("#facts").display = False
        self.query_one("#side", Vertical).mount(picker)

    def about(self, keys: Sequence[Any]) -> Content:
        """What the picker chooses for."""
        if len(keys) > 1:
            return Content(f"For {self.sheet.count(len(keys))} at once.")
        return Content("\n").join(self.brief(keys[0])[:2])

    @on(Picker.Chosen)
    def _chosen_beside(self, event: Picker.Chosen) -> None:
        event.stop()
        self._picking[1].remove()
        self.query_one("#facts").display = True
        self._picked(event.choice)
        self.grid.focus()

    def _picked(self, choice: Choice[Any, Any] | None) -> None:
        keys = self._picking[0]
        if choice is not None:
            following = self._following() if len(keys) == 1 else None
            self._changed(self.sheet.choose(choice, keys), "It is that already.")
            self._go_on_to(following)

    def _place_now(self, keys: Sequence[Any], choices: Sequence[Choice[Any, Any]]) -> int | None:
        entry = self.sheet.entry(keys[0]) if len(keys) == 1 else None
        if entry is None:
            return None
        places = (n for n, choice in enumerate(choices) if not choice.refused and choice.make(keys[0]) == entry)
        return next(places, None)

    # What is shown

    def action_next_open(self) -> None:
        following = self.sheet.next_open(self.grid.key, self.grid.keys)
        if following is None:
            self.post_message(self.Notice("Nothing is left to decide here."))
        else:
            self.grid.move_to(following)

    def action_filter(self) -> None:
        self.show = _SHOWS[(_SHOWS.index(self.show) + 1) % len(_SHOWS)]
        self._refill()

    def action_search(self) -> None:
        self.add_class("-searching")
        self.query_one("#search").focus()

    def action_clear(self) -> None:
        if self.query_one("#search").has_focus or self.words:
            self.query_one("#search", Input).value = ""
            self.remove_class("-searching")
            self.grid.focus()
        elif self.grid.marked:
            self.grid.clear_marks()
        else:
            self.show = "all"
            self._refill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":
            searching = self.has_class("-searching") or bool(self.words)
            return searching or bool(self.grid.marked) or self.show != "all"
        if not self.grid.has_focus:
            # Something else has it: letters that are typed there are letters.
            return False
        possible = {
            "accept_certain": lambda: bool(self.sheet.certain()),
            "next_open": lambda: self.sheet.tally().open > 0,
            "undo": lambda: self.sheet.can_undo,
            "redo": lambda: self.sheet.can_redo,
        }
        return possible[action]() if action in possible else True

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self.words = event.value
        self._refill()

    @on(Input.Submitted, "#search")
    def _search_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_class(bool(self.words), "-searching")
        self.grid.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "down" and self.query_one("#search").has_focus:
            event.stop()
            self.grid.focus()

    @on(MappingGrid.Highlighted)
    def _highlighted(self, event: MappingGrid.Highlighted) -> None:
        event.stop()
        self._show_row()

    @on(MappingGrid.Marked)
    def _marked(self, event: MappingGrid.Marked) -> None:
        event.stop()
        self._show_title()
        self.refresh_bindings()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= _WIDE, "-beside")

    def _refill(self) -> None:
        keys = self.sheet.shown(self.show, self.words)
        self.grid.show_rows(keys, self._why_empty())
        self._show_title()

    def _why_empty(self) -> str:
        if self.words:
            return f"No {self.sheet.noun} fits “{clean_line(self.words, 30)}”; Escape shows all."
        if self.show == "undecided":
            return "Nothing is left to decide; f shows the others."
        if self.show == "problem":
            return "No decision has a problem; f shows the others."
        return "Nothing is decided yet; f shows the others."

    def _show_sums(self) -> None:
        self.query_one("#sums", Static).update(self.sums(), layout=False)

    def _show_row(self) -> None:
        key = self.grid.key
        strip = Content("") if key is None else Content("\n").join(self.brief(key))
        self.query_one("#strip", Static).update(strip, layout=False)
        facts = Content("") if key is None else self._all_facts(key)
        self.query_one("#facts", Static).update(facts, layout=False)

    def _all_facts(self, key: Any) -> Content:
        lines = [Content.styled(clean_line(self.title_of(key)), "bold")]
        lines += [
            Content.assemble((f"{label}\n", "$foreground-muted"), (clean_line(text, 600), style))
            for label, text, style in self.facts(key)
            if text
        ]
        return Content("\n\n").join(lines)

    def _show_title(self) -> None:
        tally = self.sheet.tally()
        problems = f", {tally.problems:,} with a problem" if tally.problems else ""
        title = f"{self.title}: {tally.decided:,} of {tally.rows:,} decided{problems}"
        parts = []
        if self.grid.marked:
            parts.append(f"{len(self.grid.targets):,} marked")
        if self.show != "all" or self.words:
            words = f" “{clean_line(self.words, 20)}”" if self.words else ""
            parts.append(f"shown: {_SHOW_WORDS[self.show]}{words} ({len(self.grid.keys):,})")
        self.query_one(TitledFrame).retitle(Content(title), Content(" · ".join(parts)))
