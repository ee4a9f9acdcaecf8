"""Conversations and tickets as the JSON of API version 2.16."""

from __future__ import annotations

from ochre_tui.sandbox.world.body import File, intercom_html
from ochre_tui.sandbox.world.conversation import Author, Conversation, Json, Mail, Message
from ochre_tui.sandbox.world.index import FIRST_ID, ID_STEP, IndexRow
from ochre_tui.sandbox.world.reference_data import ticket_states, ticket_types
from ochre_tui.sandbox.world.words import escaped_name


def conversation_json(conversation: Conversation, app: str) -> Json:
    """The full conversation, with all of its parts."""
    row = conversation.row
    parts = [_part(part, row.state) for part in conversation.parts]
    return {
        "type": "conversation",
        "id": row.id,
        "title": conversation.title,
        "created_at": row.shown_created_at,
        "updated_at": row.updated_at,
        "waiting_since": _waiting_since(row),
        "snoozed_until": row.snoozed_until,
        "open": row.open,
        "state": row.state,
        "read": row.number % 3 != 0,
        "priority": row.priority,
        "admin_assignee_id": row.admin_assignee_id,
        "team_assignee_id": row.team_assignee_id,
        "company": conversation.company,
        "tags": {
            "type": "tag.list",
            "tags": [
                {
                    "type": "tag",
                    "id": tag,
                    "name": name,
                    "applied_at": row.updated_at,
                    "applied_by": {"type": "admin", "id": str(row.admin_assignee_id)},
                }
                for tag, name in conversation.tags
            ],
        },
        "conversation_rating": conversation.rating,
        "source": _source(conversation),
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": contact, "external_id": None} for contact in row.contact_ids],
        },
        "teammates": {
            "type": "admin.list",
            "admins": [{"type": "admin", "id": str(row.admin_assignee_id)}] if row.admin_assignee_id else [],
        },
        "custom_attributes": conversation.attributes,
        "topics": {"type": "topic.list", "topics": [], "total_count": 0},
        "ticket": conversation.ticket,
        "first_contact_reply": {"created_at": row.created_at, "type": row.first_reply_type, "url": None}
        if row.first_reply_type
        else None,
        "sla_applied": None,
        "statistics": _statistics(conversation),
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": parts,
            "total_count": len(parts),
        },
        "linked_objects": {
            "type": "list",
            "total_count": len(conversation.linked),
            "has_more": False,
            "data": conversation.linked,
        },
        "ai_agent_participated": row.feature == "fin",
        "ai_agent": _ai_agent(conversation) if row.feature == "fin" else None,
        "sales_agent_participated": False,
        "channel": {"initial": row.channel, "current": row.channel},
        "external_references": [],
    }


def _waiting_since(row: IndexRow) -> int | None:
    if row.feature == "snoozed_absurd":
        return 64_654_125_776
    return row.created_at if row.open else None


def markup(message: Message) -> str | None:
    """The raw body as the API gives it, file addresses unsigned."""
    if message.body is None:
        return None
    return message.bare if message.bare is not None else intercom_html(message.body)


def _source(conversation: Conversation) -> Json | None:
    message, row = conversation.source, conversation.row
    if message is None:
        return None
    mail = row.source_type == "email"
    author = message.author
    return {
        "type": row.source_type,
        "id": message.id,
        "delivered_as": conversation.delivered_as,
        "subject": conversation.raw_subject,
        "body": markup(message),
        "author": _author(author, part=False),
        "attachments": [_file(file) for file in message.files],
        "url": "https://app.harbourlight.example/orders" if not mail else None,
        "redacted": message.redacted,
        "recipients": _recipients(message.mail) if message.mail else [],
        "reply_to": [],
        "email_message_metadata": {
            **_mail(message.mail, author, conversation.subject, sender_only=bool(message.mail.bcc)),
            "history": intercom_html(message.mail.history),
        }
        if message.mail
        else None,
    }


def _recipients(mail: Mail) -> list[Json]:
    return [
        {"type": kind, "email": address, "drop_reason": None}
        for kind, addresses in (("to", mail.to), ("cc", mail.cc), ("bcc", mail.bcc))
        for address in addresses
    ]


def _mail(mail: Mail, author: Author | None, subject: str | None, *, sender_only: bool = False) -> Json:
    """The headers of a mail; `sender_only` where the recipients alone tell the others."""
    sender = {
        "type": "from",
        "email_address": (author.email if author else "") or "",
        "name": escaped_name(author.name) if author else None,
    }
    others = [{"type": row["type"], "email_address": row["email"], "name": None} for row in _recipients(mail)]
    return {
        "message_id": mail.message_id,
        "subject": subject or "",
        "email_address_headers": [sender] if sender_only else [sender, *others],
    }


