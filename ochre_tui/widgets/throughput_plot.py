"""How fast the import went over the last ten minutes."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from ochre_tui.widgets.glyphs import columns
from ochre_tui.widgets.view_lines import RunViewModel, ViewLines

_SPAN_S: Final = 600
_LABEL: Final = 15
_WORDS: Final = 31


class ThroughputPlot(ViewLines):
    """Records a second, as one line of columns or, where there is room, as a chart with its scale."""

    def lines(self, view: RunViewModel) -> list[Content]:
        width, height = self.content_size
        rate = view.board.status.rate.records_per_s
        speeds = self._speeds(view, width - (_LABEL + _WORDS if height == 1 else 0))
        most = max(speeds, default=0.0)
        speed = f"{rate:,.0f}/s" if rate else "-"
        if height == 1:
            line = columns(self.app, speeds, width - _LABEL - _WORDS, 1)[0]
            label = (f"{'Records/s':{_LABEL}}", "$foreground-muted")
            scale = (f"  peak {most:,.0f} in 10 min" if most else "", "$foreground-muted")
            return [Content.assemble(label, (line, "$accent"), (f"  {speed:>7}", "bold"), scale)]
        lines = [Content.styled(line, "$accent") for line in columns(self.app, speeds, width, height - 1)]
        span = f", peak {most:,.0f} in 10 min"
        title = Content.assemble((speed, "bold"), (f" records{span}", "$foreground-muted"))
        if title.cell_length > width:
            title = Content.assemble((speed, "bold"), (span, "$foreground-muted"))
        return [title, *lines]

    def _speeds(self, view: RunViewModel, width: int) -> list[float]:
        """The mean speed in each of `width` equal parts of the last ten minutes of work."""
        samples = view.board.samples
        if not samples or width < 1:
            return []
        newest = samples[-1].at
        sums, numbers = [0.0] * width, [0] * width
        for index, sample in enumerate(samples):
            before = samples[index - 1].at if index else 0.0
            first = _part(before, newest, width)
            for part in range(max(0, first), _part(sample.at, newest, width) + 1):
                sums[part] += sample.records_per_s
                numbers[part] += 1
        return [total / number if number else 0.0 for total, number in zip(sums, numbers, strict=True)]


def _part(at: float, newest: float, width: int) -> int:
    """Which of the parts a moment falls into; negative for older ones."""
    return width - 1 - int((newest - at) / _SPAN_S * width)
