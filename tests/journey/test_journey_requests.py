"""What an import costs: requests to Intercom, and memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import PROGRAM, CommandLine, bare_environment, changes, cli_at, hurried, requests

SINGLE = "GET /conversations/*"
MOST_MEMORY_MB = 200

# A process inherits the peak of the one that starts it: a small one in between makes it the import's own.
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def spent(sandbox: Running, before: dict[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in requests(sandbox).items()}


def ready(sandbox: Running, home: Path) -> CommandLine:
    cli = cli_at(home, sandbox)
    cli.ready()
    return cli


def test_each_conversation_is_read_once_and_little_else(tmp_path: Path) -> None:
    with running(Sandbox(conversations=300, seed=1, rate_limit=0)) as sandbox:
        cli = ready(sandbox, tmp_path)
        before = requests(sandbox)
        cli.run()
        first = spent(sandbox, before)
        assert first[SINGLE] == 300
        assert sum(first.values()) - 300 < 60
        files = sandbox.control("state")["files"]
        assert files["bearer_leaks"] == 0

        before = requests(sandbox)
        assert changes(cli.run()) == {}
        second = spent(sandbox, before)
        assert second[SINGLE] == 0
        assert sum(second.values()) < 60
        assert sandbox.control("state")["files"] == files


@pytest.mark.parametrize("limit", [31, 83])
def test_the_rate_limit_is_met_and_never_stormed(limit: int, tmp_path: Path) -> None:
    with running(Sandbox(conversations=120, seed=5, rate_limit=0), clock=hurried.monotonic) as sandbox:
        cli = ready(sandbox, tmp_path)
        sandbox.control("limit", limit=limit)
        before = sandbox.control("state")["windows"]["used"]
        cli.run_hurried()
        windows = sandbox.control("state")["windows"]
        assert max(windows["refused"].values(), default=0) <= 1
        used = [count for window, count in windows["used"].items() if window not in before]
        assert max(used) == limit
        assert cli.differences(sandbox) == []


def test_a_limit_that_falls_and_rises_under_way_is_followed(tmp_path: Path) -> None:
    """Each fall of the limit may cost a refusal or two: those that were under way."""
    with running(Sandbox(conversations=120, seed=6, rate_limit=166), clock=hurried.monotonic) as sandbox:
        cli = ready(sandbox, tmp_path)
        sandbox.control("faults", faults=["limit=20,after=150", "limit=60,after=200"])
        cli.run_hurried()
        assert sandbox.control("state")["windows"]["limit"] == 60
        assert cli.status()["state"] == "completed"
        sandbox.control("limit", limit=0)
        assert cli.differences(sandbox) == []


@pytest.mark.long
def test_five_thousand_conversations_cost_few_more_requests_and_little_memory(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with running(Sandbox(conversations=5000, seed=1, rate_limit=0)) as sandbox:
        cli = ready(sandbox, tmp_path)
        before = requests(sandbox)
        ended = subprocess.run(
            [sys.executable, "-c", MEASURED, *PROGRAM, "run", "--json"],
            env={**bare_environment(), **cli.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert ended.returncode in {0, 3}, ended.stderr
        first = spent(sandbox, before)
        memory_mb = int(ended.stderr.splitlines()[-1]) / 1024
        record_property("memory_mb", round(memory_mb))
        record_property("requests", sum(first.values()))
        assert first[SINGLE] == 5000
        assert sum(first.values()) <= 5000 * 1.03, first
        assert memory_mb < MOST_MEMORY_MB
        assert cli.differences(sandbox) == []
