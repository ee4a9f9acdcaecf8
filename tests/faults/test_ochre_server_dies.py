"""An Ochre server that is killed in the middle of an import and comes back: it goes on, and nothing is twice."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, cli_at, contents

PATIENCE_S = 60
CONVERSATIONS = 250


@contextmanager
def serving(cli: CommandLine, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The migration's workspace, served by a process of its own; killed at the end."""
    process = cli.start("serve", "--port", str(port), "--json")
    assert process.stdout is not None
    try:
        yield process, int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


def imported(cli: CommandLine) -> int:
    """How many conversations are noted as done."""
    return int(cli.status()["counts"]["conversations"]["found"])


def cli_to(port: int, token: str, sandbox: Running, home: Path) -> CommandLine:
    cli = cli_at(home, sandbox)
    cli.environment |= {"OCHRE_TUI_OCHRE_URL": f"http://127.0.0.1:{port}", "OCHRE_TUI_OCHRE_TOKEN": token}
    cli.do("connect")
    cli.do("scan")
    cli.do("plan", "--auto")
    return cli


@pytest.mark.long
def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    with running(Sandbox(conversations=CONVERSATIONS, seed=5, rate_limit=0, latency_s=0.02)) as sandbox:
        there = cli_at(tmp_path / "there", sandbox)
        there.do("team", "add", "owner@team.example", "--role", "owner")
        token = there.do("serve", "token", "add", "--json").json["token"]
        with serving(there) as (server, port):
            cli = cli_to(port, token, sandbox, tmp_path / "home")
            run = cli.start("run", "--json")
            ends = time.monotonic() + PATIENCE_S
            while imported(cli) < 20:
                assert run.poll() is None
                assert time.monotonic() < ends
            server.kill()
            server.wait()
        before = imported(cli)
        with serving(there, port):
            out, err = run.communicate(timeout=PATIENCE_S)
            assert run.returncode in {0, 3}, out + err
            end = json.loads(out.splitlines()[-1])
            assert before < CONVERSATIONS, "it was killed in the middle"
            assert end["status"]["counts"]["conversations"]["created"] == CONVERSATIONS
            arrived = contents(cli.export())
        here = cli_at(tmp_path / "here", sandbox)
        here.ready([("owner@team.example", None, "owner")])
        here.run()
        assert arrived == contents(here.export())
