"""Opening the app on this terminal, and what becomes of its import afterwards."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import root
from ochre_tui.core.process import warn_root
from ochre_tui.migration.wording import detached_words

if TYPE_CHECKING:
    from ochre_tui.app.app import OchreApp
    from ochre_tui.migration.importer.in_process import InProcessImport
    from ochre_tui.migration.session import Session


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
    warn_root()
    # Before Textual is imported: it reads this once, and over SSH moving pictures cost more than they tell.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    # The milliseconds that Escape waits for the rest of a longer sequence, as programs with ncurses know them.
    os.environ.setdefault("ESCDELAY", "10")
    # A key's answer comes in several frames, each of which waits for its turn; nothing is painted that did not change.
    os.environ.setdefault("TEXTUAL_FPS", "250")
    from ochre_tui.app.app import OchreApp
    from ochre_tui.app.driver import RemoteDriver
    from ochre_tui.migration.credentials.passphrase import unseal_known
    from ochre_tui.migration.home import Home
    from ochre_tui.migration.importer.thread import suit_threads

    suit_threads()
    gc.freeze()  # what was loaded stays: to look through it for cycles would hold the screen up
    migrations = Home(root(home))
    session = migrations.open(migration) if migration is not None else None
    if session is not None:
        unseal_known(session.paths)
    encoding = (getattr(sys.__stderr__, "encoding", None) or "ascii").lower().replace("-", "")
    app = OchreApp(migrations, session, theme=theme, ascii_only=encoding != "utf8", driver=RemoteDriver)
    code = app.run(mouse=mouse)
    ended = _see_it_through(app)
    return ended if ended is not None else code if code is not None else app.return_code or 0


def _see_it_through(app: OchreApp) -> int | None:
    """What is left to do for an import when the screen is gone; the exit code where its end decides that."""
    from ochre_tui.migration.importer.signals import exit_code, terminal_session
    from ochre_tui.migration.status import read

    thread = app.importing.thread
    if thread is None:
        return None
    session = thread.importer.session
    with terminal_session(thread) as terminal:
        if app.signal == signal.SIGHUP:
            terminal.hang_up()
            terminal.write_to_log(session.paths)
        terminal.wait()
    if app.leave_running:
        return _hand_over(app.importing, session)
    received = [app.signal] if app.signal == signal.SIGTERM else terminal.signals
    with session.store() as store:
        paused = read(store, session.paths).state == "paused"
    return exit_code(received[0]) if received and paused else None


def _hand_over(importing: InProcessImport, session: Session) -> int:
    """Let a process of its own go on with the import; the exit code."""
    begun = importing.hand_over()
    if begun is None:
        click.echo("The import has ended meanwhile; `ochre-tui status` tells how.")
    elif begun.exit is not None:
        click.echo(begun.output, err=True, nl=False)
        return begun.exit
    else:
        for line in detached_words(session.paths, begun.pid):
            click.echo(line)
    return 0


def _missing() -> str:
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return "standard input is none"
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        return "standard error, where it draws, is none"
    if os.environ.get("TERM", "dumb") in {"dumb", "unknown", ""}:
        return "TERM says that this one can't place text"
    return ""
