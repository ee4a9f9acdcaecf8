"""Two versions of a conversation in two columns, each pair of messages on the same line."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.wording import moment
from ochre_tui.migration.verify.spot_check import Pair, Side, SpotCheck
from ochre_tui.widgets.glyphs import ASCII_CLASS, mark

_KINDS: Final = {"reply": "$text-accent", "note": "$text-warning", "event": "$foreground-muted"}
_LONGEST: Final = 4000
_NARROWEST: Final = 10


class SideBySide(Widget):
    """First what both say of the conversation, then its messages."""

    conversation: reactive[SpotCheck | None] = reactive(None, layout=True)

    def __init__(self) -> None:
        super().__init__()
        self._made: tuple[SpotCheck, int, list[Content]] | None = None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines(width)))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        """They are made once for each width: layout and painting ask for them again and again."""
        if self.conversation is None or width < 2 * _NARROWEST:
            return []
        if self._made is None or self._made[:2] != (self.conversation, width):
            self._made = (self.conversation, width, self._make(self.conversation, width))
        return self._made[2]

    def _make(self, conversation: SpotCheck, width: int) -> list[Content]:
        half = (width - 3) // 2
        lines = [self._line(Content.styled("Intercom", "bold"), Content.styled("Ochre", "bold"), half)]
        for what, in_intercom, in_ochre in conversation.facts:
            lines += self._both(_fact(what, in_intercom), _fact(what, in_ochre), half)
        for pair in conversation.pairs:
            lines.append(Content.styled(("-" if self._ascii else "─") * width, "$foreground-muted"))
            lines += self._pair(pair, half)
        return lines

    @property
    def _ascii(self) -> bool:
        return self.app.has_class(ASCII_CLASS)

    def _pair(self, pair: Pair, half: int) -> list[Content]:
        return self._both(self._side(pair.there), self._side(pair.here), half)

    def _both(self, left: Content, right: Content, half: int) -> list[Content]:
        lefts, rights = left.wrap(half), right.wrap(half)
        count = max(len(lefts), len(rights))
        blank = Content("")
        pad = [blank] * count
        return [
            self._line(left_line, right_line, half)
            for left_line, right_line in zip([*lefts, *pad][:count], [*rights, *pad][:count], strict=True)
        ]

    def _line(self, left: Content, right: Content, half: int) -> Content:
        rule = "|" if self._ascii else "│"
        gap = " " * max(0, half - left.cell_length)
        return Content.assemble(left, gap, (f" {rule} ", "$foreground-muted"), right)

    def _side(self, side: Side | None) -> Content:
        if side is None:
            return Content.styled(f"{mark(self.app, 'failed')} not here", "bold $text-error")
        when = moment(side.at) if side.at is not None else "no time UTC"
        parts = [
            Content.assemble(
                (clean_line(side.author, 60), "bold"),
                "\n",
                (clean_line(side.kind, 30), _KINDS.get(side.kind, "$foreground-muted")),
                (f"  {when}", "$foreground-muted"),
            )
        ]
        if side.text:
            parts.append(Content(clean(side.text[:_LONGEST])))
        parts += [Content.styled(f"{mark(self.app, 'next')} {clean_line(file, 90)}", "italic") for file in side.files]
        return Content("\n").join(parts)


def _fact(what: str, value: str) -> Content:
    return Content.assemble((f"{what:10}", "$foreground-muted"), clean_line(value, 200))
