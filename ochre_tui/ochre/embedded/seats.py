"""Seats: how many members may write to customers; light agents need none."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.ochre.embedded.database import writing
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace

_HOLDERS = "SELECT id FROM users WHERE role IN ('owner', 'admin', 'agent') AND state = ? ORDER BY n"


@dataclass(frozen=True, slots=True)
class Seats:
    """`limit` None: as many as are wanted. `pending` are the users whose invitation waits for a free seat."""

    limit: int | None
    used: int
    pending: tuple[str, ...]


def limit_seats(workspace: EmbeddedWorkspace, limit: int | None) -> None:
    """Have seats for so many members from now on."""
    with workspace.known_failures(), writing(workspace.conn):
        workspace.conn.execute("UPDATE workspace SET seats = ?", (limit,))


def seats(workspace: EmbeddedWorkspace) -> Seats:
    """Active members have theirs; invitations take what is left, the oldest first."""
    with workspace.snapshot() as conn:
        (limit,) = conn.execute("SELECT seats FROM workspace").fetchone()
        active, invited = ([id_ for (id_,) in conn.execute(_HOLDERS, (state,))] for state in ("active", "invited"))
    free = len(invited) if limit is None else max(0, limit - len(active))
    return Seats(limit, len(active) + len(invited[:free]), tuple(invited[free:]))
