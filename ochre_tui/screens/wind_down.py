"""Wind down: Intercom's last weeks, tokens, and what is left on this machine."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from ochre_tui.migration.cut_over import CANCEL_DAYS, DAY_S, READ_ONLY_DAYS, Item, Line, wind_down_items
from ochre_tui.screens.check_list import CheckListScreen, Facts
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.run_view import day

_ABOUT: Final = (
    "Intercom stays read-only for at least 30 days; most teams cancel after 60. What is in Ochre is stored there and "
    "does not depend on Intercom. Revoke the tokens and delete the local data once nothing is to be imported any more."
)


class WindDownScreen(CheckListScreen):
    """The guide's step 8."""

    STEP = Step.WIND_DOWN
    ABOUT = _ABOUT

    def items(self, facts: Facts) -> tuple[Item, ...]:
        return wind_down_items(facts.name)

    def headline(self, facts: Facts, lines: list[Line]) -> Content:
        if all(line.done_at is not None for line in lines):
            return Content.styled("The migration is over. Nothing is left to do.", "bold $text-success")
        if facts.cut_over_at is None:
            return Content.styled("The days are counted from the cut-over, which is not declared yet.", "$text-warning")
        until, cancel = (facts.cut_over_at + days * DAY_S for days in (READ_ONLY_DAYS, CANCEL_DAYS))
        return Content.assemble(
            "Read-only at least until ", (day(until), "bold"), "; most teams cancel from ", (day(cancel), "bold"), "."
        )
