"""Who is seen in a conversation: people whom Intercom may no longer list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ochre_tui.intercom.models import Author, Conversation
from ochre_tui.migration.convert.part_order import by_number, sequence
from ochre_tui.migration.convert.times import read_time


@dataclass(frozen=True, slots=True)
class Sighting:
    """A contact or an admin (`person_id`) in a conversation, with the name and e-mail given there.

    `at` is the time of the message, or the conversation's for somebody who only takes part; `role` is Intercom's
    author type.
    """

    person_id: str
    role: str | None
    name: str | None
    email: str | None
    at: int | None
    conversation_id: str
    position: int


@dataclass(frozen=True, slots=True)
class Known:
    """What sightings tell about a person: the latest name and e-mail, and every e-mail."""

    name: str | None
    email: str | None
    emails: frozenset[str]


def contacts_of(conversation: Conversation) -> list[str]:
    """The contacts of `people_of`, each once, without what is known of them."""
    found = [contact.id for contact in conversation.contacts]
    if conversation.rating and conversation.rating.contact:
        found.append(conversation.rating.contact.id)
    if conversation.source and (author := conversation.source.author) and author.is_contact:
        found.append(author.id)
    found += [part.author.id for part in conversation.parts if part.author and part.author.is_contact]
    return list(dict.fromkeys(id_ for id_ in found if id_))


def people_of(conversation: Conversation) -> list[Sighting]:
    """Contacts who take part, wrote, or gave the rating; the same one may be there several times."""
    seen = [_present(conversation, contact.id, "contact") for contact in conversation.contacts if contact.id]
    rater = conversation.rating.contact if conversation.rating else None
    if rater and rater.id:
        seen.append(_present(conversation, rater.id, "contact"))
    for entry in sequence(conversation):
        author = entry.author
        if author and author.is_contact and author.id:
            seen.append(_wrote(conversation, author, author.id, entry.at, entry.position))
    return seen


def staff_of(conversation: Conversation) -> list[Sighting]:
    """Admins who wrote, and the assignee; no bots, as far as the conversation tells."""
    authors = [entry for entry in sequence(conversation) if entry.author and entry.author.id]
    bots = {entry.author.id for entry in authors if entry.author and entry.author.is_bot}
    seen = []
    assignee = conversation.admin_assignee_id
    if assignee and assignee not in bots:
        seen.append(_present(conversation, assignee, "admin"))
    for entry in authors:
        author = entry.author
        if author and author.id and author.type == "admin" and author.id not in bots:
            seen.append(_wrote(conversation, author, author.id, entry.at, entry.position))
    return seen


@dataclass(frozen=True, slots=True)
class Involvement:
    """An admin's part in a conversation: messages written there, and whether it is or was assigned to them."""

    admin_id: str
    messages: int
    assigned: bool


def involvements(conversation: Conversation) -> list[Involvement]:
    """Every admin whose name or account the converted conversation shows."""
    wrote: Counter[str] = Counter()
    assigned = {conversation.admin_assignee_id} if conversation.admin_assignee_id else set()
    for entry in sequence(conversation):
        author = entry.author
        if author and author.id and author.type == "admin" and not author.is_bot:
            wrote[author.id] += 1
        to = entry.part.assigned_to if entry.part else None
        if to and to.id and to.type != "team":
            assigned.add(to.id)
    return [Involvement(id_, wrote[id_], id_ in assigned) for id_ in sorted({*wrote, *assigned})]


def known_from(sightings: Iterable[Sighting]) -> Known:
    """The name and the e-mail of the latest sighting that has one, each by itself."""
    name = email = None
    emails = set()
    for sighting in sorted(sightings, key=_when):
        name = sighting.name or name
        if sighting.email:
            email = sighting.email.strip()
            emails.add(email)
    return Known(name, email, frozenset(emails))


def _when(sighting: Sighting) -> tuple[int, tuple[int, int, str], int]:
    return (-1 if sighting.at is None else sighting.at, by_number(sighting.conversation_id), sighting.position)


def _present(conversation: Conversation, person_id: str, role: str) -> Sighting:
    return Sighting(person_id, role, None, None, read_time(conversation.created_at), conversation.id, 0)


def _wrote(conversation: Conversation, author: Author, person_id: str, at: int | None, position: int) -> Sighting:
    return Sighting(person_id, author.type, author.name, author.email, at, conversation.id, position)
