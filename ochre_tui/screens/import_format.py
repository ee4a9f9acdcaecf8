"""The words of the dashboard: its primary action, a record in quarantine, an import that broke."""

from __future__ import annotations

from textual.content import Content

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean, clean_line
from ochre_tui.migration.status import Board
from ochre_tui.store.outcomes import Quarantined


def primary_action(board: Board, onward: str, *, changing: bool) -> tuple[str, bool]:
    """What the primary action is called now, and whether it can be done; `changing`: the import starts or ends."""
    state = board.status.state
    if changing:
        return "One moment…", False
    if board.held:
        return ("Go on", True) if state == "paused" else ("Importing…", False)
    if state == "completed":
        return onward, True
    return "Start the import" if state == "new" else "Take up the import", True


def quarantined(record: Quarantined, address: str | None, raw: str | None) -> Content:
    """Why a record is there, how often it was tried, and what was read of it."""
    tries = "once" if record.attempts == 1 else f"{record.attempts} times"
    parts = [
        Content.styled(clean_line(record.reason, 500), "bold $text-warning"),
        Content(f"Tried {tries}. The next import tries it again; in the list, once no import runs: t."),
    ]
    if address:
        parts.append(Content.assemble(("In Intercom: ", "$foreground-muted"), clean_line(address)))
    if raw:
        parts.append(Content.assemble(("As it was read\n", "bold"), clean(raw)))
    else:
        parts.append(Content.styled("It was never read, so there is nothing more to show.", "$foreground-muted"))
    return Content("\n\n").join(parts)


def unexpected(error: Exception, advice: str) -> OchreTuiError:
    """What broke an import without being one of our own errors, as one of them."""
    return OchreTuiError(
        f"Something unexpected happened in the import ({type(error).__name__}).",
        meaning="What was committed is kept; taken up again, it goes on from there.",
        advice=advice,
    )
