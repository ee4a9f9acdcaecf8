"""Admins: those that Intercom lists, and those that only old conversations still name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Admin, Author, Conversation, Json, is_operator_email
from ochre_tui.migration.convert.part_order import by_number
from ochre_tui.migration.scan.result import AdminFound


class Admins:
    """Who works here, and in how many conversations."""

    def __init__(self) -> None:
        self._listed: dict[str, Admin] = {}
        self._named: dict[str, tuple[str | None, str | None]] = {}
        self._bots: set[str] = set()
        self._conversations: Counter[str] = Counter()
        self._messages: Counter[str] = Counter()

    def take_listed(self, rows: Iterable[Json]) -> None:
        """Take in the rows of `/admins`."""
        for row in rows:
            try:
                admin = Admin.read(row)
            except RecordError:
                continue
            self._listed[admin.id] = admin
            if admin.is_bot:
                self._bots.add(admin.id)

    def meet(self, ids: Iterable[str], author: Author | None) -> None:
        """Take in a conversation in which these take part and that the author began."""
        present = set(ids)
        if author is not None and author.type in {"admin", "bot"} and author.id:
            present.add(author.id)
            self._name(author)
        self._conversations.update(present)

    def read(self, conversation: Conversation) -> None:
        """Take in the authors of a conversation that was read in full."""
        source = conversation.source.author if conversation.source else None
        for author in [source, *(part.author for part in conversation.parts)]:
            if author is not None and author.type in {"admin", "bot"} and author.id:
                self._messages[author.id] += 1
                self._name(author)

    def __len__(self) -> int:
        return len(self._listed)

    def found(self) -> list[AdminFound]:
        """Everybody, listed ones first."""
        removed = {*self._conversations, *self._messages} - self._listed.keys()
        listed = [self._found(admin.id, admin.name, admin.email, removed=False) for admin in self._listed.values()]
        return listed + [
            self._found(admin_id, *self._named.get(admin_id, (None, None)), removed=True)
            for admin_id in sorted(removed, key=by_number)
        ]

    def _found(self, admin_id: str, name: str | None, email: str | None, *, removed: bool) -> AdminFound:
        return AdminFound(
            id=admin_id,
            name=name,
            email=email,
            is_bot=admin_id in self._bots,
            removed=removed,
            conversations=self._conversations[admin_id],
            sampled_messages=self._messages[admin_id],
        )

    def _name(self, author: Author) -> None:
        admin_id = author.id or ""
        if (author.type == "bot" or is_operator_email(author.email)) and admin_id not in self._listed:
            self._bots.add(admin_id)
        name, email = self._named.get(admin_id, (None, None))
        self._named[admin_id] = (name or author.name, email or author.email)
