"""Conversations with all that belongs to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ochre_tui.intercom.models import Conversation as IntercomConversation
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.fields import Fields, convert_attributes
from ochre_tui.migration.convert.messages import convert_entry
from ochre_tui.migration.convert.part_order import Entry, sequence
from ochre_tui.migration.convert.plain_text import title_text
from ochre_tui.migration.convert.tags import tag_names
from ochre_tui.migration.convert.ticket import attributes_of, title
from ochre_tui.ochre.records import Attachment, Conversation, Message, Priority, Scope, Status, Thread

_STATUS: dict[str | None, Status] = {"open": "open", "closed": "closed", "snoozed": "snoozed"}
_PRIORITY: dict[str | None, Priority] = {"priority": "high", "high": "high", "urgent": "urgent", "low": "low"}
_CHANNEL = {
    "conversation": "Messenger",
    "phone_call": "Phone",
    "phone_switch": "Phone",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
}
_LONGEST_SUBJECT = 80
_NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True)
class Converted:
    """A conversation converted.

    `tags_seen` holds the names that its tags carry, by Intercom id; `unmapped` counts values without a place by scope
    and Intercom's name; `warnings` are sentences for the operator.
    """

    thread: Thread
    tags_seen: dict[str, str]
    unmapped: Counter[tuple[Scope, str]]
    warnings: list[str]


def convert_conversation(source: IntercomConversation, lookups: Lookups) -> Converted:
    """The thread for a conversation of Intercom; RecordError only for absurd data."""
    conversation_id = ids.conversation_id(lookups.workspace, source.id)
    entries = sequence(source)
    messages: list[Message] = []
    attachments: list[Attachment] = []
    for entry in entries:
        message, files = convert_entry(entry, conversation_id, source.id, lookups)
        messages.append(message)
        attachments += files
    fields = convert_attributes(attributes_of(source), lookups.rules("conversation"))
    status = _STATUS.get(source.state, "closed")
    incomplete = source.part_count is not None and len(source.parts) < source.part_count
    assignee_id, assignee_email = assignee(source, lookups)
    conversation = Conversation(
        id=conversation_id,
        subject=subject(source, messages),
        status=status,
        priority=_PRIORITY.get(source.priority, "normal"),
        channel=channel(source_type(source)),
        assignee_id=assignee_id,
        assignee_email=assignee_email,
        assignee_intercom_id=source.admin_assignee_id,
        team=lookups.teams.get(source.team_assignee_id) if source.team_assignee_id else None,
        customer_ids=_customers(source, messages, lookups),
        tags=tag_names(source.tags, lookups.tags),
        custom_fields=fields.values,
        unmapped=fields.unmapped,
        rating=source.rating.rating if source.rating else None,
        rating_remark=source.rating.remark if source.rating else None,
        created_at=fields.time("created_at", source.created_at),
        updated_at=fields.time("updated_at", source.updated_at),
        snoozed_until=fields.time("snoozed_until", source.snoozed_until),
        intercom_id=source.id,
        source_part_count=source.part_count,
        incomplete=incomplete,
    )
    counted: Counter[tuple[Scope, str]] = Counter(("conversation", name) for name in fields.unmapped)
    _report_part_times(entries, fields, counted)
    return Converted(
        Thread(conversation, tuple(messages), tuple(attachments)),
        _tags_seen(source),
        counted,
        _warnings(source, incomplete=incomplete),
    )


def assignee(source: IntercomConversation, lookups: Lookups) -> tuple[str | None, str | None]:
    """The id of the user it is assigned to, if they have an account, and the e-mail that Intercom has for them."""
    staff = lookups.staff.get(source.admin_assignee_id or "")
    return (staff.user_id if staff and staff.assignable else None), (staff.email if staff else None)


def source_type(source: IntercomConversation) -> str | None:
    """Where a conversation began, in Intercom's word; what it says besides of the channel fills a gap."""
    told = (
        source.source.type if source.source else None,
        source.channel.initial if source.channel else None,
        source.first_contact_reply.type if source.first_contact_reply else None,
    )
    return next((word for word in told if word), None)


def channel(source_type: str | None) -> str:
    """Ochre's channel for Intercom's `source.type`; unknown types keep their name."""
    if not source_type:
        return "Intercom Other"
    return f"Intercom {_CHANNEL.get(source_type) or source_type.replace('_', ' ').title()}"


def subject(source: IntercomConversation, messages: Iterable[Message]) -> str:
    """The title, the ticket's, the first message's subject, else the beginning of the first text that is no note."""
    for given in (source.title, title(source), source.source.subject if source.source else None):
        if given and (text := title_text(given)).strip():
            return text
    words = next((m.body_text for m in messages if m.kind == "reply" and m.body_text), None)
    return _beginning(words) if words else _NO_SUBJECT


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _LONGEST_SUBJECT:
        return line
    words = line[: _LONGEST_SUBJECT + 1].rpartition(" ")[0] or line[:_LONGEST_SUBJECT]
    return words + "…"


def _customers(source: IntercomConversation, messages: Iterable[Message], lookups: Lookups) -> tuple[str, ...]:
    """Participants in Intercom's order, then other customers who wrote."""
    found = [lookups.customers.get(contact.id) for contact in source.contacts if contact.id]
    found += [message.author.id for message in messages if message.author.kind == "customer"]
    return tuple(dict.fromkeys(customer for customer in found if customer))


def _report_part_times(entries: Sequence[Entry], fields: Fields, counted: Counter[tuple[Scope, str]]) -> None:
    for entry in entries:
        if entry.at is None and entry.raw_at is not None:
            before = len(fields.unmapped)
            fields.time(f"part {entry.source_id or ''} created_at", entry.raw_at)
            counted["conversation", "part created_at"] += len(fields.unmapped) - before


def _tags_seen(source: IntercomConversation) -> dict[str, str]:
    seen: dict[str, str] = {}
    for tags in (source.tags, *(part.tags for part in source.parts if part.tags)):
        for tag in tags:
            if tag.id and tag.name:
                seen.setdefault(tag.id, tag.name)
    return seen


def _warnings(source: IntercomConversation, *, incomplete: bool) -> list[str]:
    warnings = []
    if source.state not in _STATUS:
        warnings.append(f"Conversation {source.id} has the unknown state {source.state or 'none'}: imported as closed.")
    if incomplete:
        warnings.append(
            f"Conversation {source.id} has {source.part_count} parts, Intercom gives only {len(source.parts)} of them."
        )
    return warnings
