"""Spot-check: a conversation as Intercom gave it, from the archive, beside what Ochre has of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from ochre_tui.core.errors import RecordError, UsageError
from ochre_tui.core.wording import size
from ochre_tui.intercom.models import Author as IntercomAuthor
from ochre_tui.intercom.models import Conversation as IntercomConversation
from ochre_tui.intercom.models import FileUpload
from ochre_tui.migration.convert.ids import conversation_id, message_id
from ochre_tui.migration.convert.part_order import Entry, sequence
from ochre_tui.migration.importer.records import load
from ochre_tui.migration.lookup import ResolvedConversation, resolve
from ochre_tui.ochre.columns import CUSTOMERS, USERS
from ochre_tui.ochre.records import Attachment, Author, Message, Thread
from ochre_tui.ochre.target import Target
from ochre_tui.store import checklist
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store

ENOUGH = 5
"""As many conversations looked at are a spot-check."""
_BLOCKS = "br, p, div, li, tr, h1, h2, h3, h4, h5, h6, blockquote, pre, hr"


class NothingImportedError(UsageError):
    """There is no conversation to look at."""


@dataclass(frozen=True, slots=True)
class Side:
    """One message as one of the two systems has it; `kind` is Intercom's part type, or Ochre's reply, note or event."""

    author: str
    kind: str
    at: int | None
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A message in Intercom and in Ochre; None where one of them lacks it."""

    there: Side | None
    here: Side | None


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """A conversation on both sides; `facts` are (what, in Intercom, in Ochre), `looked_at` is unix seconds."""

    intercom_id: str
    conversation_id: str
    subject: str
    facts: tuple[tuple[str, str, str], ...]
    pairs: tuple[Pair, ...]
    looked_at: int | None

    def marked(self, at: int | None) -> SpotCheck:
        """The same, looked at then; None: not looked at."""
        return replace(self, looked_at=at)


def look(store: Store, target: Target, id_code: str, intercom_id: str) -> SpotCheck:
    """Both sides of a conversation. RecordError where it was never read or is not in Ochre."""
    raw = Archive(store.seal).read(store.conn, "conversation", intercom_id)
    if raw is None:
        raise RecordError(f"Conversation {intercom_id} was never read from Intercom.", advice="Choose another one.")
    thread = target.thread(conversation_id(id_code, intercom_id))
    if thread is None:
        raise RecordError(f"Conversation {intercom_id} is not in Ochre.", advice="Verify names what is missing.")
    source = IntercomConversation.read(load(raw))
    names = _Names(target)
    return SpotCheck(
        intercom_id=intercom_id,
        conversation_id=thread.conversation.id,
        subject=thread.conversation.subject,
        facts=tuple(_facts(source, thread)),
        pairs=tuple(_pairs(source, thread, id_code, names)),
        looked_at=checklist.looked_at(store.conn).get(intercom_id),
    )


def looked_at(store: Store) -> int:
    """How many conversations were marked as looked at."""
    return len(checklist.looked_at(store.conn))


def mark(store: Store, intercom_id: str, at: int | None) -> None:
    """Mark a conversation as looked at then (unix seconds); None takes the mark away."""
    with store.transaction() as conn:
        checklist.mark_looked_at(conn, intercom_id, at)


def find(target: Target, link: str) -> str:
    """Intercom's id of the conversation that a link or id means; UsageError where it is none that was imported."""
    found = resolve(target, link)
    if not isinstance(found, ResolvedConversation):
        raise UsageError(
            "That is no conversation that was imported.",
            advice="Paste the address of a conversation in Intercom, or its number.",
        )
    return found.intercom_id


def any_conversation(store: Store, rng: random.Random) -> str:
    """Intercom's id of an imported conversation, one not looked at yet if there is any left."""
    for unseen in (True, False):
        if number := checklist.imported(store.conn, unseen=unseen):
            return checklist.nth_imported(store.conn, rng.randrange(number), unseen=unseen)
    raise NothingImportedError(
        "There is no imported conversation to look at.",
        advice="Import first. Where the plan or Intercom has no conversation, go on.",
    )


