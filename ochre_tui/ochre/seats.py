"""Seats: how many members may write to customers; light agents need none."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.ochre.workspace import EmbeddedWorkspace

_HOLDERS = "SELECT id FROM users WHERE role IN ('owner', 'admin', 'agent') AND state = ? ORDER BY n"


@dataclass(frozen=True, slots=True)
class Seats:
    """`limit` None: as many as are wanted. `pending` are the users whose invitation waits for a free seat."""

    limit: int | None
    used: int
    pending: tuple[str, ...]


def seats(workspace: EmbeddedWorkspace, limit: int | None) -> Seats:
    """Active members have theirs; invitations take what is left, the oldest first."""
    with workspace.snapshot() as conn:
        active, invited = ([id_ for (id_,) in conn.execute(_HOLDERS, (state,))] for state in ("active", "invited"))
    free = len(invited) if limit is None else max(0, limit - len(active))
    return Seats(limit, len(active) + len(invited[:free]), tuple(invited[free:]))
