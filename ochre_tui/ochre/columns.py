"""Records as rows: one column a field, in the contract's order; lists and objects as JSON text."""

# ruff: noqa: S608 - the names in these statements are this module's own constants

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import orjson

from ochre_tui.core.exact_json import dumps, loads
from ochre_tui.core.wording import timestamp
from ochre_tui.ochre.records import (
    Attachment,
    Company,
    Conversation,
    Customer,
    CustomField,
    Message,
    Note,
    SavedReply,
    Tag,
    Thread,
    User,
    author_of,
)

SqlValue: TypeAlias = "str | int | float | bytes | None"
Kind: TypeAlias = Literal["plain", "boolean", "time", "list", "object", "notes"]
R = TypeVar("R")

_LAST_SECOND = 253_402_300_799


def json_text(value: object) -> str:
    """Compact JSON with sorted keys: equal values give equal text."""
    return dumps(value, sort_keys=True).decode()


def list_text(values: Sequence[str]) -> str:
    return json_text(values) if values else "[]"


def object_text(value: Mapping[str, object]) -> str:
    return json_text(value) if value else "{}"


def read_list(text: Any) -> tuple[str, ...]:
    if text == "[]":
        return ()
    found = read_json(text)
    return tuple(found) if isinstance(found, list) else (str(text),)


def read_object(text: Any) -> dict[str, Any]:
    if text == "{}":
        return {}
    found = read_json(text)
    return found if isinstance(found, dict) else {"": text}


def read_notes(text: Any) -> tuple[Note, ...]:
    """Notes from JSON text; what somebody else wrote there, and is none, as the text of one, so that a comparison shows
    it."""
    if text == "[]":
        return ()
    try:
        return tuple(Note(**note) for note in loads(text))
    except (ValueError, TypeError, AttributeError):
        return (Note(None, None, None, None, None, str(text)),)


def _shown_note(note: Note) -> dict[str, Any]:
    at = note.created_at
    return {**asdict(note), "created_at": timestamp(at) if isinstance(at, int) else None}


def read_json(text: Any) -> Any:
    """What JSON text says; what somebody else wrote there, and is none, as it stands, so that a comparison shows it."""
    try:
        return loads(text)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return text


def stored_time(seconds: int | None) -> int | None:
    """`seconds`; ValueError where `timestamp` could not write it."""
    if seconds is not None and not 0 <= seconds <= _LAST_SECOND:
        raise ValueError(f"the time {seconds} is not between the years 1970 and 9999")
    return seconds


