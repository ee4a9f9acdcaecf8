"""Killed at any moment and run again, an import comes to the same, byte for byte."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.journey.desk import Desk, changes, contents, desk_at

TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]
# From when a process has barely started to when it has about ended.
EARLIEST_S, LATEST_S = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A desk ready to import, and what an import that nobody disturbs exports."""

    sandbox: Running
    ready: Desk
    exported: dict[str, bytes]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with running(Sandbox(conversations=150, seed=10, nasty=True, rate_limit=0, latency_s=0.03)) as sandbox:
        ready = desk_at(folder / "ready", sandbox)
        ready.ready(TEAM)
        done = ready.copied(folder / "done")
        done.run()
        yield Undisturbed(sandbox, ready, contents(done.export()))


def killed(desk: Desk, after_s: float) -> bool:
    """Import in a process and kill it; whether it was still at work."""
    process = desk.start("run", "--json")
    try:
        process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def ends_like(undisturbed: Undisturbed, desk: Desk) -> None:
    """Run to its end, it is as if nothing had happened."""
    status = desk.run()
    assert status["state"] == "completed"
    assert contents(desk.export()) == undisturbed.exported
    assert desk.differences(undisturbed.sandbox) == []
    assert list((desk.folder / "spool").iterdir()) == []
    stored = [path for path in (desk.folder / "workspace" / "attachments").rglob("*") if path.is_file()]
    assert len(stored) == sum(name.startswith("attachments/") for name in undisturbed.exported)
    assert changes(desk.run()) == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_an_import_that_is_killed_again_and_again(seed: int, undisturbed: Undisturbed, tmp_path: Path) -> None:
    desk = undisturbed.ready.copied(tmp_path / "home")
    moments = random.Random(seed)
    at_work = [killed(desk, moments.uniform(EARLIEST_S, LATEST_S)) for _ in range(4)]
    assert at_work[0]
    found = desk.status()
    assert found["state"] in {"paused", "completed"}
    assert found["pid"] is None
    ends_like(undisturbed, desk)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
def test_an_import_that_is_killed_at_a_random_moment(seed: int, undisturbed: Undisturbed, tmp_path: Path) -> None:
    desk = undisturbed.ready.copied(tmp_path / "home")
    killed(desk, random.Random(seed).uniform(EARLIEST_S, LATEST_S))
    ends_like(undisturbed, desk)


def test_counts_of_an_interrupted_import_are_those_of_the_whole(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """What was created before the kill is not called unchanged after it."""
    whole = undisturbed.ready.copied(tmp_path / "whole").run()
    desk = undisturbed.ready.copied(tmp_path / "home")
    killed(desk, 1.4)
    status = desk.run()
    assert status["counts"] == whole["counts"]
    assert (status["contacts"], status["attachments"]) == (whole["contacts"], whole["attachments"])
