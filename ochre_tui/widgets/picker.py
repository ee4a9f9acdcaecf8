"""One of many choices: a filter over a list, beside the grid or over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ochre_tui.core.text import clean_line
from ochre_tui.migration.mapping.sheet import Choice
from ochre_tui.widgets.glyphs import mark
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal


class PickerFilter(Input):
    """The line above a list: what is typed narrows the list, arrows and Enter go through to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Choose", id="picker.take", tooltip="Take the choice"),
        Binding("up", "move('cursor_up')", "Up", id="picker.up", show=False, tooltip="To the choice above"),
        Binding("down", "move('cursor_down')", "Down", id="picker.down", show=False, tooltip="To the choice below"),
        Binding("pageup", "move('page_up')", "Page up", id="picker.page_up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", id="picker.page_down", show=False),
    ]

    @dataclass
    class Moved(Message):
        """An arrow was pressed; `how` is the list's action."""

        how: str

    def action_move(self, how: str) -> None:
        self.post_message(self.Moved(how))


class Picker(Vertical):
    """Choices under a filter; those that are refused say why and can't be taken."""

    DEFAULT_CSS = """
    Picker {
        height: 1fr;
        & > #about { height: auto; max-height: 7; margin-bottom: 1; }
        & > OptionList {
            height: 1fr;
            margin-top: 1;
            border: none;
            padding: 0;
            background: transparent;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        & > OptionList > .option-list--option { padding: 0; }
        & > OptionList > .option-list--option-highlighted {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
        & > #none { display: none; margin-top: 1; color: $text-muted; }
        &.-stacked > OptionList { text-wrap: wrap; }
        &.-none > #none { display: block; }
        &.-none > OptionList { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc", id="picker.cancel", tooltip="Leave it as it is"),
    ]

    @dataclass
    class Chosen(Message):
        """A choice, or None where nothing is to change."""

        choice: Choice[Any, Any] | None

    def __init__(
        self, about: Content, choices: Sequence[Choice[Any, Any]], now: int | None, *, stacked: bool = False
    ) -> None:
        """`about` says what is chosen for, `now` is the place of the present choice; `stacked`: details go below."""
        super().__init__()
        self._stacked = stacked
        self.set_class(stacked, "-stacked")
        self._about = about
        self._choices = choices
        self._now = now
        self._texts = [f"{choice.label} {choice.detail}".casefold() for choice in choices]

    def compose(self) -> ComposeResult:
        yield Static(self._about, id="about", markup=False)
        yield PickerFilter(placeholder="Type to filter", compact=True)
        yield OptionList(*self._options(""), markup=False, compact=True)
        yield Static("Nothing fits this filter.", id="none", markup=False)

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.can_focus = False
        wanted = self._now if self._now is not None else 0
        if self._choices and not self._choices[wanted].refused:
            choices.highlighted = wanted
        else:
            choices.action_first()
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        choices = self.query_one(OptionList)
        options = self._options(event.value)
        choices.clear_options()
        choices.add_options(options)
        choices.action_first()
        self.set_class(not options, "-none")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option)

    def action_take(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        if option is not None:
            self._take(option)

    @on(PickerFilter.Moved)
    def _moved(self, event: PickerFilter.Moved) -> None:
        event.stop()
        getattr(self.query_one(OptionList), f"action_{event.how}")()

    def action_cancel(self) -> None:
        self.post_message(self.Chosen(None))

    def _take(self, option: Option) -> None:
        choice = self._choices[int(option.id or 0)]
        if not choice.refused:
            self.post_message(self.Chosen(choice))

    def _options(self, words: str) -> list[Option]:
        wanted = words.casefold().split()
        return [
            Option(self._prompt(place), id=str(place), disabled=bool(self._choices[place].refused))
            for place, text in enumerate(self._texts)
            if all(word in text for word in wanted)
        ]

    def _prompt(self, place: int) -> Content:
        choice = self._choices[place]
        sign = mark(self.app, "done") if place == self._now else " "
        parts: list[str | tuple[str, str]] = [(f"{sign} ", ""), (clean_line(choice.label), "bold")]
        detail = clean_line(choice.refused or choice.detail)
        warning = f"{mark(self.app, 'warning')} {choice.warning}" if choice.warning and not choice.refused else ""
        # On one line the end may be cut: what is least is last.
        rest = [detail, clean_line(warning)] if self._stacked else [clean_line(warning), detail]
        texts = ["suggested" if choice.suggested else "", *rest]
        between = "\n    " if self._stacked else "  "
        parts += [(f"{between}{text}", "") for text in texts if text]
        return Content.assemble(*parts)


class PickerDialog(Modal[Choice[Any, Any] | None]):
    """The picker over the screen, where there is no room beside the grid."""

    DEFAULT_CSS = """
    PickerDialog {
        align: center middle;
        & > Vertical { width: 90%; max-width: 90; height: 90%; }
    }
    """

    def __init__(self, title: str, picker: Picker) -> None:
        super().__init__()
        self._title = title
        self._picker = picker

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = Content(clean_line(self._title, 60))
            yield self._picker
            yield KeyBar()

    @on(Picker.Chosen)
    def _chosen(self, event: Picker.Chosen) -> None:
        event.stop()
        self.dismiss(event.choice)
