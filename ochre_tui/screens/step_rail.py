"""Where one is on the way, and what comes next: a line where there is little room, else a list."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from ochre_tui.migration.overview import Standing
from ochre_tui.screens.steps import ORDER, Step, barrier, is_done
from ochre_tui.widgets.glyphs import mark


class StepLine(Widget):
    """The steps as one line."""

    standing: reactive[Standing] = reactive(Standing)

    def __init__(self, current: Step) -> None:
        super().__init__()
        self.current = current

    def render(self) -> Content:
        following = self.current.next
        upcoming = f"next: {following.title}" if following else "the last step"
        return Content.assemble(
            *(_sign(self, step) for step in ORDER),
            (f"  {self.current.title}", "bold"),
            (f"  step {self.current.number} of {len(ORDER)}, {upcoming}", "$foreground-muted"),
        )


class StepRail(Widget):
    """The steps as a list."""

    standing: reactive[Standing] = reactive(Standing)

    def __init__(self, current: Step) -> None:
        super().__init__()
        self.current = current

    def render(self) -> Content:
        return Content("\n").join(self._line(step) for step in ORDER)

    def _line(self, step: Step) -> Content:
        style = "bold" if step is self.current else "$foreground-muted" if barrier(step, self.standing) else ""
        return Content.assemble(_sign(self, step), " ", (step.title, style))


def _sign(rail: StepLine | StepRail, step: Step) -> Content:
    if step is rail.current:
        return Content.styled(mark(rail.app, "here"), "$text-accent bold")
    if is_done(step, rail.standing):
        return Content.styled(mark(rail.app, "done"), "$text-success")
    if barrier(step, rail.standing):
        return Content.styled(mark(rail.app, "closed"), "$foreground-muted")
    return Content(mark(rail.app, "open"))
