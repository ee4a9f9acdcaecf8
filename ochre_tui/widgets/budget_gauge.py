"""Intercom's budget of requests: how much of this window is used, when the next begins, what share we may take."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from ochre_tui.widgets.glyphs import bar
from ochre_tui.widgets.view_lines import RunViewModel, ViewLines

_LABEL: Final = 15
_BAR: Final = 16


class BudgetGauge(ViewLines):
    """One line, or three where it is narrow and high."""

    def lines(self, view: RunViewModel) -> list[Content]:
        label = Content.styled(f"{'API budget':{_LABEL}}", "$foreground-muted")
        pace = self._pace(view)
        rate = view.board.status.rate
        if rate.window_limit is None:
            return [Content.assemble(label, "-  ", pace), *[Content("")] * (self.content_size.height - 1)]
        used = min(rate.window_used or 0, rate.window_limit)
        full = used >= rate.window_limit * rate.throttle_percent // 100
        gauge = bar(self.app, used / rate.window_limit, _BAR, "$warning" if full else "$accent")
        numbers = Content.assemble((f" {used:,}", "bold"), f" of {rate.window_limit:,}")
        window = f" in {rate.window_s} s"
        if self.content_size.height == 1:
            tail = self._waiting(view) if full and view.board.waiting else pace
            return [Content.assemble(label, gauge, numbers, window, "  ", tail)]
        title = Content.assemble(("API budget", "$foreground-muted"), numbers)
        if title.cell_length + len(window) <= self.content_size.width:
            title = Content.assemble(title, window)
        return [title, Content.assemble(gauge, "  ", pace), self._next(view, full=full)]

    def _waiting(self, view: RunViewModel) -> Content:
        until = "" if view.board.resets_in is None else f" for {view.board.resets_in:.0f} s"
        return Content.styled(f"{view.board.waiting:,} wait{until}", "$text-warning")

    def _next(self, view: RunViewModel, *, full: bool) -> Content:
        resets = view.board.resets_in
        if resets is None:
            return Content("")
        words = f"next window in {resets:.0f} s"
        if full and view.board.waiting:
            return Content.styled(f"{view.board.waiting:,} wait, {words}", "$text-warning")
        return Content.styled(words, "$foreground-muted")

    def _pace(self, view: RunViewModel) -> Content:
        percent = view.percent or view.board.status.rate.throttle_percent
        style = "$text-warning bold" if percent < 100 else "$foreground-muted"
        return Content.styled(f"pace {percent} %", style)
