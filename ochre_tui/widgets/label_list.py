"""Short labels with texts beside them that keep to their column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

_LABEL: Final = 7
_NARROWEST: Final = 10


class Labelled(Widget):
    """Lines of (label, text); a text too long for its column goes on below itself."""

    DEFAULT_CSS = "Labelled { height: 1fr; }"

    lines: reactive[Sequence[tuple[str, Content]]] = reactive(())

    def render(self) -> Content:
        return Content("\n").join(self._wrapped(max(_NARROWEST, self.content_size.width - _LABEL)))

    def _wrapped(self, width: int) -> Iterator[Content]:
        for label, text in self.lines:
            for number, line in enumerate(text.wrap(width)):
                first = label if number == 0 else ""
                yield Content.assemble((f"{first:{_LABEL}}", "$foreground-muted"), line)
