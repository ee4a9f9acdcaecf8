"""Saved replies, by title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.ochre.embedded import listings
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import SavedReply
from ochre_tui.server.pages.bodies import shown
from ochre_tui.server.pages.responses import PER_PAGE, after_id, page_of, respond


@dataclass(frozen=True, slots=True)
class SavedReplies:
    saved_replies: Sequence[SavedReply]
    next: str | None

    def body(self, reply: SavedReply) -> Markup:
        return shown(reply.body_html, reply.body_text)


def saved_replies(workspace: EmbeddedWorkspace, request: Request) -> Response:
    with workspace.snapshot() as conn:
        rows = listings.saved_replies(conn, after_id(request), PER_PAGE + 1)
    facts = SavedReplies(*page_of(request.url.path, rows))
    return respond(request, "saved_replies", facts, workspace=workspace.name)