_TO_ROW: dict[Kind, Callable[[Any], SqlValue]] = {
    "boolean": int,
    "time": stored_time,
    "list": list_text,
    "object": object_text,
    "notes": lambda notes: json_text(list(notes)) if notes else "[]",
}
_FROM_ROW: dict[Kind, Callable[[Any], Any]] = {
    "boolean": bool,
    "list": read_list,
    "object": read_object,
    "notes": read_notes,
}
_TO_JSON: dict[Kind, Callable[[Any], Any]] = {
    "boolean": bool,
    "time": lambda seconds: None if seconds is None else timestamp(seconds),
    "list": orjson.Fragment,
    "object": orjson.Fragment,
    "notes": lambda text: [_shown_note(note) for note in read_notes(text)],
}


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """Where one type of record lies; `columns` are the record's fields, in the order of the export."""

    name: str
    record: Callable[..., R]
    columns: Mapping[str, Kind]
    insert: str = field(init=False)
    update: str = field(init=False)
    delete: str = field(init=False)
    distrust: str = field(init=False)
    state: str = field(init=False)
    select: str = field(init=False)

    def __post_init__(self) -> None:
        names = [*self.columns, "digest", "created_run"]
        marks = ", ".join("?" * len(names))
        changed = ", ".join(f"{name} = ?" for name in [*self.columns, "digest", "changed_run"])
        object.__setattr__(self, "insert", f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({marks})")
        object.__setattr__(self, "update", f"UPDATE {self.name} SET {changed} WHERE n = ?")
        object.__setattr__(self, "delete", f"DELETE FROM {self.name} WHERE n = ?")
        object.__setattr__(self, "distrust", f"UPDATE {self.name} SET digest = x'', edited_at = NULL WHERE id = ?")
        object.__setattr__(self, "state", f"SELECT n, digest, created_run, changed_run FROM {self.name} WHERE id = ?")
        object.__setattr__(self, "select", f"SELECT n, {', '.join(self.columns)} FROM {self.name}")

    def row(self, record: R) -> list[SqlValue]:
        """The record's columns, as they are stored."""
        return [_stored(kind, getattr(record, name)) for name, kind in self.columns.items()]

    def read(self, row: Sequence[Any]) -> R:
        """The record in a row of `select` (its number first)."""
        values = zip(self.columns.items(), row[1:], strict=True)
        return self.record(**{name: _read(kind, value) for (name, kind), value in values})

    def line(self, row: Sequence[Any]) -> dict[str, Any]:
        """A row of `select` as the export writes it."""
        values = zip(self.columns.items(), row[1:], strict=True)
        return {name: _shown(kind, value) for (name, kind), value in values}


def _stored(kind: Kind, value: Any) -> SqlValue:
    convert = _TO_ROW.get(kind)
    return convert(value) if convert else value


def _read(kind: Kind, value: Any) -> Any:
    convert = _FROM_ROW.get(kind)
    return convert(value) if convert else value


def _shown(kind: Kind, value: Any) -> Any:
    convert = _TO_JSON.get(kind)
    return convert(value) if convert else value


USERS: Table[User] = Table(
    "users",
    User,
    {
        "id": "plain",
        "email": "plain",
        "name": "plain",
        "role": "plain",
        "state": "plain",
        "intercom_admin_ids": "list",
        "is_bot": "boolean",
        "hidden_from_reports": "boolean",
    },
)
CUSTOM_FIELDS: Table[CustomField] = Table(
    "custom_fields",
    CustomField,
    {
        "id": "plain",
        "scope": "plain",
        "key": "plain",
        "label": "plain",
        "type": "plain",
        "options": "list",
        "source_name": "plain",
    },
)
TAGS: Table[Tag] = Table("tags", Tag, {"id": "plain", "name": "plain", "intercom_ids": "list"})
SAVED_REPLIES: Table[SavedReply] = Table(
    "saved_replies",
    SavedReply,
    {
        "id": "plain",
        "title": "plain",
        "body_html": "plain",
        "body_text": "plain",
        "intercom_id": "plain",
        "visibility": "plain",
        "unknown_placeholders": "list",
    },
)
COMPANIES: Table[Company] = Table(
    "companies",
    Company,
    {
        "id": "plain",
        "name": "plain",
        "intercom_id": "plain",
        "company_id": "plain",
        "website": "plain",
        "industry": "plain",
        "size": "plain",
        "plan": "plain",
        "monthly_spend": "plain",
        "tags": "list",
        "notes": "notes",
        "custom_fields": "object",
        "unmapped": "object",
        "created_at": "time",
        "updated_at": "time",
    },
)
CUSTOMERS: Table[Customer] = Table(
    "customers",
    Customer,
    {
        "id": "plain",
        "name": "plain",
        "email": "plain",
        "email_aliases": "list",
        "phone": "plain",
        "external_ids": "list",
        "intercom_ids": "list",
        "can_sign_in": "boolean",
        "placeholder": "boolean",
        "company_ids": "list",
        "tags": "list",
        "notes": "notes",
        "custom_fields": "object",
        "unmapped": "object",
        "created_at": "time",
        "updated_at": "time",
    },
)
CONVERSATIONS: Table[Conversation] = Table(
    "conversations",
    Conversation,
    {
        "id": "plain",
        "subject": "plain",
        "status": "plain",
        "priority": "plain",
        "channel": "plain",
        "assignee_id": "plain",
        "assignee_email": "plain",
        "assignee_intercom_id": "plain",
        "team": "plain",
        "customer_ids": "list",
        "tags": "list",
        "custom_fields": "object",
        "unmapped": "object",
        "rating": "plain",
        "rating_remark": "plain",
        "created_at": "time",
        "updated_at": "time",
        "snoozed_until": "time",
        "intercom_id": "plain",
        "source_part_count": "plain",
        "incomplete": "boolean",
    },
)
# Where each type of record lies; of a thread its conversation.
TABLES: dict[type[Any], Table[Any]] = {
    User: USERS,
    CustomField: CUSTOM_FIELDS,
    Tag: TAGS,
    SavedReply: SAVED_REPLIES,
    Company: COMPANIES,
    Customer: CUSTOMERS,
    Thread: CONVERSATIONS,
}


# Messages and attachments belong to a conversation and are written with it; their rows name it by its number.
INSERT_MESSAGE = """
INSERT INTO messages (conversation, position, id, kind, source_id, source_type, author_kind, author_id, author_name,
  author_source_name, created_at, body_html, body_text, source_sha256, redacted, tags, event, attachment_ids,
  mail_to, mail_cc, email_message_id, quoted_html, quoted_text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SELECT_MESSAGES = """
SELECT id, position, kind, source_id, source_type, author_kind, author_id, author_name, author_source_name, created_at,
  body_html, body_text, source_sha256, redacted, tags, event, attachment_ids, mail_to, mail_cc, email_message_id,
  quoted_html, quoted_text, conversation
FROM messages WHERE conversation {} ORDER BY conversation, position
"""
INSERT_ATTACHMENT = """
INSERT INTO attachments (conversation, id, message_id, name, source_name, content_type, size, sha256, inline, state,
  reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SELECT_ATTACHMENTS = """
SELECT attachments.id, conversations.id, attachments.message_id, attachments.name, attachments.source_name,
  attachments.content_type, attachments.size, attachments.sha256, attachments.inline, attachments.state,
  attachments.reason
FROM attachments CROSS JOIN conversations ON conversations.n = attachments.conversation
"""


def message_row(conversation: int, message: Message) -> tuple[SqlValue, ...]:
    author = message.author
    return (
        conversation,
        message.position,
        message.id,
        message.kind,
        message.source_id,
        message.source_type,
        author.kind,
        author.id,
        author.name,
        author.source_name,
        stored_time(message.created_at),
        message.body_html,
        message.body_text,
        message.source_sha256,
        int(message.redacted),
        list_text(message.tags),
        None if message.event is None else json_text(message.event),
        list_text(message.attachment_ids),
        list_text(message.to),
        list_text(message.cc),
        message.email_message_id,
        message.quoted_html,
        message.quoted_text,
    )


def read_message(conversation_id: str, row: Sequence[Any]) -> Message:
    """A message from a row of SELECT_MESSAGES."""
    event = None if row[15] is None else read_json(row[15])
    # By position, as these are made by the million: the names cost half as much again.
    return Message(
        row[0],
        conversation_id,
        row[1],
        row[2],
        row[3],
        row[4],
        author_of(row[5], row[6], row[7], row[8]),
        row[9],
        row[10],
        row[11],
        row[12],
        bool(row[13]),
        read_list(row[14]),
        event,
        read_list(row[16]),
        read_list(row[17]),
        read_list(row[18]),
        row[19],
        row[20],
        row[21],
    )


def attachment_row(conversation: int, attachment: Attachment) -> tuple[SqlValue, ...]:
    return (
        conversation,
        attachment.id,
        attachment.message_id,
        attachment.name,
        attachment.source_name,
        attachment.content_type,
        attachment.size,
        attachment.sha256,
        int(attachment.inline),
        attachment.state,
        attachment.reason,
    )


def read_attachment(row: Sequence[Any]) -> Attachment:
    """An attachment from a row of SELECT_ATTACHMENTS."""
    return Attachment(
        id=row[0],
        conversation_id=row[1],
        message_id=row[2],
        name=row[3],
        source_name=row[4],
        content_type=row[5],
        size=row[6],
        sha256=row[7],
        inline=bool(row[8]),
        state=row[9],
        reason=row[10],
    )
