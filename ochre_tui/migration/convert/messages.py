"""Messages: kind, author, body and files of one entry of a conversation."""

from __future__ import annotations

from collections.abc import Iterable

from ochre_tui.intercom.models import Author as IntercomAuthor
from ochre_tui.intercom.models import MailAddress
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.attachments import attachment, occurrences
from ochre_tui.migration.convert.bodies import read_body, source_sha256
from ochre_tui.migration.convert.context import Lookups, StaffMember
from ochre_tui.migration.convert.events import deed, event
from ochre_tui.migration.convert.part_order import SOURCE, Entry
from ochre_tui.migration.convert.tags import tag_names
from ochre_tui.ochre.records import Attachment, Author, Message, MessageKind, author_of

# The part types whose body the customer saw; a body in any other one, known or not, is internal. What is said while
# assigning is an answer in the conversation, says Intercom's description of that request.
_VISIBLE = frozenset(
    {
        SOURCE,
        "comment",
        "quick_reply",
        "assignment",
        "assign_and_reopen",
        "assign_and_unsnooze",
        "open",
        "close",
        "snoozed",
        "unsnoozed",
        "timer_unsnooze",
        "channel_and_reply_time_expectation",
    }
)


def convert_entry(
    entry: Entry, conversation_id: str, intercom_id: str, lookups: Lookups
) -> tuple[Message, list[Attachment]]:
    """The message for `entry`, and its attachments; `conversation_id` is Ochre's."""
    message_id = ids.message_id(lookups.workspace, intercom_id, entry.key, entry.occurrence)
    body = read_body(entry.body, lookups.file_hosts)
    quoted = read_body(entry.mail.history if entry.mail else None, lookups.file_hosts)
    attachments: list[Attachment] = []
    attachment_ids: dict[str, str] = {}
    if entry.uploads or body.files or quoted.files:
        files = occurrences(entry.uploads, (*body.files, *quoted.files), lookups.file_hosts)
        attachments = [attachment(file, conversation_id, message_id, lookups) for file in files]
        attachment_ids = {file.path: made.id for file, made in zip(files, attachments, strict=True)}
    kind = message_kind(entry.source_type, has_content=bool(body.text or quoted.text or attachments or entry.redacted))
    to, cc = recipients(entry)
    message = Message(
        id=message_id,
        conversation_id=conversation_id,
        position=entry.position,
        kind=kind,
        source_id=entry.source_id,
        source_type=entry.source_type,
        author=convert_author(entry.author, lookups),
        created_at=entry.at,
        body_html=body.html(attachment_ids) if body.text else None,
        body_text=body.text or None,
        source_sha256=source_sha256(entry.raw_body, lookups.file_hosts),
        redacted=entry.redacted,
        tags=tag_names(entry.part.tags, lookups.tags) if entry.part and entry.part.tags else (),
        event=event(entry, lookups) if kind == "event" else deed(entry, lookups),
        attachment_ids=tuple(attachment_ids.values()),
        to=to,
        cc=cc,
        email_message_id=_message_id(entry),
        quoted_html=quoted.html(attachment_ids) if quoted.text else None,
        quoted_text=quoted.text or None,
    )
    return message, attachments


def message_kind(source_type: str, *, has_content: bool) -> MessageKind:
    """Reply, note or event; `has_content`: it has a body or files, or had them before it was redacted."""
    if not has_content:
        return "event"
    return "reply" if source_type in _VISIBLE else "note"


def recipients(entry: Entry) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who a mail went to and who got a copy: by its header, else by Intercom's list of recipients."""
    if entry.mail is None and not entry.recipients:
        return (), ()
    headers = entry.mail.email_address_headers if entry.mail else ()
    to, cc = (_addresses(headers, kind) or _addresses(entry.recipients, kind) for kind in ("to", "cc"))
    return to, cc


def _addresses(addresses: Iterable[MailAddress], kind: str) -> tuple[str, ...]:
    named = (entry.address for entry in addresses if (entry.type or "").casefold() == kind)
    return tuple(dict.fromkeys(address for address in named if address))


def _message_id(entry: Entry) -> str | None:
    given = entry.mail.message_id if entry.mail else None
    return given.strip() if given else None


def convert_author(author: IntercomAuthor | None, lookups: Lookups) -> Author:
    """Whom Ochre shows as the author; an id that has no counterpart gives an author by name only."""
    if author is None:
        return author_of("system")
    name = author.name
    if author.is_contact:
        customer = lookups.customers.get(author.id) if author.id else None
        return author_of("customer", customer, None if customer else name, name)
    staff = lookups.staff.get(author.id) if author.id and author.type == "admin" else None
    if author.is_bot or (staff and staff.is_bot):
        return author_of("bot", lookups.bot_user_id, None, name)
    if author.type == "admin":
        user = _user_id(author, staff, lookups)
        return author_of("user", user, None if user else name, name)
    if author.type == "team":
        return author_of("user", None, (lookups.teams.get(author.id) if author.id else None) or name, name)
    return author_of("system", None, name, name)


def _user_id(author: IntercomAuthor, staff: StaffMember | None, lookups: Lookups) -> str | None:
    """The admin's user; one that Intercom no longer lists has a historical record."""
    if staff is not None:
        return staff.user_id
    return ids.historical_user_id(lookups.workspace, author.id) if author.id else None
