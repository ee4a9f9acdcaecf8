"""The places that records can go to: whatever one of them does, the other does too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.target import Target
from tests.support.targets import reached


@pytest.fixture(params=["embedded", "http"])
def target(request: pytest.FixtureRequest, workspace: EmbeddedWorkspace) -> Iterator[Target]:
    """Each way to the test's `workspace`."""
    with reached(workspace, request.param) as found:
        yield found
