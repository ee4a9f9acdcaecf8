"""A conversation with its parts, as `GET /conversations/{id}` gives it in any version from 2.11 on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, PlainValidator

from ochre_tui.intercom.models.record import Record, Ref
from ochre_tui.intercom.models.values import (
    Flag,
    Id,
    Int,
    Json,
    Lenient,
    Name,
    Object,
    OrNone,
    Raw,
    Text,
    as_text,
    objects,
)

CONTACT_TYPES = frozenset({"user", "lead", "contact", "visitor"})

_OPERATOR_EMAIL = re.compile(r"operator\+[a-z0-9]+@intercom\.io", re.IGNORECASE)


def is_operator_email(email: str | None) -> bool:
    """Whether the address is that of the bot Intercom lists among the admins."""
    return email is not None and _OPERATOR_EMAIL.fullmatch(email.strip()) is not None


class Author(Lenient):
    type: Text = None
    id: Id = None
    name: Name = None
    email: Text = None
    from_ai_agent: Flag = False
    is_ai_answer: Flag = False

    @property
    def is_contact(self) -> bool:
        return self.type in CONTACT_TYPES

    @property
    def is_bot(self) -> bool:
        """Operator, Fin or a workflow, however Intercom disguises it."""
        if self.type == "bot" or is_operator_email(self.email):
            return True
        return (self.from_ai_agent or self.is_ai_answer) and not self.is_contact


class FileUpload(Lenient):
    name: Text = None
    url: Text = None
    content_type: Text = None
    filesize: Int = None


class MailAddress(Lenient):
    """An address in a mail's header, or a recipient: `type` is from, to, cc or bcc."""

    type: Text = None
    email_address: Text = None
    email: Text = None

    @property
    def address(self) -> str | None:
        address = self.email_address or self.email
        return address.strip() if address else None


class MailMetadata(Lenient):
    """A mail's headers; `history` is the HTML that it quoted or forwarded, of the source only."""

    message_id: Text = None
    email_address_headers: Annotated[tuple[MailAddress, ...], BeforeValidator(objects("data"))] = ()
    history: Raw = None


class Part(Lenient):
    """One part; `created_at` is raw, its unit is not sure."""

    id: Id = None
    part_type: Text = None
    body: Raw = None
    created_at: Any = None
    author: Annotated[Author | None, OrNone] = None
    attachments: Annotated[tuple[FileUpload, ...], BeforeValidator(objects("attachments", "data"))] = ()
    assigned_to: Annotated[Ref | None, OrNone] = None
    redacted: Flag = False
    state: Text = None
    tags: Annotated[tuple[Ref, ...], BeforeValidator(objects("tags", "data"))] = ()
    event_details: Object = Field(default_factory=dict)
    updated_attribute_data: Object = Field(default_factory=dict)
    ticket_state: Any = None
    previous_ticket_state: Any = None
    metadata: Object = Field(default_factory=dict)
    mail: Annotated[MailMetadata | None, OrNone] = Field(default=None, alias="email_message_metadata")


class Source(Lenient):
    """The first message; its time is the conversation's."""

    type: Text = None
    id: Id = None
    subject: Text = None
    body: Raw = None
    author: Annotated[Author | None, OrNone] = None
    attachments: Annotated[tuple[FileUpload, ...], BeforeValidator(objects("attachments", "data"))] = ()
    redacted: Flag = False
    recipients: Annotated[tuple[MailAddress, ...], BeforeValidator(objects("recipients", "data"))] = ()
    mail: Annotated[MailMetadata | None, OrNone] = Field(default=None, alias="email_message_metadata")


class Channel(Lenient):
    """Where a conversation began, of which 2.16 tells."""

    initial: Text = None


class FirstReply(Lenient):
    type: Text = None


class Rating(Lenient):
    rating: Int = None
    remark: Text = None
    contact: Annotated[Ref | None, OrNone] = None


def _word(*keys: str) -> Callable[[Any], str | None]:
    """A reader of what is a word in some versions and an object in others, which holds it under one of `keys`."""

    def read(value: Any) -> str | None:
        if isinstance(value, dict):
            return next((word for key in keys if (word := as_text(value.get(key)))), None)
        return as_text(value)

    return read


class Ticket(Lenient):
    """What a conversation that is a ticket says of it; values of `custom_attributes` are `{value, type}`."""

    id: Id = None
    custom_attributes: Object = Field(default_factory=dict)
    ticket_type: Annotated[str | None, PlainValidator(_word("name"))] = None
    state: Annotated[str | None, PlainValidator(_word("internal_label", "name", "category"))] = None
    ticket_state: Annotated[str | None, PlainValidator(_word("internal_label", "name", "category"))] = None
    ticket_custom_state_admin_label: Text = None
    ticket_state_internal_label: Text = None

    @property
    def state_label(self) -> str | None:
        """The state as admins see it; where Intercom gives no label, the state's own name."""
        label = self.ticket_custom_state_admin_label or self.ticket_state_internal_label
        return label or self.ticket_state or self.state


class PartList(Lenient):
    conversation_parts: Annotated[tuple[Part, ...], BeforeValidator(objects())] = ()
    total_count: Int = None


def _part_list(value: Any) -> Json | None:
    if isinstance(value, list):
        return {"conversation_parts": value}
    return value if isinstance(value, dict) else None


class Conversation(Record):
    """A conversation; times are raw, their unit is not sure."""

    kind: ClassVar[str] = "conversation"

    title: Text = None
    created_at: Any = None
    updated_at: Any = None
    snoozed_until: Any = None
    state: Text = None
    priority: Text = None
    admin_assignee_id: Id = None
    team_assignee_id: Id = None
    company: Annotated[Ref | None, OrNone] = None
    source: Annotated[Source | None, OrNone] = None
    channel: Annotated[Channel | None, OrNone] = None
    first_contact_reply: Annotated[FirstReply | None, OrNone] = None
    contacts: Annotated[tuple[Ref, ...], BeforeValidator(objects("contacts", "data"))] = ()
    tags: Annotated[tuple[Ref, ...], BeforeValidator(objects("tags", "data"))] = ()
    rating: Annotated[Rating | None, OrNone] = Field(default=None, alias="conversation_rating")
    ticket: Annotated[Ticket | None, OrNone] = None
    custom_attributes: Object = Field(default_factory=dict)
    part_list: Annotated[PartList | None, BeforeValidator(_part_list)] = Field(default=None, alias="conversation_parts")

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts in the order they came."""
        return self.part_list.conversation_parts if self.part_list else ()

    @property
    def part_count(self) -> int | None:
        """How many parts Intercom says there are, which may be more than it sends."""
        return self.part_list.total_count if self.part_list else None
