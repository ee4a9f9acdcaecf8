"""A world that is imported once for the tests of a module, whose WORLD and TEAM it is; each test has a copy of the
migration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, running
from tests.support.command_line import CommandLine, cli_at


@pytest.fixture(scope="module")
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, CommandLine]]:
    with running(request.module.WORLD) as sandbox:
        cli = cli_at(tmp_path_factory.mktemp("imported"), sandbox)
        cli.ready(request.module.TEAM)
        cli.run()
        yield sandbox, cli


@pytest.fixture
def sandbox(imported: tuple[Running, CommandLine]) -> Running:
    return imported[0]


@pytest.fixture
def cli(imported: tuple[Running, CommandLine], tmp_path: Path) -> CommandLine:
    return imported[1].copied(tmp_path / "home")
