"""The line at the top: from where, to where, and how the migration stands."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from ochre_tui.core.text import clean_line
from ochre_tui.migration.overview import Standing
from ochre_tui.migration.status import State
from ochre_tui.migration.wording import STATE_WORDS
from ochre_tui.widgets.glyphs import Mark, mark

STATE_LOOKS: Final[dict[State, tuple[Mark, str]]] = {
    "new": ("open", "$foreground-muted"),
    "queued": ("waiting", "$text-warning"),
    "importing": ("here", "$text-accent"),
    "paused": ("paused", "$text-warning"),
    "failed": ("failed", "$text-error"),
    "completed": ("done", "$text-success"),
}
"""Each state's mark and colour."""
_LONGEST_NAME: Final = 24


class Header(Widget):
    """Source, target and state; always in sight."""

    standing: reactive[Standing] = reactive(Standing)

    def render(self) -> Content:
        left = self._journey() if self.standing.name is not None else Content.styled("ochre-tui", "bold")
        right = (
            self._state()
            if self.standing.name is not None
            else Content.styled("Intercom to Ochre", "$foreground-muted")
        )
        gap = max(1, self.content_size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    def _journey(self) -> Content:
        now = self.standing
        source = clean_line(now.source or "not connected", _LONGEST_NAME)
        region = f" ({clean_line(now.region, 8)})" if now.region else ""
        target = clean_line(now.target or now.name or "", _LONGEST_NAME)
        return Content.assemble(
            ("Intercom ", "$foreground-muted"),
            (source, "bold"),
            (region, "$foreground-muted"),
            (f" {mark(self.app, 'to')} ", "$text-accent"),
            ("Ochre ", "$foreground-muted"),
            (target, "bold"),
        )

    def _state(self) -> Content:
        sign, colour = STATE_LOOKS[self.standing.state]
        kind = ("TEST", "$foreground-muted") if self.standing.rehearsal else ("LIVE", "$text-warning bold")
        state = Content.styled(f"{mark(self.app, sign)} {STATE_WORDS[self.standing.state]}", f"{colour} bold")
        return Content.assemble(kind, "  ", state) if self.standing.connected else state
