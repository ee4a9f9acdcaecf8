"""Conversations, contacts, companies and admins, counted from the rows that listings show."""

from __future__ import annotations

import datetime
import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, Final

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Admin, Author, Company, Contact, Conversation, Json, is_operator_email
from ochre_tui.intercom.models.values import as_id, as_int, as_object, as_text, objects
from ochre_tui.migration.convert.customers import components, contact_keys
from ochre_tui.migration.convert.part_order import by_number
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.plan.model import Channel, State
from ochre_tui.migration.plan.scope import channel_of, state_of
from ochre_tui.migration.scan.result import ConversationCounts, ScannedAdmin, Stratum
from ochre_tui.migration.scan.sample import RandomSample
from ochre_tui.migration.scan.usage import Usage

PARTS_LIMIT: Final = 500
MOST_SAMPLED: Final = 40
_NONE: Final = "none"
_FIRST_SLOTS: Final = 1024
_read_teammates = objects("admins", "teammates", "data")


class AdminTally:
    """Who works here, and in how many conversations."""

    def __init__(self) -> None:
        self._listed: dict[str, Admin] = {}
        self._named: dict[str, tuple[str | None, str | None]] = {}
        self._bots: set[str] = set()
        self._conversations: Counter[str] = Counter()
        self._messages: Counter[str] = Counter()

    def add_listed(self, rows: Iterable[Json]) -> None:
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

    def result(self) -> list[ScannedAdmin]:
        """Everybody, listed ones first."""
        removed = {*self._conversations, *self._messages} - self._listed.keys()
        listed = [self._described(admin.id, admin.name, admin.email, removed=False) for admin in self._listed.values()]
        return listed + [
            self._described(admin_id, *self._named.get(admin_id, (None, None)), removed=True)
            for admin_id in sorted(removed, key=by_number)
        ]

    def _described(self, admin_id: str, name: str | None, email: str | None, *, removed: bool) -> ScannedAdmin:
        return ScannedAdmin(
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


class ConversationTally:
    """What conversation rows tell; `draw` is the sample to be read in full."""

    def __init__(self, usage: Usage, admins: AdminTally, zone: datetime.tzinfo, rng: Random) -> None:
        self.usage = usage
        self.seen = IdSet()
        self.draw = RandomSample(MOST_SAMPLED, rng)
        self.tickets = 0
        self.undated: list[str] = []
        self._admins = admins
        self._zone = zone
        self._states: Counter[str] = Counter()
        self._channels: Counter[str] = Counter()
        self._months: Counter[str] = Counter()
        self._strata: Counter[tuple[str, str, State, Channel]] = Counter()
        self._long: list[str] = []

    def add(self, row: Json) -> None:
        """Take in a row; one without an id is none, one met before counts once."""
        intercom_id = as_id(row.get("id"))
        if intercom_id is None or not self.seen.add(intercom_id):
            return
        self.draw.offer(intercom_id)
        source = as_object(row.get("source"))
        state, channel = as_text(row.get("state")), as_text(source.get("type"))
        created = self._month(row.get("created_at"))
        if created == _NONE:
            self.undated.append(intercom_id)
        self._states[state or _NONE] += 1
        self._channels[channel or _NONE] += 1
        self._months[created] += 1
        self._strata[created, self._month(row.get("updated_at")), state_of(state), channel_of(channel)] += 1
        if (as_int(as_object(row.get("statistics")).get("count_conversation_parts")) or 0) > PARTS_LIMIT:
            self._long.append(intercom_id)
        self.tickets += isinstance(row.get("ticket"), dict)
        self._admins.meet(_staff(row), _author(source))
        self.usage.add(_attributes(row))

    def result(self) -> ConversationCounts:
        """The counts, months in order."""
        return ConversationCounts(
            by_state=dict(sorted(self._states.items())),
            by_channel=dict(sorted(self._channels.items())),
            by_month=dict(sorted(self._months.items())),
            over_500_parts=sorted(self._long, key=by_number),
        )

    def strata(self) -> list[Stratum]:
        """How many there are of each kind that a plan can tell apart, month by month."""
        return [
            Stratum(created=created, updated=updated, state=state, channel=channel, count=count)
            for (created, updated, state, channel), count in sorted(self._strata.items())
        ]

    def _month(self, time: Any) -> str:
        at = read_time(time)
        if at is None:
            return _NONE
        return datetime.datetime.fromtimestamp(at, self._zone).strftime("%Y-%m")


def _staff(row: Json) -> Iterator[str]:
    assignee = as_id(row.get("admin_assignee_id"))
    if assignee:
        yield assignee
    for teammate in _read_teammates(row.get("teammates")):
        if teammate.get("type") in {None, "admin"} and (admin_id := as_id(teammate.get("id"))):
            yield admin_id


def _author(source: Json) -> Author | None:
    author = source.get("author")
    return Author.model_validate(author) if isinstance(author, dict) else None


def _attributes(row: Json) -> dict[str, Any]:
    """The conversation's attributes, and those of the ticket that it is."""
    attributes = dict(as_object(row.get("custom_attributes")))
    for name, raw in as_object(as_object(row.get("ticket")).get("custom_attributes")).items():
        attributes.setdefault(name, raw.get("value") if isinstance(raw, dict) and "value" in raw else raw)
    return attributes


class ContactTally:
    """What contact rows tell."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.merges = MergeTally()
        self.seen = IdSet()
        self.notes = 0
        self.sub_lists = 0

    def add(self, row: Json) -> None:
        """Take in a row; one without an id is none, one met before counts once."""
        try:
            contact = Contact.read(row)
        except RecordError:
            return
        if not self.seen.add(contact.id):
            return
        self.merges.add(contact.id, contact_keys(contact))
        self.usage.add(contact.custom_attributes)
        self.notes += contact.notes.total_count or len(contact.notes.data)
        # Each is a request of its own when the contact is imported.
        self.sub_lists += contact.tags.has_more + contact.companies.has_more


class CompanyTally:
    """What company rows tell."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.seen = IdSet()

    def add(self, row: Json) -> None:
        """Take in a row; one without an id is none, one met before counts once."""
        try:
            company = Company.read(row)
        except RecordError:
            return
        if self.seen.add(company.id):
            self.usage.add(company.custom_attributes)


class MergeTally:
    """Contacts and the keys that link them, 16 bytes a key and an id's length a contact."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._owners = array("Q")
        self._ids = bytearray()
        self._ends = array("Q")

    def add(self, contact_id: str, keys: Iterable[str]) -> None:
        """Take in one contact."""
        owner = len(self._ends)
        self._ids += contact_id.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._ids))
        for key in keys:
            digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            self._hashes.append(int.from_bytes(digest))
            self._owners.append(owner)

    def groups(self) -> list[list[str]]:
        """Ids of the contacts of each customer that is made of several."""
        shared = _repeated(self._hashes)
        pairs = zip(self._owners, self._hashes, strict=True)
        return components((self._id(owner), str(key)) for owner, key in pairs if key in shared)

    def _id(self, owner: int) -> str:
        start = self._ends[owner - 1] if owner else 0
        return self._ids[start : self._ends[owner]].decode("utf-8", "surrogatepass")


def _repeated(hashes: Iterable[int]) -> set[int]:
    repeated, before = set(), -1
    for key in sorted(hashes):
        if key == before:
            repeated.add(key)
        before = key
    return repeated


class IdSet:
    """A set of ids, kept as 64-bit hashes in an open-addressing table."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, item: str) -> bool:
        """Take the id in; whether it is new."""
        digest = hashlib.blake2b(item.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        # 0 marks a free slot.
        if not _put(self._slots, int.from_bytes(digest) or 1):
            return False
        self._count += 1
        if self._count * 2 > len(self._slots):
            self._grow()
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(8 * 2 * len(self._slots)))
        for key in self._slots:
            if key:
                _put(larger, key)
        self._slots = larger


def _put(slots: array[int], key: int) -> bool:
    mask = len(slots) - 1
    index = key & mask
    while slot := slots[index]:
        if slot == key:
            return False
        index = (index + 1) & mask
    slots[index] = key
    return True
