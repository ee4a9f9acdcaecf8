"""Opening the app on this terminal."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ochre_tui.errors import UsageError
from ochre_tui.home import root


def has_terminal() -> bool:
    """Whether there is a terminal that the app can be shown on."""
    return not _missing()


def open_app(home: Path | None, *, migration: str | None = None, theme: str = "dark", mouse: bool = True) -> int:
    """Open the app; the process's exit code. Raises UsageError where there is no terminal that can show it."""
    missing = _missing()
    if missing:
        raise UsageError(
            f"The app needs a terminal: {missing}.",
            advice="Open it in a terminal, or use the commands: `ochre-tui --help` names them.",
        )
    # Before Textual is imported: it reads this once, and over SSH moving pictures cost more than they tell.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    # The milliseconds that Escape waits for the rest of a longer sequence, as programs with ncurses know them.
    os.environ.setdefault("ESCDELAY", "25")
    from ochre_tui.app import OchreApp
    from ochre_tui.desk import Desk
    from ochre_tui.keyboard import PromptDriver
    from ochre_tui.migration.importer.thread import suit_threads

    suit_threads()
    desk = Desk(root(home))
    if migration is not None:
        desk.choose(migration)
    encoding = (getattr(sys.__stderr__, "encoding", None) or "ascii").lower().replace("-", "")
    app = OchreApp(desk, theme=theme, ascii_only=encoding != "utf8", driver=PromptDriver)
    code = app.run(mouse=mouse)
    if app.signal == signal.SIGHUP:
        # Nobody is there to see it, but the import goes on.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if desk.running is not None:
        desk.running.join()
    return code if code is not None else app.return_code or 0


def _missing() -> str:
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return "standard input is none"
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        return "standard error, where it draws, is none"
    if os.environ.get("TERM", "dumb") in {"dumb", "unknown", ""}:
        return "TERM says that this one can't place text"
    return ""
