"""What stands behind an Intercom id."""

from __future__ import annotations

from ochre_tui.ochre.target import Target


def conversation_by_alias(target: Target, intercom_id: str) -> str | None:
    """The id of the conversation that was this one in Intercom."""
    return target.behind_alias("intercom_conversation", intercom_id)


def customer_by_alias(target: Target, intercom_id: str) -> str | None:
    """The id of the customer that this contact became."""
    return target.behind_alias("intercom_contact", intercom_id)


def message_by_source_id(target: Target, conversation_id: str, part_id: str) -> str | None:
    """The id of the message that was this part; of the first one, should a part id repeat."""
    thread = target.thread(conversation_id)
    found = (message.id for message in (thread.messages if thread else ()) if message.source_id == part_id)
    return next(found, None)
