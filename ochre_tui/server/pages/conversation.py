"""A conversation with its thread and, beside it, who it is with and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ochre_tui.ochre.columns import CUSTOMERS
from ochre_tui.ochre.embedded.listings import names
from ochre_tui.ochre.embedded.reads import record, thread
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Attachment, Conversation, Customer, Message
from ochre_tui.server.pages import old_links
from ochre_tui.server.pages.bodies import shown
from ochre_tui.server.pages.events import told
from ochre_tui.server.pages.responses import NotFoundError, answer, named

_ANCHORS = ("comment", "user-message", "message", "note", "part")
_MOST_BESIDE = 20


@dataclass(frozen=True, slots=True)
class ConversationPage:
    conversation: Conversation
    messages: Sequence[Message]
    attachments: Mapping[str, Attachment]
    customers: Sequence[Customer]
    names: Mapping[str, str]

    def body(self, message: Message) -> Markup:
        return shown(message.body_html, message.body_text)

    def told(self, message: Message) -> str:
        return told(message.source_type, message.event)

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
        found = [self.attachments[one] for one in message.attachment_ids if one in self.attachments]
        return [one for one in found if not (one.inline and one.state == "stored")]


def conversation(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """A conversation by its id; one of Intercom's leads to the conversation that it became."""
    with workspace.snapshot() as conn:
        found = thread(conn, named(request))
        if found:
            beside = [record(conn, CUSTOMERS, one) for one in found.conversation.customer_ids[:_MOST_BESIDE]]
            people = (message.author.id for message in found.messages)
            facts = ConversationPage(
                found.conversation,
                found.messages,
                {one.id: one for one in found.attachments},
                [one for one in beside if one],
                names(conn, [*people, found.conversation.assignee_id]),
            )
            return answer(request, "conversation", facts, workspace=workspace.name)
    old = old_links.conversation_behind(workspace, f"/conversations/{named(request)}")
    if old is None:
        raise NotFoundError("There is no such conversation in this workspace.")
    return RedirectResponse(old, 308)
