"""Asking something of an import, from any shell, window or program, whichever process imports."""

from __future__ import annotations

from ochre_tui.core.errors import UsageError
from ochre_tui.migration.session import Session
from ochre_tui.store import control
from ochre_tui.store.control import Action
from ochre_tui.store.lease import holder

_INSTEAD: dict[Action, str] = {
    "pause": "There is nothing to pause. `ochre-tui run` begins it or takes it up.",
    "resume": "`ochre-tui run` takes it up, `ochre-tui run --detach` without keeping this terminal.",
    "stop": "There is nothing to stop. `ochre-tui status` tells how it stands.",
}


def ask(session: Session, action: Action, value: int | None = None, reason: str | None = None) -> int:
    """Ask this of whoever imports; the command's number.

    UsageError where nobody imports, but for a throttle, which holds until there is another.
    """
    if action != "throttle" and holder(session.paths.lock) is None:
        raise UsageError("No process imports this migration now.", advice=_INSTEAD[action])
    with session.store() as store, store.transaction() as conn:
        command = control.give(conn, int(session.now()), session.actor, action, value, reason)
    session.audit(action, percent=value, reason=reason)
    return command


def obeyed(session: Session, action: Action, command: int) -> bool:
    """Whether the importer has done what it was asked for, or has ended meanwhile."""
    if holder(session.paths.lock) is None:
        return True
    with session.store() as store:
        return action != "stop" and control.is_taken(store.conn, command)
