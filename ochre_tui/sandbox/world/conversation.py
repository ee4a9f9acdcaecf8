"""A conversation as it was made up: the one source of both Intercom's JSON and the ground truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ochre_tui.sandbox.world.body import Body, File
from ochre_tui.sandbox.world.index import IndexRow

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Author:
    """`kind` is user, lead, contact, admin, bot or team; ids are a string or, at times, an integer."""

    kind: str
    id: str | int
    name: str | None
    email: str | None
    ai: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """What a message's headers said, and what it quoted."""

    message_id: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    history: Body = ()


@dataclass(slots=True)
class Message:
    """The source (`kind` "source") or a part (`kind` its part_type).

    `body` None is JSON's null; `bare` replaces the markup of an empty body (`""` or white space). `at` is the raw
    `created_at`. `details` is `event_details`.
    """

    id: str | int | None
    kind: str
    at: int | str | None
    author: Author | None
    body: Body | None = None
    bare: str | None = None
    files: tuple[File, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    redacted: bool = False
    assigned_to: Json | None = None
    details: Json | None = None
    metadata: Json | None = None
    mail: Mail | None = None


@dataclass(slots=True)
class Conversation:
    """`source` None is a conversation without one. `attributes` and the like are raw Intercom values."""

    row: IndexRow
    title: str | None
    source: Message | None
    subject: str | None
    parts: list[Message]
    attributes: Json
    tags: list[tuple[str | int, str]]
    rating: Json | None = None
    company: Json | None = None
    ticket: Json | None = None
    linked: list[Json] = field(default_factory=list)
    delivered_as: str = "customer_initiated"

    @property
    def raw_subject(self) -> str | None:
        """`source.subject` as Intercom gives it: at times in a paragraph."""
        return f"<p>{self.subject}</p>" if self.subject and self.row.number % 4 == 0 else self.subject
