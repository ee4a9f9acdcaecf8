"""A small workspace imported once, and copies of it to spoil."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import Desk, Member, desk_at
from tests.support.spoilable import Spoilable

TEAM: list[Member] = [("ANA.SILVA@harbourlight.example", "Ana", "owner"), ("zm@example.com", "zoë müller", "agent")]


@pytest.fixture(scope="session")
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=60, seed=5, rate_limit=0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def imported(source: Running, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk after a complete import; to be looked at only."""
    desk = desk_at(tmp_path_factory.mktemp("imported"), source)
    desk.ready(TEAM)
    desk.run()
    return desk


@pytest.fixture
def desk(imported: Desk, tmp_path: Path) -> Spoilable:
    """A copy of it."""
    copy = imported.copied(tmp_path / "home")
    return Spoilable(copy.home, copy.environment, copy.team)
