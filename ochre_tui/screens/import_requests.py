"""What the operator has asked of the import, until the store shows it."""

from __future__ import annotations

from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.status import Board
from ochre_tui.widgets.view_lines import Request

_PACE_STEP = 10


class ImportRequests:
    """One request at a time, and the pace."""

    def __init__(self) -> None:
        self.pending: Request | None = None
        self.percent: int | None = None
        """The pace that was asked for, in per cent of Intercom's limit."""
        self._unwritten = 0
        self._ran_before: ImportThread | None = None

    def start(self, running: ImportThread | None) -> None:
        """An import is to start in this process; `running` is what ran in it before."""
        self.pending = "start"
        self._ran_before = running

    def change_pace(self, change: int, percent: int) -> None:
        """More or less than was asked for last, or than the store has."""
        self.percent = max(_PACE_STEP, min(100, (self.percent or percent) + change))
        self._unwritten += 1

    def pace_written(self) -> None:
        """The store has one more of the paces that were asked for."""
        self._unwritten -= 1

    def settle(self, board: Board, running: ImportThread | None) -> bool:
        """Forget what the store shows by now; whether a request was among it."""
        if (self.percent == board.wanted_percent and not self._unwritten) or not board.held:
            self.percent = None
        if self.pending is None or not self._is_settled(self.pending, board, running):
            return False
        self.pending = None
        return True

    def _is_settled(self, request: Request, board: Board, running: ImportThread | None) -> bool:
        state, held = board.status.state, board.held
        alive = running is not None and running.alive
        match request:
            case "pause":
                return state != "importing"
            case "resume":
                return state != "paused" or not held or board.outage
            case "start":
                # It may be over before the store was looked at again.
                return (held and state == "importing") or (running is not self._ran_before and not alive)
            case "stop" | "abort":
                return not held and not alive
