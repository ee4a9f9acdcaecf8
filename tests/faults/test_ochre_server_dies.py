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
from tests.support.command_line import Desk, contents, desk_at

PATIENCE_S = 60
CONVERSATIONS = 250


@contextmanager
def serving(desk: Desk, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The desk's workspace, served by a process of its own; killed at the end."""
    process = desk.start("serve", "--port", str(port), "--json")
    assert process.stdout is not None
    try:
        yield process, int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


def imported(desk: Desk) -> int:
    """How many conversations are noted as done."""
    return int(desk.status()["counts"]["conversations"]["found"])


def desk_to(port: int, token: str, sandbox: Running, home: Path) -> Desk:
    desk = desk_at(home, sandbox)
    desk.environment |= {"OCHRE_TUI_OCHRE_URL": f"http://127.0.0.1:{port}", "OCHRE_TUI_OCHRE_TOKEN": token}
    desk.do("connect")
    desk.do("scan")
    desk.do("plan", "--auto")
    return desk


@pytest.mark.long
def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    with running(Sandbox(conversations=CONVERSATIONS, seed=5, rate_limit=0, latency_s=0.02)) as sandbox:
        there = desk_at(tmp_path / "there", sandbox)
        there.do("team", "add", "owner@team.example", "--role", "owner")
        token = there.do("serve", "token", "add", "--json").json["token"]
        with serving(there) as (server, port):
            desk = desk_to(port, token, sandbox, tmp_path / "desk")
            run = desk.start("run", "--json")
            ends = time.monotonic() + PATIENCE_S
            while imported(desk) < 20:
                assert run.poll() is None
                assert time.monotonic() < ends
            server.kill()
            server.wait()
        before = imported(desk)
        with serving(there, port):
            out, err = run.communicate(timeout=PATIENCE_S)
            assert run.returncode in {0, 3}, out + err
            end = json.loads(out.splitlines()[-1])
            assert before < CONVERSATIONS, "it was killed in the middle"
            assert end["status"]["counts"]["conversations"]["created"] == CONVERSATIONS
            arrived = contents(desk.export())
        here = desk_at(tmp_path / "here", sandbox)
        here.ready([("owner@team.example", None, "owner")])
        here.run()
        assert arrived == contents(here.export())
