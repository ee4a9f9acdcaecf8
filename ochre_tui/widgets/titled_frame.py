"""Frames around lists: one whose titles change cheaply, and one with a line to filter by."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Input


class TitledFrame(Vertical):
    """A frame whose titles change without painting its contents again."""

    _only_edges = False

    def retitle(self, title: Content, subtitle: Content | None = None) -> None:
        """Show these in the border."""
        self._only_edges = True
        self.border_title, self.border_subtitle = title, subtitle
        self._only_edges = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if self._only_edges:
            width, height = self.size
            regions = (Region(-1, -1, width + 2, 1), Region(-1, height, width + 2, 1))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class FilterFrame(TitledFrame):
    """A list under a line for text, hidden until it is asked for; subclasses show what has `filter_text`.

    They bind the actions `filter` and `unfilter` to keys.
    """

    DEFAULT_CSS = """
    FilterFrame { height: 1fr; }
    FilterFrame Input { display: none; height: 1; border: none; }
    FilterFrame Input.-shown { display: block; }
    """

    def __init__(self, listing: Widget, noun: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        """`noun` says what the list is of."""
        super().__init__(id=id, classes="panel")
        self._listing = listing
        self._noun = noun
        self.filter_text = ""

    def compose(self) -> ComposeResult:
        yield Input(placeholder=f"text in the {self._noun}; Enter keeps it, Escape takes it away", compact=True)
        yield self._listing

    @abstractmethod
    def show_filtered(self) -> None:
        """Show what has the filter's text, and say so in the title."""

    @property
    def is_filtering(self) -> bool:
        """Whether the filter has a text, or is open for one."""
        return bool(self.filter_text or self.query_one(Input).has_class("-shown"))

    def action_filter(self) -> None:
        entry = self.query_one(Input)
        entry.add_class("-shown")
        entry.focus()

    def action_unfilter(self) -> None:
        self.query_one(Input).value = ""
        self._close(filter_text="")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.filter_text = event.value.strip()
        self.show_filtered()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close(self.filter_text)

    def _close(self, filter_text: str) -> None:
        self.filter_text = filter_text
        self.query_one(Input).remove_class("-shown")
        self._listing.focus()
        self.show_filtered()
        self.refresh_bindings()
