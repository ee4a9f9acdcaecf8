"""Messages and attachments as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ochre_tui.ochre.columns import SqlValue, json_text, list_text, read_json, read_list, stored_time
from ochre_tui.ochre.records import Attachment, Message, author_of

# Messages and attachments belong to a conversation and are written with it; their rows name it by its number.
INSERT_MESSAGE = """
INSERT INTO messages (conversation, position, id, kind, source_id, source_type, author_kind, author_id, author_name,
  author_source_name, created_at, body_html, body_text, source_sha256, redacted, tags, event, attachment_ids)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SELECT_MESSAGES = """
SELECT id, position, kind, source_id, source_type, author_kind, author_id, author_name, author_source_name, created_at,
  body_html, body_text, source_sha256, redacted, tags, event, attachment_ids, conversation
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
