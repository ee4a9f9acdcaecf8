"""The workspace in a browser: a module for each subject, and the same as JSON.

A page is a function of the workspace and the request; it runs in a reading thread and gives `responses.respond` a
dataclass of facts, which its template in `templates/` shows.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.server.pages import conversation, customers, inbox, old_links, saved_replies
from ochre_tui.server.pages.responses import Missing, NotFoundError, NotUnderstoodError, respond
from ochre_tui.server.workspace_pool import WorkspacePool

Page: TypeAlias = Callable[[EmbeddedWorkspace, Request], Response]

_PAGES: dict[str, Page] = {
    "/": inbox.inbox,
    "/conversations": inbox.inbox,
    "/conversations.json": inbox.inbox,
    "/conversations/{id}": conversation.conversation,
    "/customers": customers.customers,
    "/customers.json": customers.customers,
    "/customers/{id}": customers.customer,
    "/companies": customers.companies,
    "/companies.json": customers.companies,
    "/companies/{id}": customers.company,
    "/saved-replies": saved_replies.saved_replies,
    "/saved-replies.json": saved_replies.saved_replies,
    "/attachments/{id}": conversation.attachment,
}
_ANY = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def routes(pool: WorkspacePool) -> list[BaseRoute]:
    """The paths of all pages; what is none of them may be one of Intercom's."""
    style = files(__package__).joinpath("style.css").read_bytes()

    async def style_sheet(_: Request) -> Response:
        return Response(style, headers={"Cache-Control": "max-age=3600"}, media_type="text/css")

    pages = [Route(path, _endpoint(pool, page), methods=["GET"]) for path, page in _PAGES.items()]
    others = Route("/{path:path}", _endpoint(pool, old_links.old_link), methods=_ANY)
    return [Route("/style.css", style_sheet, methods=["GET"]), *pages, others]


def _endpoint(pool: WorkspacePool, page: Page) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        return await pool.read(lambda workspace: _respond_to(workspace, request, page))

    return endpoint


def _respond_to(workspace: EmbeddedWorkspace, request: Request, page: Page) -> Response:
    try:
        return page(workspace, request)
    except NotFoundError as error:
        return respond(request, "missing", Missing(str(error)), workspace=workspace.name, status=404)
    except NotUnderstoodError as error:
        return respond(request, "missing", Missing(str(error)), workspace=workspace.name, status=400)
