"""The last thing between what widgets draw and the terminal."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ochre_tui.core.text import clean


class OnlyText(LineFilter):
    """Lets text through and nothing that steers a terminal.

    What is shown has been cleaned before, into visible marks. This catches what a widget shows as it was entered, such
    as a field's value; the width stays, so it leaves a gap at most.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [segment if _is_text(segment.text) else _without(segment) for segment in segments]


def _is_text(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or clean(text) == text


def _without(segment: Segment) -> Segment:
    text = "".join(c if clean(c) == c else " " * cell_len(c) for c in segment.text)
    return Segment(text, segment.style, segment.control)
