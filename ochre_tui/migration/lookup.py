"""A customer's conversations, as one looks for them after an import."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.migration import connection
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.ochre.columns import CONVERSATIONS
from ochre_tui.ochre.target import Target
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
    found = []
    for intercom_id in people.conversations_of(store.conn, customer_id, MOST):
        record = target.record(CONVERSATIONS, conversation_id(id_code, intercom_id))
        if record is not None:
            found.append(Listed(intercom_id, record.subject, record.status, record.channel, record.updated_at))
    return found
