"""What stands behind an Intercom id."""

from __future__ import annotations

from ochre_tui.ochre.workspace import EmbeddedWorkspace


def conversation_by_alias(workspace: EmbeddedWorkspace, intercom_id: str) -> str | None:
    """The id of the conversation that was this one in Intercom."""
    return _first(
        workspace,
        "SELECT conversation_id FROM aliases WHERE kind = 'intercom_conversation' AND value = ?",
        intercom_id,
    )


def customer_by_alias(workspace: EmbeddedWorkspace, intercom_id: str) -> str | None:
    """The id of the customer that this contact became."""
    return _first(
        workspace, "SELECT customer_id FROM aliases WHERE kind = 'intercom_contact' AND value = ?", intercom_id
    )


def message_by_source_id(workspace: EmbeddedWorkspace, conversation_id: str, part_id: str) -> str | None:
    """The id of the message that was this part; of the first one, should a part id repeat."""
    return _first(
        workspace,
        "SELECT messages.id FROM conversations JOIN messages ON messages.conversation = conversations.n"
        " WHERE conversations.id = ? AND messages.source_id = ? ORDER BY position",
        conversation_id,
        part_id,
    )


def _first(workspace: EmbeddedWorkspace, query: str, *values: str) -> str | None:
    with workspace.known_failures():
        row = workspace.conn.execute(query, values).fetchone()
    return None if row is None else str(row[0])
