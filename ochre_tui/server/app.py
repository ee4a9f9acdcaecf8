"""The application: which paths lead where."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount

from ochre_tui.core.secret import Secret
from ochre_tui.ochre.embedded import tokens
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Role
from ochre_tui.server import pages
from ochre_tui.server.access import AccessControl
from ochre_tui.server.import_api.app import import_api, no_such_operation
from ochre_tui.server.import_api.limits import Limits
from ochre_tui.server.workspace_pool import WorkspacePool

_API = "/import/v1"

Verifier = Callable[[EmbeddedWorkspace, str], Role | None]
"""Gives the role of an API token; None for one that is not known."""


def create_app(
    folder: Path,
    *,
    clock: Callable[[], float],
    verify: Verifier = tokens.role_of,
    limits: Limits | None = None,
    failed: Callable[[Exception], object] = lambda error: None,
    host: str | None = None,
    password: Secret | None = None,
) -> Starlette:
    """The workspace in `folder`, as pages and as the import API; `clock` gives seconds since 1970.

    Pages answer to the machine's addresses and to the name `host`, and ask for the `password` where there is one; the
    API has its tokens. `failed` hears of what went wrong unexpectedly; whoever asked is told no more than that.
    """
    pool = WorkspacePool(folder)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        pool.close()

    async def unexpected(_: Request, error: Exception) -> Response:
        failed(error)  # also what has been answered by the API: it is raised again for us
        return PlainTextResponse("Something unexpected happened", 500)

    api = import_api(pool, clock, verify, limits or Limits())
    return Starlette(
        routes=[Mount(_API, api), *pages.routes(pool)],
        exception_handlers={HTTPException: _not_found, Exception: unexpected},
        lifespan=lifespan,
        middleware=[Middleware(AccessControl, exempt=_of_api, host=host, password=password)],
    )


def _of_api(path: str) -> bool:
    return path.startswith(f"{_API}/")


async def _not_found(request: Request, error: Exception) -> Response:
    # A path with a line break in it leads nowhere, not even into the API that it names.
    if _of_api(request.url.path):
        return await no_such_operation(request, error)
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code)
