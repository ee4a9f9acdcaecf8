"""The event log: newest last, by level and text; it follows what comes while its end is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import clock
from ochre_tui.migration.wording import PHASE_WORDS
from ochre_tui.store.events import Event, Level
from ochre_tui.widgets.glyphs import Mark, mark
from ochre_tui.widgets.titled_frame import FilterFrame

_PAINTED: Final = 256
_LEVELS: Final[tuple[tuple[str, frozenset[Level]], ...]] = (
    ("", frozenset({"info", "warning", "error"})),
    ("warnings and errors", frozenset({"warning", "error"})),
    ("errors", frozenset({"error"})),
)
_MARKS: Final[dict[Level, tuple[Mark, str]]] = {
    "info": ("closed", "$foreground-muted"),
    "warning": ("warning", "$text-warning"),
    "error": ("failed", "$text-error"),
}
_SINGULAR: Final = {
    "conversations": "conversation",
    "contacts": "contact",
    "customers": "customer",
    "companies": "company",
    "tags": "tag",
    "saved_replies": "saved reply",
    "custom_fields": "custom field",
    "users": "user",
}


def sentence(event: Event) -> str:
    """An event in words, on one line, safe to show."""
    match event.topic:
        case "phase":
            text = PHASE_WORDS[event.text].began if event.text in PHASE_WORDS else event.text
        case "quarantine":
            text = f"In quarantine: {_SINGULAR.get(event.kind or '', 'record')} {event.record}: {event.text}"
        case "file":
            text = f"File {(event.record or '').rpartition('/')[2]} is missing: {event.text}"
        case "deleted":
            text = f"{_SINGULAR.get(event.kind or '', 'record').capitalize()} {event.record}: {event.text}"
        case _:
            text = event.text
    return clean_line(text, 400)


class EventLines(ScrollView, can_focus=True):
    """The lines, painted as they come into sight."""

    DEFAULT_CSS = """
    EventLines { height: 1fr; background: transparent; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    """

    def __init__(self) -> None:
        super().__init__(id="event-lines")
        self.lines: list[Content] = []
        self.empty = Content("")
        self._follows = True
        self._painted: LRUCache[tuple[Content, int, Style], Strip] = LRUCache(_PAINTED)

    def show(self, lines: list[Content], empty: Content) -> None:
        """Show these lines, or where there are none what is said instead."""
        before, self.lines, self.empty = self.lines, lines, empty
        place = self.scroll_offset
        self._grow(len(before), len(lines))
        if self._follows:
            self.scroll_end(animate=False, immediate=True)
        if before and place == self.scroll_offset and lines[: len(before)] == before:
            # What was there stays where it is: only what is new is painted.
            added = Region(0, len(before) - place.y, self.size.width, len(lines) - len(before))
            self.refresh(added)
        else:
            self.refresh()

    def _grow(self, before: int, now: int) -> None:
        if (before > self.size.height) != (now > self.size.height):
            self.virtual_size = Size(0, now)  # the scroll bar comes or goes, so that all is laid out anew
            self._follow_end()  # without the bar nothing can be scrolled
        else:
            self.set_reactive(EventLines.virtual_size, Size(0, now))
            self.vertical_scrollbar.window_virtual_size = now

    def on_resize(self) -> None:
        self._follow_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._follows = new_value >= self.max_scroll_y

    def _follow_end(self) -> None:
        if self._follows:
            self.call_after_refresh(self.scroll_end, animate=False)

    def render_line(self, y: int) -> Strip:
        number, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        if not self.lines and y == 0:
            line = self.empty
        elif number < len(self.lines):
            line = self.lines[number]
        else:
            return Strip.blank(width, self.visual_style.rich_style)
        wanted = (line, width, self.visual_style)
        if (strip := self._painted.get(wanted)) is None:
            cut = line.truncate(width, ellipsis=True)
            strip = self._painted[wanted] = Visual.to_strips(self, cut, width, 1, self.visual_style)[0]
        return strip


class EventLog(FilterFrame):
    """The lines with their filters; the title says which of them are shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "level", "Level", tooltip="Show all events, or only warnings and errors, or only errors"),
        Binding("slash", "filter", "Filter", key_display="/", tooltip="Show only events that contain some text"),
        Binding("escape", "unfilter", "Show all", key_display="esc", tooltip="Show all events again"),
    ]

    def __init__(self) -> None:
        self._event_lines = EventLines()
        super().__init__(self._event_lines, "event", id="events")
        self._events: Sequence[Event] = ()
        self._level = 0
        self._now = 0.0
        self._lines: dict[int, Content] = {}

    def show(self, events: Sequence[Event], now: float) -> None:
        """Show these events, as far as the filters let them through."""
        if events is self._events:
            return
        self._events, self._now = events, now
        self.show_filtered()

    def on_mount(self) -> None:
        self.show_filtered()

    def show_filtered(self) -> None:
        word, levels = _LEVELS[self._level]
        wanted = self.filter_text.casefold()
        known = self._lines
        self._lines = {event.id: known.get(event.id) or self._line(event) for event in self._events}
        shown = [self._lines[event.id] for event in self._events if event.level in levels]
        if wanted:
            shown = [line for line in shown if wanted in line.plain.casefold()]
        empty = "No event passes the filter; Escape shows all." if self._events else "What happens is told here."
        self._event_lines.show(shown, Content.styled(empty, "$foreground-muted"))
        filters = [word] if word else []
        if self.filter_text:
            filters.append(f"with “{clean_line(self.filter_text, 20)}”")
        number = f"{len(shown):,} of {len(self._events):,}" if filters else f"{len(self._events):,}"
        self.retitle(Content(f"Events ({number})" + "".join(f", {words}" for words in filters)))

    def _line(self, event: Event) -> Content:
        text = sentence(event)
        sign, style = _MARKS[event.level]
        return Content.assemble(
            (clock(event.at, self._now), "$foreground-muted"),
            (f" {mark(self.app, sign)} ", style),
            (text, style if event.level != "info" else ""),
        )

    def action_level(self) -> None:
        self._level = (self._level + 1) % len(_LEVELS)
        self.show_filtered()

    def action_unfilter(self) -> None:
        self._level = 0
        super().action_unfilter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "unfilter":
            return self.is_filtering or self._level > 0
        return super().check_action(action, parameters)
