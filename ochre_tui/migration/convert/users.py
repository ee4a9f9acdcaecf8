"""Admins to the Ochre team, by the plan."""

from __future__ import annotations

from collections.abc import Sequence

from ochre_tui.migration.convert import ids
from ochre_tui.ochre.records import Role, User

BOT_NAME = "Intercom Bot"


def invited_user(admin_ids: Sequence[str], email: str, name: str | None, role: Role) -> User:
    """The user for admins that the plan invites (several if they have one e-mail)."""
    address = email.strip()
    return User(ids.user_id_for_email(address), address, name, role, "invited", tuple(sorted(admin_ids)))


def historical_user(admin_id: str, email: str | None, name: str | None, workspace: str) -> User:
    """The team record of an admin that the plan skips or that Intercom no longer lists: no role, no account."""
    address = (email or "").strip() or None
    return User(ids.historical_user_id(workspace, admin_id), address, name, None, "historical", (admin_id,))


def bot_user(workspace: str, admin_ids: Sequence[str] = ()) -> User:
    """The one user that stands for Operator, Fin and all other bots."""
    return User(
        ids.bot_user_id(workspace),
        None,
        BOT_NAME,
        None,
        "historical",
        tuple(sorted(admin_ids)),
        is_bot=True,
        hidden_from_reports=True,
    )
