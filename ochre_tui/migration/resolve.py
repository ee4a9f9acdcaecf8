"""Old Intercom links and ids, to what they are in Ochre."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.intercom.links import ConversationLink, recognise
from ochre_tui.ochre.aliases import conversation_by_alias, customer_by_alias, message_by_source_id
from ochre_tui.ochre.target import Target


@dataclass(frozen=True, slots=True)
class ResolvedConversation:
    """The conversation behind a link, and the message that its anchor names."""

    intercom_id: str
    conversation_id: str
    url: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class ResolvedCustomer:
    intercom_id: str
    customer_id: str
    url: str


def resolve(target: Target, link: str) -> ResolvedConversation | ResolvedCustomer | None:
    """What a link, a path or a bare id of Intercom's is in Ochre; None where it is nothing here."""
    found = recognise(link)
    if found is None:
        return None
    if not isinstance(found, ConversationLink):
        customer = customer_by_alias(target, found.contact_id)
        return ResolvedCustomer(found.contact_id, customer, f"/customers/{customer}") if customer else None
    conversation = conversation_by_alias(target, found.conversation_id)
    if conversation is None:
        return None
    message = message_by_source_id(target, conversation, found.part_id) if found.part_id else None
    url = f"/conversations/{conversation}" + (f"#{message}" if message else "")
    return ResolvedConversation(found.conversation_id, conversation, url, message)
