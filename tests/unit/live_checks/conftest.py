from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.live_checks.on_loopback import NameServer, Site, name_server, site


@pytest.fixture
def names() -> Iterator[NameServer]:
    with name_server() as one:
        yield one


@pytest.fixture
def page() -> Iterator[Site]:
    with site() as one:
        yield one
