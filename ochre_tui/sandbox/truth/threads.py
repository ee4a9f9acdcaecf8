"""A conversation, its messages and its attachments, as the export must have them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from ochre_tui.sandbox.truth.bodies import body_files, ochre_html, ochre_text
from ochre_tui.sandbox.truth.marks import ANY, TEXT, having, one_of, safe_name
from ochre_tui.sandbox.truth.sightings import CONTACTS, PART_LIMIT, is_bot, messages
from ochre_tui.sandbox.truth.values import Field, sort_out, time_or_rest, time_text
from ochre_tui.sandbox.world.body import DataImage, File
from ochre_tui.sandbox.world.conversation import Author, Conversation, Message
from ochre_tui.sandbox.world.render import markup

Json = dict[str, Any]

_CHANNELS: Final[dict[str | None, str]] = {
    None: "Intercom Other",
    "conversation": "Intercom Messenger",
    "email": "Intercom Email",
    "facebook": "Intercom Facebook",
    "instagram": "Intercom Instagram",
    "twitter": "Intercom Twitter",
    "push": "Intercom Push",
    "phone_call": "Intercom Phone",
    "phone_switch": "Intercom Phone",
    "sms": "Intercom SMS",
    "whatsapp": "Intercom WhatsApp",
    "telegram": "Intercom Telegram",
}
_PRIORITIES: Final = {"priority": "high", "high": "high", "urgent": "urgent", "low": "low"}
_SHOWN_TO_CUSTOMERS: Final = frozenset(
    {
        *("source", "comment", "quick_reply", "open", "close", "snoozed", "unsnoozed", "timer_unsnooze"),
        *("assignment", "assign_and_reopen", "assign_and_unsnooze", "channel_and_reply_time_expectation"),
    }
)
# Types that say that a message did something besides.
_ACTIONS: Final = frozenset(
    {
        *("open", "close", "snoozed", "unsnoozed", "timer_unsnooze", "assignment", "assign_and_reopen"),
        *("assign_and_unsnooze", "default_assignment", "away_mode_assignment", "workflow_assignment"),
        *("note_and_reopen", "note_and_unsnooze"),
    }
)
_SUBJECT_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Ochre; `current` for users with an account, `intercom_email` what Intercom calls an admin's."""

    id: str
    name: str | None
    email: str | None
    current: bool = False
    intercom_email: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Who is who: customers by contact id, staff by admin id, team and tag names by id; `read` fetches a file."""

    customers: Mapping[str, Person]
    staff: Mapping[str, Person]
    teams: Mapping[str, str]
    tags: Mapping[str, str]
    fields: Mapping[str, Field | None]
    read: Callable[[str], tuple[bytes, str] | None]


def thread(conversation: Conversation, directory: Directory) -> tuple[Json, list[Json], list[Json]]:
    """The lines of a conversation, of its messages and of its attachments."""
    row = conversation.row
    symbol = f"conversation:{row.id}"
    lines: list[Json] = []
    files: list[Json] = []
    occurrences: Counter[str] = Counter()
    unmapped_times: Json = {}
    for position, (message, at) in enumerate(messages(conversation)):
        key = "source" if message.kind == "source" else str(message.id)
        occurrences[key] += 1
        message_symbol = f"message:{row.id}:{key}:{occurrences[key]}"
        attached = _attachments(message, message_symbol, symbol, directory)
        line = _message(message, message_symbol, position, at, attached, directory)
        lines.append({**line, "conversation_id": symbol})
        files += [{key: value for key, value in file.items() if key != "path"} for file in attached]
        if at is None and message.at is not None and message.kind != "source":
            unmapped_times[f"part {message.id} created_at"] = message.at
    return _conversation(conversation, symbol, lines, unmapped_times, directory), lines, files


def _conversation(
    conversation: Conversation, symbol: str, lines: list[Json], times: Json, directory: Directory
) -> Json:
    row = conversation.row
    values, unmapped = sort_out(_attributes(conversation), directory.fields)
    assignee = directory.staff.get(str(row.admin_assignee_id))
    wrote = [line["author"]["id"] for line in lines if line["author"]["kind"] == "customer"]
    present = [directory.customers[contact].id for contact in row.contact_ids]
    rating = conversation.rating or {}
    return {
        "id": symbol,
        "subject": _subject(conversation, lines),
        "status": row.state,
        "priority": _PRIORITIES.get(row.priority, "normal"),
        "channel": _CHANNELS[row.first_reply_type],
        "assignee_id": assignee.id if assignee and assignee.current else None,
        "assignee_email": one_of(assignee.email, assignee.intercom_email or assignee.email) if assignee else None,
        "assignee_intercom_id": str(row.admin_assignee_id) if row.admin_assignee_id else None,
        "team": directory.teams.get(str(row.team_assignee_id)),
        "customer_ids": list(dict.fromkeys([*present, *wrote])),
        "tags": _names([str(tag) for tag, _ in conversation.tags], directory),
        "custom_fields": values,
        "rating": rating.get("rating"),
        "rating_remark": rating.get("remark"),
        "created_at": time_or_rest(row.shown_created_at, "created_at", unmapped),
        "updated_at": time_or_rest(row.updated_at, "updated_at", unmapped),
        "snoozed_until": time_or_rest(row.snoozed_until, "snoozed_until", unmapped),
        "unmapped": {**unmapped, **times},
        "intercom_id": row.id,
        "source_part_count": len(conversation.parts),
        "incomplete": len(conversation.parts) > PART_LIMIT,
    }


def _attributes(conversation: Conversation) -> Json:
    ticket = (conversation.ticket or {}).get("custom_attributes", {})
    attributes = {name: entry["value"] for name, entry in ticket.items()}
    if conversation.ticket:
        attributes["Ticket type"] = conversation.ticket["ticket_type"]
        attributes["Ticket state"] = conversation.ticket["ticket_custom_state_admin_label"]
    attributes.update(conversation.attributes)
    return {name: value for name, value in attributes.items() if not name.startswith("_default_")}


def _subject(conversation: Conversation, lines: list[Json]) -> str:
    ticket = (conversation.ticket or {}).get("custom_attributes", {}).get("_default_title_", {}).get("value")
    given = conversation.title or ticket or (conversation.subject if conversation.source else None)
    if given:
        return given
    text = next((line["body_text"] for line in lines if line["body_text"] and line["kind"] == "reply"), None)
    if text is None:
        return "(no subject)"
    words = " ".join(text.split())
    if len(words) <= _SUBJECT_LENGTH:
        return words
    cut = words[:_SUBJECT_LENGTH]
    if words[_SUBJECT_LENGTH] != " " and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return f"{cut}…"


def _message(
    message: Message, symbol: str, position: int, at: int | None, attached: list[Json], directory: Directory
) -> Json:
    text = ochre_text(message.body) if message.body else ""
    raw = markup(message)
    kind = "event"
    if text or attached or message.redacted or (message.mail and message.mail.history):
        kind = "reply" if message.kind in _SHOWN_TO_CUSTOMERS else "note"
    by_path = {line["path"]: line["id"] for line in attached}
    return {
        "id": symbol,
        "position": position,
        "kind": kind,
        "source_id": None if message.id is None else str(message.id),
        "source_type": message.kind,
        "author": _author(message.author, directory),
        "created_at": time_text(at),
        "body_html": ochre_html(message.body, by_path.__getitem__) if message.body and text else None,
        "body_text": text or None,
        "source_sha256": hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest() if raw else None,
        "redacted": message.redacted,
        "tags": _names([tag for tag, _ in message.tags], directory),
        "event": _event(message) if kind == "event" or _acted(message) else None,
        **_mail(message, by_path),
        "attachment_ids": [line["id"] for line in attached],
    }


def _mail(message: Message, by_path: Mapping[str, str]) -> Json:
    """Who got a mail, its id, and what it quoted."""
    mail = message.mail
    quoted = ochre_text(mail.history) if mail and mail.history else ""
    return {
        "to": list(mail.to) if mail else [],
        "cc": list(mail.cc) if mail else [],
        "email_message_id": mail.message_id if mail else None,
        "quoted_html": ochre_html(mail.history, by_path.__getitem__) if mail and quoted else None,
        "quoted_text": quoted or None,
    }


def _acted(message: Message) -> bool:
    """Whether a reply or a note did something besides."""
    options = (message.metadata or {}).get("quick_reply_options")
    return message.kind in _ACTIONS or bool(message.assigned_to or message.details or options)


def _event(message: Message) -> Json:
    """What the event must tell at the least."""
    event: Json = {"type": message.kind}
    if message.assigned_to:
        event["assigned_to"] = {"kind": message.assigned_to["type"], "id": message.assigned_to["id"]}
    details = message.details or {}
    if "attribute" in details:
        event["attribute"] = details["attribute"]["name"]
        event["value"] = details["value"]["name"]
        event["previous"] = details["value"]["previous"]
    if options := (message.metadata or {}).get("quick_reply_options"):
        event["options"] = [option["text"] for option in options]
    for name in ("workflow", "action", "event"):
        if name in details:
            event[name] = details[name]
    return having(event)


def _author(author: Author | None, directory: Directory) -> Json:
    if author is None:
        return {"kind": "system", "id": None, "email": None, "name": None, "source_name": None}
    if is_bot(author):
        return {"kind": "bot", "id": "user:bot", "email": ANY, "name": "Intercom Bot", "source_name": author.name}
    if author.kind == "team":
        name = directory.teams[str(author.id)]
        return {"kind": "user", "id": None, "email": None, "name": name, "source_name": author.name}
    in_customers = author.kind in CONTACTS
    who = (directory.customers if in_customers else directory.staff)[str(author.id)]
    return {
        "kind": "customer" if in_customers else "user",
        "id": who.id,
        "email": who.email,
        "name": who.name,
        "source_name": author.name.replace("\0", "\ufffd") if author.name else None,
    }


def _attachments(message: Message, symbol: str, conversation: str, directory: Directory) -> list[Json]:
    """A line for each file of the message, its place among the files (`path`) included."""
    files: dict[str, tuple[File | DataImage, bool, bool]] = {file.url: (file, False, True) for file in message.files}
    for path, file, inline in body_files((*(message.body or ()), *(message.mail.history if message.mail else ()))):
        known = files.get(path)
        files[path] = (known[0], known[1] or inline, known[2]) if known else (file, inline, False)
    return [
        {
            "path": path,
            "id": f"attachment:{symbol}:{path}",
            "conversation_id": conversation,
            "message_id": symbol,
            "inline": inline,
            **_content(file, declared, directory),
        }
        for path, (file, inline, declared) in files.items()
    ]


def _content(file: File | DataImage, declared: bool, directory: Directory) -> Json:
    """Names, type and bytes; `declared` for one that Intercom's attachments[] describe."""
    if isinstance(file, DataImage):
        return _stored(file.data, file.content_type, TEXT, ANY)
    name = file.name if declared else unquote_plus(file.url.rsplit("/", 1)[1])
    served = directory.read(file.url)
    stated = file.content_type if declared else None
    if served is not None:
        return _stored(served[0], stated or served[1], safe_name(name), name)
    return {
        "name": safe_name(name),
        "source_name": name,
        "content_type": stated,
        "size": file.size if declared else None,
        "sha256": None,
        "state": "missing",
        "reason": TEXT,
    }


def _stored(data: bytes, content_type: str | None, name: Any, source_name: Any) -> Json:
    return {
        "name": name,
        "source_name": source_name,
        "content_type": content_type,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "state": "stored",
        "reason": None,
    }


def _names(tags: list[str], directory: Directory) -> list[str]:
    return sorted({directory.tags[tag] for tag in tags})
