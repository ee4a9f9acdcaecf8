"""The places that records can go to: whatever one of them does, the other does too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.http.target import open_http_target
from ochre_tui.ochre.target import Target
from tests.unit.server.served import served

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


@pytest.fixture(params=["embedded", "http"])
def target(request: pytest.FixtureRequest, workspace: EmbeddedWorkspace) -> Iterator[Target]:
    """Each way to the test's `workspace`."""
    with reached(workspace, request.param) as found:
        yield found
