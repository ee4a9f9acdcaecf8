"""The last verification, and what else is to be known of what was imported."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.model import Incomplete
from ochre_tui.migration.verify.run import Verified, last_verified
from ochre_tui.store import deleted, warnings
from ochre_tui.store.deleted import Deleted


@dataclass(frozen=True, slots=True)
class Merged:
    """A customer (by Ochre's id) that several contacts became; `survivor` is the contact that gave the values."""

    customer: str
    survivor: str
    contacts: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The last verification, None before the first; who was merged, and what Intercom has deleted since."""

    intercom: Workspace
    verified: Verified | None
    merged: list[Merged]
    deleted: list[Deleted]

    @property
    def incomplete(self) -> tuple[Incomplete, ...]:
        """Conversations of which Intercom gives out only a part, as the last verification found."""
        return self.verified.incomplete if self.verified else ()

    def address(self, conversation: str) -> str:
        """Where a conversation can be looked at in Intercom."""
        return connection.inbox_address(self.intercom, conversation)


def proof(session: Session) -> Proof:
    """What there is to show of a migration that was imported."""
    with session.store() as store:
        merged = [_merged(report) for report in warnings.merges(store.conn)]
        return Proof(connection.pinned(store), last_verified(store), merged, deleted.all_deleted(store.conn))


def _merged(text: str) -> Merged:
    report = orjson.loads(text)
    contacts = sorted({*report["contact_ids"], *report["joined"]} - {report["survivor"]})
    return Merged(report["customer_id"], report["survivor"], tuple(contacts), tuple(report["emails"]))
