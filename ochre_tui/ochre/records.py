"""Ochre's records, as a target takes and returns them.

Times are whole seconds since 1970 (UTC) or None. Names, e-mails and bodies are stored as they came, with NUL and lone
surrogates replaced by U+FFFD; they are cleaned where they are shown. Tuples keep the order the contract gives them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from typing_extensions import TypeAliasType  # in typing from Python 3.12 on

JsonValue = TypeAliasType("JsonValue", "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None")
JsonObject: TypeAlias = dict[str, JsonValue]

Role: TypeAlias = Literal["owner", "admin", "agent", "light_agent"]
UserState: TypeAlias = Literal["active", "invited", "historical"]
Scope: TypeAlias = Literal["customer", "company", "conversation"]
FieldType: TypeAlias = Literal["text", "number", "boolean", "date", "single_select", "multi_select"]
Status: TypeAlias = Literal["open", "pending", "snoozed", "closed"]
Priority: TypeAlias = Literal["low", "normal", "high", "urgent"]
MessageKind: TypeAlias = Literal["reply", "note", "event"]
AuthorKind: TypeAlias = Literal["customer", "user", "bot", "system"]
AliasKind: TypeAlias = Literal["intercom_conversation", "intercom_contact"]


@dataclass(frozen=True, slots=True)
class User:
    """A member of the Ochre team; a `historical` one has no role and no account."""

    id: str
    email: str | None
    name: str | None
    role: Role | None
    state: UserState
    intercom_admin_ids: tuple[str, ...] = ()
    is_bot: bool = False
    hidden_from_reports: bool = False


@dataclass(frozen=True, slots=True)
class CustomField:
    id: str
    scope: Scope
    key: str
    label: str
    type: FieldType
    options: tuple[str, ...] = ()
    source_name: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    id: str
    name: str
    intercom_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What a member of the team wrote about a customer or a company; the author's name and e-mail as in Ochre."""

    source_id: str | None
    author_email: str | None
    author_name: str | None
    created_at: int | None
    body_html: str | None
    body_text: str | None


@dataclass(frozen=True, slots=True)
class Company:
    id: str
    name: str | None
    intercom_id: str
    company_id: str | None
    website: str | None
    industry: str | None
    size: int | None
    plan: str | None
    monthly_spend: float | None
    tags: tuple[str, ...]
    notes: tuple[Note, ...] = field(default=(), kw_only=True)
    custom_fields: JsonObject
    unmapped: JsonObject
    created_at: int | None
    updated_at: int | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who writes in; `company_ids` are Ochre's, `intercom_ids` every contact that became this customer."""

    id: str
    name: str | None
    email: str | None
    email_aliases: tuple[str, ...]
    phone: str | None
    external_ids: tuple[str, ...]
    intercom_ids: tuple[str, ...]
    can_sign_in: bool
    placeholder: bool
    company_ids: tuple[str, ...]
    tags: tuple[str, ...]
    notes: tuple[Note, ...] = field(default=(), kw_only=True)
    custom_fields: JsonObject
    unmapped: JsonObject
    created_at: int | None
    updated_at: int | None


@dataclass(frozen=True, slots=True)
class SavedReply:
    id: str
    title: str
    body_html: str
    body_text: str
    intercom_id: str
    visibility: str
    unknown_placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message.

    `id` names a customer or a user, whose name and e-mail in Ochre the target looks up when it is read; `name` is used
    only where there is no id (a team). `source_name` is the name Intercom gave.
    """

    kind: AuthorKind
    id: str | None = None
    name: str | None = None
    source_name: str | None = None


author_of = lru_cache(maxsize=4096)(Author)
"""The same, made once for each author: a few of them write most messages."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One occurrence of a file in a message; `size` is that of the stored bytes, or the declared one when missing."""

    id: str
    conversation_id: str
    message_id: str
    name: str
    source_name: str | None
    content_type: str | None
    size: int | None
    sha256: str | None
    inline: bool
    state: Literal["stored", "missing"]
    reason: str | None = None


@dataclass(slots=True)  # not frozen: they are made by the million, each in a quarter of the time; nobody changes one
class Message:
    id: str
    conversation_id: str
    position: int
    kind: MessageKind
    source_id: str | None
    source_type: str
    author: Author
    created_at: int | None
    body_html: str | None
    body_text: str | None
    source_sha256: str | None
    redacted: bool
    tags: tuple[str, ...]
    event: JsonObject | None
    attachment_ids: tuple[str, ...]
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    email_message_id: str | None = None
    quoted_html: str | None = None
    quoted_text: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    subject: str
    status: Status
    priority: Priority
    channel: str
    assignee_id: str | None
    assignee_email: str | None
    assignee_intercom_id: str | None
    team: str | None
    customer_ids: tuple[str, ...]
    tags: tuple[str, ...]
    custom_fields: JsonObject
    unmapped: JsonObject
    rating: int | None
    rating_remark: str | None
    created_at: int | None
    updated_at: int | None
    snoozed_until: int | None
    intercom_id: str
    source_part_count: int | None
    incomplete: bool


@dataclass(frozen=True, slots=True)
class Alias:
    kind: AliasKind
    value: str
    conversation_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with all that belongs to it: written, replaced and read as one."""

    conversation: Conversation
    messages: tuple[Message, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=())
