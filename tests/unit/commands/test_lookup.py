"""Customers found by the command, in each way in which people look for them."""

from __future__ import annotations

from contextlib import closing

import pytest

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine
from tests.support.filled_workspace import fill
from tests.support.known_customer import SOMEBODY, THEIR_COMPANY, WAYS


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    home = tmp_path_factory.mktemp("searched")
    paths = MigrationPaths("default", home / "default")
    paths.create()
    Store(paths.state_db).close()
    fill(paths.workspace)
    with closing(open_workspace(paths.workspace, "default", "default")) as workspace:
        workspace.put(2, [THEIR_COMPANY, SOMEBODY])
    return CommandLine(home, {"OCHRE_TUI_HOME": str(home)})


@pytest.mark.parametrize(("words", "matched"), WAYS)
def test_a_customer_is_found_by_the_command(cli: CommandLine, words: str, matched: str) -> None:
    assert cli.do("search", words, "--json").json == [
        {"id": SOMEBODY.id, "name": SOMEBODY.name, "email": SOMEBODY.email, "matched": matched}
    ]
    assert matched in cli.do("search", *words.split()).out