def _facts(source: IntercomConversation, thread: Thread) -> list[tuple[str, str, str]]:
    here = thread.conversation
    assignee = here.assignee_email or here.assignee_intercom_id or ""
    tags = ", ".join(sorted(tag.name or "" for tag in source.tags))
    return [
        ("State", source.state or "none", here.status),
        ("Channel", (source.source.type if source.source else None) or "none", here.channel),
        (
            "Assignee",
            f"admin {source.admin_assignee_id}" if source.admin_assignee_id else "nobody",
            assignee or "nobody",
        ),
        ("Tags", tags or "none", ", ".join(sorted(here.tags)) or "none"),
        ("People", str(len(source.contacts)), str(len(here.customer_ids))),
        ("Messages", str(len(sequence(source))), str(len(thread.messages))),
        ("Files", str(_files_in(source)), str(len(thread.attachments))),
    ]


def _files_in(source: IntercomConversation) -> int:
    """Files and images, as often as Intercom shows them."""
    return sum(len(entry.uploads) + len(_images(entry.body)) for entry in sequence(source))


def _pairs(source: IntercomConversation, thread: Thread, id_code: str, names: _Names) -> list[Pair]:
    left = {message.id: message for message in thread.messages}
    files: dict[str, list[Attachment]] = {}
    for attachment in thread.attachments:
        files.setdefault(attachment.message_id, []).append(attachment)
    pairs = []
    for entry in sequence(source):
        message = left.pop(message_id(id_code, source.id, entry.key, entry.occurrence), None)
        here = _here(message, files.get(message.id, []), names) if message else None
        pairs.append(Pair(_there(entry), here))
    return pairs + [Pair(None, _here(message, files.get(message.id, []), names)) for message in left.values()]


def _there(entry: Entry) -> Side:
    return Side(
        author=_intercom_author(entry.author),
        kind=entry.source_type,
        at=entry.at,
        text=_plain(entry.body),
        files=(*_uploads(entry.uploads), *_images(entry.body)),
    )


def _intercom_author(author: IntercomAuthor | None) -> str:
    return "nobody" if author is None else f"{author.name or author.email or author.id or 'somebody'} ({author.type})"


def _uploads(uploads: Sequence[FileUpload]) -> list[str]:
    return [f"{upload.name or 'file'}{f', {size(upload.filesize)}' if upload.filesize else ''}" for upload in uploads]


def _images(body: str | None) -> list[str]:
    if not body or "<img" not in body:
        return []
    return [f"image {node.attributes.get('alt') or ''}".strip() for node in LexborHTMLParser(body).css("img")]


def _plain(body: str | None) -> str:
    """The text that the HTML shows; not by the conversion's own rules, so that a mistake there can be seen."""
    if not body:
        return ""
    tree = LexborHTMLParser(body)
    for node in tree.css(_BLOCKS):
        node.insert_after("\n")
    text = tree.body.text() if tree.body else ""
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def _here(message: Message, attachments: Sequence[Attachment], names: _Names) -> Side:
    return Side(
        author=names.of(message.author),
        kind=message.kind,
        at=message.created_at,
        text=message.body_text or "",
        files=tuple(_stored(attachment) for attachment in attachments),
    )


def _stored(attachment: Attachment) -> str:
    kind = "image " if attachment.inline else ""
    if attachment.state == "missing":
        return f"{kind}{attachment.name}: missing ({attachment.reason or 'no reason given'})"
    return f"{kind}{attachment.name}, {size(attachment.size)}"


class _Names:
    """The names that Ochre shows for authors."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[str, str] = {}

    def of(self, author: Author) -> str:
        if author.id is None:
            return f"{author.name or author.source_name or 'Ochre'} ({author.kind})"
        if author.id not in self._known:
            self._known[author.id] = self._name(author.id) or author.source_name or author.id
        return f"{self._known[author.id]} ({author.kind})"

    def _name(self, id_: str) -> str | None:
        record = self._target.record(CUSTOMERS, id_) or self._target.record(USERS, id_)
        return (record.name or record.email) if record else None
