"""Credentials that die or lose a permission while an import is under way, of either side: it pauses, and goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.ochre.embedded import tokens
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, cli_at
from tests.support.served_workspace import Served, served

PATIENCE_S = 30.0
OCHRE_TOKEN = "OCHRE_TUI_OCHRE_TOKEN"


@pytest.fixture(scope="module")
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=120, seed=7, rate_limit=0)) as sandbox:
        yield sandbox


@contextmanager
def interrupted(cli: CommandLine, source: Running, what: Callable[[], object]) -> Iterator[dict[str, Any]]:
    """An import to which `what` happens midway: its last event, once it has ended with 4."""
    source.control("faults", faults=["slow=1.5,path=/conversations/2*,share=0.8"])
    process = cli.start("run", "--json")
    end = time.monotonic() + PATIENCE_S
    while cli.status()["counts"]["conversations"]["found"] < 5:
        assert time.monotonic() < end
        time.sleep(0.05)
    what()
    out, err = process.communicate(timeout=PATIENCE_S)
    source.control("faults", faults=[])
    assert process.returncode == 4, out + err
    status = cli.status()
    assert (status["state"], status["pid"]) == ("paused", None)
    assert 0 < status["counts"]["conversations"]["found"] < 120
    yield status


def test_a_permission_that_is_taken_away_midway(source: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path / "home", source)
    cli.ready()
    with interrupted(cli, source, lambda: source.control("scopes", missing=["read_conversations"])) as status:
        assert "“Read conversations”" in str(status["reason"])
    assert cli.call("run").exit == 4
    source.control("scopes", missing=[])
    assert "`ochre-tui run`" in cli.do("connect").out, "what goes on with the new token is said"
    cli.run()
    assert cli.differences(source) == []


def test_the_token_of_ochre_that_is_revoked_midway(source: Running, tmp_path: Path) -> None:
    with served(tmp_path / "there") as there:
        cli = cli_at(tmp_path / "home", source)
        cli.environment[OCHRE_TOKEN] = there.token.unwrap()
        cli.do("connect", "--ochre-url", there.url)
        cli.do("scan")
        cli.do("plan", "--auto")
        with interrupted(cli, source, lambda: _revoke(there)) as status:
            assert "Ochre" in str(status["reason"])
            assert "token" in str(status["reason"])
            assert not any(row["quarantined"] for row in status["counts"].values()), "no record is to blame"
        cli.environment[OCHRE_TOKEN] = there.new_token("admin").unwrap()
        assert cli.run()["counts"]["conversations"]["created"] == 120
        assert cli.run()["counts"]["conversations"]["unchanged"] == 120


def _revoke(there: Served) -> None:
    with closing(open_workspace(there.folder, "acme", "Acme")) as workspace:
        for token in tokens.kept(workspace):
            tokens.revoke(workspace, token.id)
