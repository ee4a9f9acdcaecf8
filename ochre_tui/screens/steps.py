"""The steps of a migration, their order, and which of them can be opened now."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ochre_tui.migration.overview import Standing


class Step(Enum):
    """A step; its value is the name it is remembered by."""

    START = "start"
    CONNECT = "connect"
    SCAN = "scan"
    ADMINS = "admins"
    ATTRIBUTES = "attributes"
    CHOOSE = "choose"
    REVIEW = "review"
    IMPORT = "import"
    VERIFY = "verify"
    SPOT_CHECK = "spot_check"
    CUT_OVER = "cut_over"
    WIND_DOWN = "wind_down"

    @property
    def title(self) -> str:
        return _TITLES[self]

    @property
    def number(self) -> int:
        """Its place in the order, from 1."""
        return ORDER.index(self) + 1

    @property
    def next(self) -> Step | None:
        return ORDER[self.number] if self.number < len(ORDER) else None

    @property
    def previous(self) -> Step | None:
        return ORDER[self.number - 2] if self.number > 1 else None


ORDER: Final = tuple(Step)
_TITLES: Final[dict[Step, str]] = {
    Step.START: "Start",
    Step.CONNECT: "Connect",
    Step.SCAN: "Scan",
    Step.ADMINS: "Map admins",
    Step.ATTRIBUTES: "Map attributes",
    Step.CHOOSE: "Choose",
    Step.REVIEW: "Review",
    Step.IMPORT: "Import",
    Step.VERIFY: "Verify",
    Step.SPOT_CHECK: "Spot-check",
    Step.CUT_OVER: "Cut over",
    Step.WIND_DOWN: "Wind down",
}


def barrier(step: Step, standing: Standing) -> str | None:
    """Why a step can't be opened yet, in a sentence; None: it can."""
    if step is Step.START:
        return None
    if standing.name is None:
        return "Choose a migration or begin one first."
    if step.number > Step.CONNECT.number and not standing.connected:
        return "Connect to Intercom first."
    if step.number > Step.IMPORT.number and not standing.ran:
        return "Import first."
    if step.number > Step.SCAN.number and not (standing.scanned or standing.ran):
        return "Scan Intercom first."
    if step is Step.IMPORT and not (standing.planned or standing.ran):
        return "Review the plan first."
    return None


def is_done(step: Step, standing: Standing) -> bool:
    """Whether nothing is left to do in a step, as far as the store tells."""
    match step:
        case Step.START:
            return standing.name is not None
        case Step.CONNECT:
            return standing.connected
        case Step.SCAN:
            return standing.scanned
        case Step.ADMINS:
            return standing.planned and not standing.undecided_admins
        case Step.ATTRIBUTES:
            return standing.planned and not standing.undecided_attributes
        case Step.CHOOSE | Step.REVIEW:
            return standing.ran
        case Step.IMPORT:
            return standing.state == "completed"
        case Step.VERIFY:
            return standing.verified is True
        case _:
            return step.value in standing.finished


def remembered(standing: Standing) -> Step:
    """Where the operator was, or the last step before it that can be opened."""
    try:
        step = Step(standing.step)
    except ValueError:
        step = Step.CONNECT
    while barrier(step, standing) and step.previous is not None:
        step = step.previous
    return step
