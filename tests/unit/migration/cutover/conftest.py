from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.name_server_and_site import NameServer, Site, name_server, site


@pytest.fixture
def names() -> Iterator[NameServer]:
    with name_server() as one:
        yield one


@pytest.fixture
def page() -> Iterator[Site]:
    with site() as one:
        yield one
