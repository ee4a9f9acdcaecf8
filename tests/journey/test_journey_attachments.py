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
from tests.support.command_line import Desk, contents, desk_at, lines

SINGLE = "GET /conversations/*"


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=120, seed=13, rate_limit=0)) as server:
        yield server


@pytest.fixture
def desk(sandbox: Running, tmp_path: Path) -> Desk:
    ready = desk_at(tmp_path, sandbox)
    ready.ready()
    return ready


def stored_files(desk: Desk) -> list[Path]:
    folder = desk.folder / "workspace" / "attachments"
    return sorted(path for path in folder.rglob("*") if path.is_file() and len(path.name) == 64)


def resynced(desk: Desk) -> dict[str, Any]:
    ran = desk.call("resync", "attachments", "--json")
    end: dict[str, Any] = ran.events[-1]
    assert ran.exit in {0, 3}, ran.said
    return end


def without_time(export: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(export).items() if name != "workspace.json"}


def test_what_failed_during_the_import_is_fetched_and_nothing_else_changes(sandbox: Running, desk: Desk) -> None:
    sandbox.control("faults", faults=["file-500=share=0.5,times=0"])
    lacking = desk.run()["attachments"]
    before = desk.export("before")
    sandbox.control("faults", faults=[])
    status = resynced(desk)["status"]
    after = desk.export("after")
    assert status["attachments"]["missing"] < lacking["missing"]
    assert status["state"] == "completed"
    for name in ("conversations", "messages", "customers", "companies", "team", "tags", "aliases", "saved_replies"):
        assert lines(before, f"{name}.jsonl") == lines(after, f"{name}.jsonl")
    assert desk.differences(sandbox) == []
    assert desk.do("verify", "--json").json["ok"]


def test_lost_truncated_and_changed_bytes_are_found_and_fetched_again(sandbox: Running, desk: Desk) -> None:
    desk.run()
    before = without_time(desk.export("before"))
    lost, short, changed = stored_files(desk)[:3]
    lost.unlink()
    short.write_bytes(short.read_bytes()[:-1])
    content = changed.read_bytes()
    changed.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert not desk.do("verify", "--json", expect=8).json["ok"]
    resynced(desk)
    assert without_time(desk.export("after")) == before
    assert desk.do("verify", "--json").json["ok"]


def test_only_conversations_that_lack_something_are_asked_for(sandbox: Running, desk: Desk) -> None:
    status = desk.run()
    asked = sandbox.control("state")["requests"]["by_endpoint"].get(SINGLE, 0)
    resynced(desk)
    more = sandbox.control("state")["requests"]["by_endpoint"].get(SINGLE, 0) - asked
    assert more <= 2 * status["attachments"]["missing"]


def test_killed_at_random_and_repeated_it_ends_the_same(sandbox: Running, desk: Desk) -> None:
    desk.run()
    before = without_time(desk.export("before"))
    chance = random.Random(3)
    for path in stored_files(desk):
        path.unlink()
    for _ in range(3):
        process = desk.start("resync", "attachments", "--json")
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 3)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    resynced(desk)
    assert without_time(desk.export("after")) == before


def test_before_the_first_import_it_says_so(desk: Desk) -> None:
    assert "Nothing was imported yet." in desk.do("resync", "attachments", expect=2).err
