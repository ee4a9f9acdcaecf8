"""How the import stands: state and since when, how far, how long still, which phase."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import clock, counted, duration
from ochre_tui.migration.status import PHASES, Board
from ochre_tui.migration.wording import PHASE_WORDS, STATE_WORDS
from ochre_tui.widgets.glyphs import bar, mark
from ochre_tui.widgets.header import STATE_LOOKS
from ochre_tui.widgets.view_lines import Request, RunViewModel, ViewLines

_BAR: Final = 36
_SILENT_S: Final = 20
_SOON_S: Final = 30
_REQUEST_WORDS: Final[dict[Request, str]] = {
    "start": "Starting: Intercom is asked whether the token still works",
    "pause": "Pausing: what is in hand is finished first",
    "resume": "Going on",
    "stop": "Stopping: what is in hand is finished first; s again ends it at once",
    "abort": "Ending at once: what is in hand is done again next time",
}


class RunState(ViewLines):
    """Four lines: state, bar, time left or reason, phases."""

    def __init__(self) -> None:
        super().__init__()
        self.show_sentence("Reading how the import stands…")

    def show_sentence(self, sentence: str) -> None:
        """A sentence in place of the lines, until there is a view to tell of."""
        self._shown = (Content.styled(sentence, "$foreground-muted"),)
        self.refresh()

    def lines(self, view: RunViewModel) -> list[Content]:
        width = self.content_size.width
        lines = [
            _ends(self._state(view), self._as_of(view), width),
            self._bar(view.board),
            self._outlook(view),
            self._phases(view.board),
        ]
        return [line.truncate(width, ellipsis=True) for line in lines]

    def _state(self, view: RunViewModel) -> Content:
        board = view.board
        if view.request is not None:
            return Content.styled(f"{mark(self.app, 'waiting')} {_REQUEST_WORDS[view.request]}", "$text-warning bold")
        state, phase = board.status.state, board.status.phase
        sign, colour = STATE_LOOKS[state]
        if state == "completed" and board.status.outstanding:
            sign, colour = "warning", "$text-warning"
        parts = [Content.styled(f"{mark(self.app, sign)} {STATE_WORDS[state]}", f"{colour} bold")]
        if state == "importing" and phase:
            parts.append(Content(f": {PHASE_WORDS[phase].doing if phase in PHASE_WORDS else phase}"))
        if left := _left(board):
            parts.append(Content.styled(f", {left}", "$text-warning"))
        if board.since is not None:
            span = duration(max(0, int(view.now - board.since)))
            parts.append(Content.styled(f", since {clock(board.since, view.now)} ({span})", "$foreground-muted"))
        return Content.assemble(*parts)

    def _as_of(self, view: RunViewModel) -> Content:
        heard = view.board.heard_at
        if heard is None or not view.board.held:
            return Content("")
        silent = int(view.now - heard)
        if silent > _SILENT_S:
            return Content.styled(f"no sign of life for {duration(silent)}", "$text-warning bold")
        return Content.styled("live" if view.in_this_process else "watching", "$foreground-muted")

    def _bar(self, board: Board) -> Content:
        counts = board.status.counts["conversations"]
        fraction = board.fraction
        known = board.status.listed.get("conversations", 0)
        meter = bar(self.app, fraction, _BAR, "$success" if fraction == 1 else "$accent")
        if fraction is None:
            what = f"{known:,} conversations so far" if known else "nothing counted yet"
            return Content.assemble(meter, (f"   -   {what}", "$foreground-muted"))
        percent = f"{int(fraction * 100):>3} %"
        return Content.assemble(
            meter, (f" {percent}", "bold"), f"  {counts['found']:,} of {max(known, counts['found']):,} conversations"
        )

    def _outlook(self, view: RunViewModel) -> Content:
        board = view.board
        eta = board.status.eta_s
        if board.status.state != "importing":
            return self._reason(view)
        if board.stuck:
            return Content.styled(clean_line(board.stuck, 300), "$text-warning")
        if eta.likely is None or eta.low is None or eta.high is None:
            why = "not known before everything is counted"
            return Content.assemble(("Time left  ", "$foreground-muted"), "-  ", (why, "$foreground-muted"))
        if eta.high < _SOON_S:
            return Content.styled("Less than half a minute left", "bold")
        return Content.assemble(
            ("About ", "$foreground-muted"),
            (f"{duration(eta.likely)} left", "bold"),
            (f" ({duration(eta.low)} to {duration(eta.high)}), done around ", "$foreground-muted"),
            (clock(view.now + eta.likely, view.now), "bold"),
        )

    def _reason(self, view: RunViewModel) -> Content:
        now = view.board.status
        if now.state == "new":
            return Content.styled("Nothing was imported yet.", "$foreground-muted")
        if now.state == "completed":
            words = "Everything in the plan was imported."
            if now.outstanding:
                words = f"Done, but for {_outstanding(view.board)}."
            return Content.styled(words, "$foreground-muted" if now.outstanding else "$text-success")
        style = "$text-error" if now.state == "failed" else "$text-warning"
        return Content.styled(clean_line(now.reason or "", 300), style)

    def _phases(self, board: Board) -> Content:
        names = list(PHASES)
        at = names.index(board.status.phase) if board.status.phase in names else -1
        if board.status.state == "completed":
            at = len(names)
        parts = []
        for number, name in enumerate(names):
            if number < at:
                parts.append(Content.styled(f"{mark(self.app, 'done')} {PHASE_WORDS[name].name}", "$text-success"))
            elif number == at:
                parts.append(Content.styled(f"{mark(self.app, 'here')} {PHASE_WORDS[name].name}", "$text-accent bold"))
            else:
                parts.append(Content.styled(f"{mark(self.app, 'open')} {PHASE_WORDS[name].name}", "$foreground-muted"))
        return Content("  ").join(parts)


def _outstanding(board: Board) -> str:
    parts = ["records in quarantine (x)"] if board.quarantine_size else []
    if board.status.attachments.missing:
        parts.append("missing files (e)")
    return " and ".join(parts)


def _left(board: Board) -> str:
    missing = board.status.attachments.missing
    parts = [f"{board.quarantine_size:,} quarantined"] if board.quarantine_size else []
    if missing and board.status.state == "completed":
        parts.append(f"{counted(missing, 'file')} missing")
    return ", ".join(parts)


def _ends(left: Content, right: Content, width: int) -> Content:
    """Something at the left end of a line and something at its right end; the left is cut where both don't fit."""
    room = width - right.cell_length - (1 if right.cell_length else 0)
    if left.cell_length > room:
        left = left.truncate(max(1, room), ellipsis=True)
    return Content.assemble(left, " " * max(0, width - left.cell_length - right.cell_length), right)
