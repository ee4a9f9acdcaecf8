"""The ways to a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.http.target import open_http_target
from ochre_tui.ochre.target import Target
from tests.support.served_workspace import served

EXPORTED_AT = 1_700_000_000


@contextmanager
def reached(workspace: EmbeddedWorkspace, how: str) -> Iterator[Target]:
    """The workspace itself ("embedded"), or as a server offers it ("http")."""
    if how == "embedded":
        yield workspace
        return
    with (
        served(workspace.folder, clock=lambda: EXPORTED_AT) as server,
        closing(open_http_target(server.url, server.token)) as target,
    ):
        yield target
