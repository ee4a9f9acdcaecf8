"""What the fault tests have survived, counted for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def survived(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Note, once a disturbed import has ended as it should, what it was disturbed by: `R4 Answers 500 …`."""
    return lambda what: record_property("survived", what)
