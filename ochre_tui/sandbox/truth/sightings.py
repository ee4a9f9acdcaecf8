"""What the conversations tell about people, tags and companies: gathered once, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ochre_tui.sandbox.truth.values import seconds
from ochre_tui.sandbox.world import World
from ochre_tui.sandbox.world.conversation import Author, Conversation, Message

Json = dict[str, Any]

PART_LIMIT: Final = 500
CONTACTS: Final = frozenset({"user", "lead", "contact"})

When = tuple[int, int, int]


@dataclass(slots=True)
class Sighting:
    """The latest name and the latest e-mail of somebody, each with its time."""

    name: str | None = None
    email: str | None = None
    named_at: When = (-2, 0, 0)
    mailed_at: When = (-2, 0, 0)

    def add(self, when: When, name: str | None, email: str | None) -> None:
        if name and when >= self.named_at:
            self.name, self.named_at = name, when
        if email and when >= self.mailed_at:
            self.email, self.mailed_at = email.strip(), when


@dataclass(slots=True)
class Sightings:
    contacts: dict[str, Sighting] = field(default_factory=dict)
    admins: dict[str, Sighting] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    companies: set[str] = field(default_factory=set)
    bots: bool = False


def messages(conversation: Conversation) -> list[tuple[Message, int | None]]:
    """What the importer can see, in Ochre's order: the source, then the newest 500 parts; with their times."""
    parts = conversation.parts[-PART_LIMIT:]
    timed = sorted(((part, seconds(part.at)) for part in parts), key=lambda pair: (pair[1] or 0, int(pair[0].id or 0)))
    if conversation.source is None:
        return timed
    return [(conversation.source, conversation.row.shown_created_at), *timed]


def is_bot(author: Author) -> bool:
    email = author.email or ""
    return author.kind == "bot" or author.ai or (email.startswith("operator+") and email.endswith("@intercom.io"))


def gather(world: World) -> Sightings:
    sightings = Sightings()
    for conversation in conversations(world):
        _note_presence(conversation, sightings)
        for position, (message, at) in enumerate(messages(conversation)):
            for tag, name in message.tags:
                sightings.tags.setdefault(str(tag), name)
            if message.author is not None:
                when = (-1 if at is None else at, int(conversation.row.id), position)
                _note_author(message.author, when, sightings)
    for bot in (world.staff.operator, world.staff.fin):
        sightings.admins.pop(bot.id, None)
    return sightings


def _note_presence(conversation: Conversation, sightings: Sightings) -> None:
    """Those who take part, whether they write or not."""
    row = conversation.row
    present = (-1 if row.undated else row.created_at, int(row.id), 0)
    rater = (conversation.rating or {}).get("contact", {}).get("id")
    for contact in (*row.contact_ids, *([rater] if rater else [])):
        sightings.contacts.setdefault(contact, Sighting()).add(present, None, None)
    if row.admin_assignee_id:
        sightings.admins.setdefault(str(row.admin_assignee_id), Sighting()).add(present, None, None)
    if conversation.company:
        sightings.companies.add(conversation.company["id"])
    for tag, name in conversation.tags:
        sightings.tags.setdefault(str(tag), name)


def _note_author(author: Author, when: When, sightings: Sightings) -> None:
    if is_bot(author):
        sightings.bots = True
    elif author.kind in CONTACTS:
        sightings.contacts.setdefault(str(author.id), Sighting()).add(when, author.name, author.email)
    elif author.kind == "admin":
        sightings.admins.setdefault(str(author.id), Sighting()).add(when, author.name, author.email)


def conversations(world: World) -> Iterator[Conversation]:
    for row in world.conversation_index():
        conversation = world.generated(row.id)
        if conversation is not None:
            yield conversation
