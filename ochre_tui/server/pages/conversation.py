"""A conversation with its thread and whom it is with; and the bytes of its attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from ochre_tui.ochre.columns import CUSTOMERS
from ochre_tui.ochre.embedded import reads
from ochre_tui.ochre.embedded.listings import names
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Attachment, Conversation, Customer, JsonObject, Message
from ochre_tui.server.pages import old_links
from ochre_tui.server.pages.bodies import shown
from ochre_tui.server.pages.responses import NotFoundError, requested_id, respond

_ANCHORS = ("comment", "user-message", "message", "note", "part")
_MOST_CUSTOMERS = 20
_EVENT_WORDS = {
    "assignment": "assigned",
    "away_mode_assignment": "assigned, as the assignee was away",
    "close": "closed",
    "open": "opened",
    "snoozed": "snoozed",
    "unsnoozed": "woken",
    "timer_unsnooze": "woken by its timer",
    "conversation_rating_changed": "rated",
}
_SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class ConversationPage:
    conversation: Conversation
    messages: Sequence[Message]
    attachments: Mapping[str, Attachment]
    customers: Sequence[Customer]
    names: Mapping[str, str]

    def body(self, message: Message) -> Markup:
        return shown(message.body_html, message.body_text)

    def describe(self, message: Message) -> str:
        return describe_event(message.source_type, message.event)

    def author(self, message: Message) -> str:
        """By the name that they have in Ochre, else the one that they had in Intercom."""
        author = message.author
        return self.names.get(author.id or "") or author.name or author.source_name or author.kind.capitalize()

    def anchors(self, message: Message) -> list[str]:
        """What old links call the message behind their `#`; a browser looks for that as it stands."""
        part = message.source_id or ""
        if not (part.isascii() and part.isdecimal()):
            return []
        return [f"part_id={word}-{self.conversation.intercom_id}-{part}" for word in _ANCHORS]

    def files(self, message: Message) -> list[Attachment]:
        """The message's attachments but those that its body shows."""
        files = (self.attachments[id_] for id_ in message.attachment_ids if id_ in self.attachments)
        return [file for file in files if not (file.inline and file.state == "stored")]


def conversation(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """A conversation by its id; one of Intercom's leads to the conversation that it became."""
    with workspace.snapshot() as conn:
        thread = reads.thread(conn, requested_id(request))
        if thread:
            customer_ids = thread.conversation.customer_ids[:_MOST_CUSTOMERS]
            customers = (reads.record(conn, CUSTOMERS, customer_id) for customer_id in customer_ids)
            authors = (message.author.id for message in thread.messages)
            facts = ConversationPage(
                thread.conversation,
                thread.messages,
                {attachment.id: attachment for attachment in thread.attachments},
                [customer for customer in customers if customer],
                names(conn, [*authors, thread.conversation.assignee_id]),
            )
            return respond(request, "conversation", facts, workspace=workspace.name)
    address = old_links.conversation_address(workspace, f"/conversations/{requested_id(request)}")
    if address is None:
        raise NotFoundError("There is no such conversation in this workspace.")
    return RedirectResponse(address, 308)


def describe_event(source_type: str, event: JsonObject | None) -> str:
    """The kind of event, to whom or what it applied, and what changed."""
    details: dict[str, Any] = dict(event or {})
    text = _EVENT_WORDS.get(source_type, source_type.replace("_", " "))
    assigned, attribute = details.pop("assigned_to", None), details.pop("attribute", None)
    if isinstance(assigned, dict) and assigned.get("name"):
        text += f" to {assigned['name']}"
    if isinstance(attribute, dict):
        text += f": {attribute.get('name') or 'attribute'} is now {_plain(attribute.get('value'))}"
        if attribute.get("previous") not in (None, ""):
            text += f", was {_plain(attribute['previous'])}"
    rest = [f"{name.replace('_', ' ')} {_plain(value)}" for name, value in details.items() if _simple(name, value)]
    return text + (f" ({', '.join(rest)})" if rest else "")


def _simple(name: str, value: Any) -> bool:
    return name != "type" and isinstance(value, str | int | float) and value != ""


def _plain(value: Any) -> str:
    return "empty" if value in (None, "") else str(value)


def attachment(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """The file of an attachment."""
    with workspace.snapshot() as conn:
        file = reads.attachment(conn, request.path_params["id"])
    if file is None:
        raise NotFoundError("There is no such attachment in this workspace.")
    files = workspace.files
    if not file.sha256 or file.state != "stored" or not files.has(file.sha256):
        raise NotFoundError(f"The bytes of this attachment are missing: {file.reason or 'not stored'}.")
    declared = (file.content_type or "").partition(";")[0].strip().lower()
    shown = declared in _SHOWN_TYPES
    media_type = declared if shown else "application/octet-stream"
    headers = {
        "Content-Disposition": _disposition("inline" if shown else "attachment", file),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    if files.key is None:
        return FileResponse(files.path(file.sha256), media_type=media_type, headers=headers)
    headers["Content-Length"] = str(files.size(file.sha256))
    return StreamingResponse(files.chunks(file.sha256), media_type=media_type, headers=headers)


def _disposition(how: str, file: Attachment) -> str:
    """The name in plain ASCII, and as it is (RFC 5987)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in file.name).strip() or "file"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='', errors='replace')}"