def _part(part: Message, state: str) -> Json:
    return {
        "type": "conversation_part",
        "id": part.id,
        "part_type": part.kind,
        "body": markup(part),
        "created_at": part.at,
        "updated_at": part.at,
        "notified_at": part.at,
        "assigned_to": part.assigned_to,
        "author": _author(part.author, part=True),
        "attachments": [_file(file) for file in part.files],
        "external_id": None,
        "redacted": part.redacted,
        "state": state,
        "tags": [{"type": "tag", "id": tag, "name": name} for tag, name in part.tags],
        "event_details": part.details,
        "email_message_metadata": _mail(part.mail, part.author, None) if part.mail else None,
        "metadata": part.metadata,
        "app_package_code": None,
    }


def _author(author: Author | None, *, part: bool) -> Json | None:
    if author is None:
        return None
    row: Json = {"type": author.kind, "id": author.id, "name": escaped_name(author.name), "email": author.email}
    if part:
        row["from_ai_agent"] = author.ai
        row["is_ai_answer"] = author.ai
    return row


def _file(file: File) -> Json:
    row: Json = {
        "type": "upload",
        "name": file.name,
        "url": file.url,
        "content_type": file.content_type,
        "filesize": file.size,
    }
    if file.width is not None:
        row["width"], row["height"] = file.width, file.height
    return row


def _statistics(conversation: Conversation) -> Json:
    row = conversation.row
    closed = row.updated_at if row.state == "closed" else None
    return {
        "type": "conversation_statistics",
        "time_to_assignment": 30,
        "time_to_admin_reply": 600,
        "time_to_first_close": None,
        "time_to_last_close": None,
        "median_time_to_reply": 600,
        "first_contact_reply_at": row.created_at,
        "first_assignment_at": None,
        "first_admin_reply_at": None,
        "first_close_at": closed,
        "last_assignment_at": None,
        "last_assignment_admin_reply_at": None,
        "last_contact_reply_at": None,
        "last_admin_reply_at": None,
        "last_close_at": closed,
        "last_closed_by_id": row.admin_assignee_id or None,
        "count_reopens": 0,
        "count_assignments": 1,
        "count_conversation_parts": len(conversation.parts),
        "assigned_team_first_response_time": [],
        "assigned_team_first_response_time_in_office_hours": [],
        "handling_time": 0,
        "adjusted_handling_time": None,
    }


def _ai_agent(conversation: Conversation) -> Json:
    return {
        "source_type": "workflow",
        "source_title": "Triage & route",
        "last_answer_type": "ai_answer",
        "resolution_state": "escalated",
        "rating": None,
        "rating_remark": None,
        "created_at": conversation.row.created_at,
        "updated_at": conversation.row.updated_at,
        "content_sources": {"type": "content_source.list", "total_count": 0, "content_sources": []},
    }


def hidden_ticket(app: str, seed: int, number: int, at: int, admin_id: str) -> Json:
    """A back-office or tracker ticket that exists in the tickets API alone."""
    ticket_id = str(FIRST_ID - (number + 1) * ID_STEP - seed % 1000)
    category = ("Back-office", "Tracker")[number % 2]
    attributes = {
        "_default_title_": f"Refund approval {number}",
        "_default_description_": "Please approve.",
        "Pallets": None,
    }
    return _ticket(
        app, ticket_id, 900_000 + number, category, attributes, [], at, at + 5000, int(admin_id), number % 3 == 0
    )


def ticket_of(app: str, conversation: Conversation) -> Json:
    """The ticket that a conversation is."""
    row: IndexRow = conversation.row
    embedded = conversation.ticket or {"custom_attributes": {}}
    attributes = {name: entry["value"] for name, entry in embedded["custom_attributes"].items()}
    return _ticket(
        app,
        row.id,
        row.number + 1,
        "Customer",
        attributes,
        list(row.contact_ids),
        row.created_at,
        row.updated_at,
        row.admin_assignee_id,
        row.open,
    )


def _ticket(
    app: str,
    ticket_id: str,
    visible: int,
    category: str,
    attributes: Json,
    contacts: list[str],
    created_at: int,
    updated_at: int,
    assignee: int,
    is_open: bool,
) -> Json:
    return {
        "type": "ticket",
        "id": ticket_id,
        "ticket_id": str(visible),
        "category": category,
        "ticket_attributes": attributes,
        "ticket_state": ticket_states()[1 if is_open else 3],
        "ticket_type": next(row for row in ticket_types(app) if row["category"] == category),
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": contact, "external_id": None} for contact in contacts],
        },
        "admin_assignee_id": assignee,
        "team_assignee_id": 0,
        "created_at": created_at,
        "updated_at": updated_at,
        "open": is_open,
        "snoozed_until": None,
        "linked_objects": {"type": "list", "total_count": 0, "has_more": False, "data": []},
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
        "is_shared": category == "Customer",
        "previous_ticket_state_id": None,
    }
