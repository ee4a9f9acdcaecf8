"""API tokens of an embedded workspace: shown once when they are made, kept as hashes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from ochre_tui.core.secret import Secret
from ochre_tui.ochre.embedded.database import writing
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Role

_PREFIX = "ochre_"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is kept of a token; `created_at` is seconds since 1970."""

    id: int
    role: Role
    label: str
    created_at: int


def add(
    workspace: EmbeddedWorkspace,
    role: Role,
    label: str,
    now: int,
    draw: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> Secret:
    """Make a token; nobody can read it from the workspace afterwards."""
    token = _PREFIX + draw()
    with workspace.known_failures(), writing(workspace.conn):
        workspace.conn.execute(
            "INSERT INTO api_tokens (digest, role, label, created_at) VALUES (?, ?, ?, ?)",
            (_digest(token), role, label, now),
        )
    return Secret(token)


def kept(workspace: EmbeddedWorkspace) -> list[ApiToken]:
    """Every token, oldest first."""
    with workspace.known_failures():
        rows = workspace.conn.execute("SELECT n, role, label, created_at FROM api_tokens ORDER BY n")
        return [ApiToken(*row) for row in rows]


def revoke(workspace: EmbeddedWorkspace, token_id: int) -> bool:
    """Forget a token; False where there is none of this number."""
    with workspace.known_failures(), writing(workspace.conn):
        return workspace.conn.execute("DELETE FROM api_tokens WHERE n = ?", (token_id,)).rowcount == 1


def role_of(workspace: EmbeddedWorkspace, token: str) -> Role | None:
    """What whoever has this token may do; None for a token that is not known."""
    with workspace.known_failures():
        row = workspace.conn.execute("SELECT role FROM api_tokens WHERE digest = ?", (_digest(token),)).fetchone()
    return None if row is None else row[0]


def _digest(token: str) -> bytes:
    # Drawn tokens are long enough that a plain hash can't be guessed back.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
