"""A small workspace imported once, and copies of it to spoil."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, Member, cli_at
from tests.support.spoilable import Spoilable

TEAM: list[Member] = [("ANA.SILVA@harbourlight.example", "Ana", "owner"), ("zm@example.com", "zoë müller", "agent")]


@pytest.fixture(scope="session")
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=60, seed=5, rate_limit=0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def imported(source: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A migration after a complete import; only to be read."""
    cli = cli_at(tmp_path_factory.mktemp("imported"), source)
    cli.ready(TEAM)
    cli.run()
    return cli


@pytest.fixture
def cli(imported: CommandLine, tmp_path: Path) -> Spoilable:
    """A copy of it."""
    copy = imported.copied(tmp_path / "home")
    return Spoilable(copy.home, copy.environment, copy.team)
