"""`resync attachments` fetches what is missing or damaged, and touches nothing else."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, cli_at, contents, lines

SINGLE = "GET /conversations/*"


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=120, seed=13, rate_limit=0)) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    ready = cli_at(tmp_path, sandbox)
    ready.ready()
    return ready


def stored_files(cli: CommandLine) -> list[Path]:
    folder = cli.folder / "workspace" / "attachments"
    return sorted(path for path in folder.rglob("*") if path.is_file() and len(path.name) == 64)


def resynced(cli: CommandLine) -> dict[str, Any]:
    ran = cli.call("resync", "attachments", "--json")
    end: dict[str, Any] = ran.events[-1]
    assert ran.exit in {0, 3}, ran.said
    return end


def without_time(export: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(export).items() if name != "workspace.json"}


def test_what_failed_during_the_import_is_fetched_and_nothing_else_changes(sandbox: Running, cli: CommandLine) -> None:
    sandbox.control("faults", faults=["file-500=share=0.5,times=0"])
    lacking = cli.run()["attachments"]
    before = cli.export("before")
    sandbox.control("faults", faults=[])
    status = resynced(cli)["status"]
    after = cli.export("after")
    assert status["attachments"]["missing"] < lacking["missing"]
    assert status["state"] == "completed"
    for name in ("conversations", "messages", "customers", "companies", "team", "tags", "aliases", "saved_replies"):
        assert lines(before, f"{name}.jsonl") == lines(after, f"{name}.jsonl")
    assert cli.differences(sandbox) == []
    assert cli.do("verify", "--json").json["ok"]


def test_lost_truncated_and_changed_bytes_are_found_and_fetched_again(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    before = without_time(cli.export("before"))
    lost, short, changed = stored_files(cli)[:3]
    lost.unlink()
    short.write_bytes(short.read_bytes()[:-1])
    content = changed.read_bytes()
    changed.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert not cli.do("verify", "--json", expect=8).json["ok"]
    resynced(cli)
    assert without_time(cli.export("after")) == before
    assert cli.do("verify", "--json").json["ok"]


def test_only_conversations_that_lack_something_are_asked_for(sandbox: Running, cli: CommandLine) -> None:
    status = cli.run()
    asked = sandbox.control("state")["requests"]["by_endpoint"].get(SINGLE, 0)
    resynced(cli)
    more = sandbox.control("state")["requests"]["by_endpoint"].get(SINGLE, 0) - asked
    assert more <= 2 * status["attachments"]["missing"]


def test_killed_at_random_and_repeated_it_ends_the_same(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    before = without_time(cli.export("before"))
    chance = random.Random(3)
    for path in stored_files(cli):
        path.unlink()
    for _ in range(3):
        process = cli.start("resync", "attachments", "--json")
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 3)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    resynced(cli)
    assert without_time(cli.export("after")) == before


def test_before_the_first_import_it_says_so(cli: CommandLine) -> None:
    assert "Nothing was imported yet." in cli.do("resync", "attachments", expect=2).err
