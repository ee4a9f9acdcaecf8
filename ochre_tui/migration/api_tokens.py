"""Tokens for the import API of the embedded workspace: who may import into it."""

from __future__ import annotations

from ochre_tui.core.errors import UsageError
from ochre_tui.core.secret import Secret
from ochre_tui.migration.session import Session
from ochre_tui.ochre.embedded import tokens
from ochre_tui.ochre.records import Role

ON_A_SERVER = "Only a workspace on this machine can be served."


def add(session: Session, role: Role, label: str) -> Secret:
    """A token of this role, made now: only its hash is kept."""
    with session.embedded(ON_A_SERVER) as workspace:
        made = tokens.add(workspace, role, label, int(session.now()))
        session.audit("token add", id=tokens.kept(workspace)[-1].id, role=role, label=label)
    return made


def kept(session: Session) -> list[tokens.ApiToken]:
    """The tokens, without what nobody can know any more."""
    with session.embedded(ON_A_SERVER) as workspace:
        return tokens.kept(workspace)


def revoke(session: Session, token_id: int) -> None:
    """Make a token useless; UsageError where there is none of this number."""
    with session.embedded(ON_A_SERVER) as workspace:
        token = next((token for token in tokens.kept(workspace) if token.id == token_id), None)
        if token is None or not tokens.revoke(workspace, token_id):
            raise UsageError(f"There is no token {token_id}.", advice="`ochre-tui serve token list` shows them.")
        session.audit("token revoke", id=token.id, role=token.role, label=token.label)
