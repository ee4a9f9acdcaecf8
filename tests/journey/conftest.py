"""A world that is imported once for the tests of a module, whose WORLD and TEAM it is; each test has a copy of the
migration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, running
from tests.support.command_line import Desk, desk_at


@pytest.fixture(scope="module")
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, Desk]]:
    with running(request.module.WORLD) as sandbox:
        desk = desk_at(tmp_path_factory.mktemp("imported"), sandbox)
        desk.ready(request.module.TEAM)
        desk.run()
        yield sandbox, desk


@pytest.fixture
def sandbox(imported: tuple[Running, Desk]) -> Running:
    return imported[0]


@pytest.fixture
def desk(imported: tuple[Running, Desk], tmp_path: Path) -> Desk:
    return imported[1].copied(tmp_path / "home")
