"""A customer's conversations, as one looks for them after an import."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.intercom.links import ConversationLink, recognise
from ochre_tui.migration import connection
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.ochre.columns import CONVERSATIONS
from ochre_tui.ochre.target import Target, conversation_by_alias, customer_by_alias, message_by_source_id
from ochre_tui.store import people
from ochre_tui.store.store import Store

MOST = 100
"""So many are read, the latest first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in Ochre; `intercom_id` is what the spot-check knows it by, `updated_at` unix seconds."""

    intercom_id: str
    subject: str
    status: str
    channel: str
    updated_at: int | None


def conversations_of(store: Store, target: Target, customer_id: str) -> list[Listed]:
    """Those that are in Ochre, the latest first, at most MOST."""
    id_code = connection.pinned(store).id_code
    conversations = []
    for intercom_id in people.conversations_of(store.conn, customer_id, MOST):
        record = target.record(CONVERSATIONS, conversation_id(id_code, intercom_id))
        if record is not None:
            conversations.append(Listed(intercom_id, record.subject, record.status, record.channel, record.updated_at))
    return conversations


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
    target_link = recognise(link)
    if target_link is None:
        return None
    if not isinstance(target_link, ConversationLink):
        customer = customer_by_alias(target, target_link.contact_id)
        return ResolvedCustomer(target_link.contact_id, customer, f"/customers/{customer}") if customer else None
    conversation = conversation_by_alias(target, target_link.conversation_id)
    if conversation is None:
        return None
    message = message_by_source_id(target, conversation, target_link.part_id) if target_link.part_id else None
    url = f"/conversations/{conversation}" + (f"#{message}" if message else "")
    return ResolvedConversation(target_link.conversation_id, conversation, url, message)
