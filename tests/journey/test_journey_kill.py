"""Killed at any moment and run again, an import comes to the same, byte for byte."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.store import lease
from tests.support.command_line import CommandLine, changes, cli_at, contents

TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]
WAIT_S = 60
KILLED = "R1 kill -9 at a random moment"
Survived = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A migration ready to import, what an import that nobody disturbs exports, and how long it takes."""

    sandbox: Running
    ready: CommandLine
    exported: dict[str, bytes]
    lasted_s: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with running(
        Sandbox(conversations=150, seed=10, nasty=True, rate_limit=0, latency_s=0.03, scroll_life_s=2)
    ) as sandbox:
        ready = cli_at(folder / "ready", sandbox)
        ready.ready(TEAM)
        done = ready.copied(folder / "done")
        with begun(done) as process:
            began = time.monotonic()
            process.communicate(timeout=WAIT_S)
            lasted_s = time.monotonic() - began
        yield Undisturbed(sandbox, ready, contents(done.export()), lasted_s)


@contextmanager
def begun(cli: CommandLine) -> Iterator[subprocess.Popen[str]]:
    """A process that has just begun to import; killed where it has not ended by itself."""
    with cli.start("run", "--json") as process:
        try:
            deadline = time.monotonic() + WAIT_S
            while lease.holder(cli.folder / "lock") is None:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.005)
            yield process
        finally:
            process.kill()


def killed(cli: CommandLine, after_s: float) -> bool:
    """Import in a process and kill it so long after it began; whether it was still at work."""
    with begun(cli) as process:
        try:
            process.communicate(timeout=after_s)
        except subprocess.TimeoutExpired:
            return True
    return False


def ends_like(undisturbed: Undisturbed, cli: CommandLine) -> None:
    """Run to its end, it is as if nothing had happened."""
    cli.run_hurried()  # a kill may leave a scroll over companies open, whose end is waited for
    assert cli.status()["state"] == "completed"
    assert contents(cli.export()) == undisturbed.exported
    assert cli.differences(undisturbed.sandbox) == []
    assert list((cli.folder / "spool").iterdir()) == []
    stored = [path for path in (cli.folder / "workspace" / "attachments").rglob("*") if path.is_file()]
    assert len(stored) == sum(name.startswith("attachments/") for name in undisturbed.exported)
    assert changes(cli.run()) == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_an_import_that_is_killed_again_and_again(
    seed: int, undisturbed: Undisturbed, tmp_path: Path, record_property: Survived
) -> None:
    cli = undisturbed.ready.copied(tmp_path / "home")
    moments = random.Random(seed)
    at_work = [killed(cli, moments.uniform(0.0, 0.7) * undisturbed.lasted_s) for _ in range(3)]
    assert any(at_work)
    found = cli.status()
    assert found["state"] in {"paused", "completed"}
    assert found["pid"] is None
    ends_like(undisturbed, cli)
    for _ in at_work:
        record_property("survived", KILLED)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200))
def test_an_import_that_is_killed_at_a_random_moment(
    seed: int, undisturbed: Undisturbed, tmp_path: Path, record_property: Survived
) -> None:
    cli = undisturbed.ready.copied(tmp_path / "home")
    killed(cli, random.Random(seed).random() * undisturbed.lasted_s)
    ends_like(undisturbed, cli)
    record_property("survived", KILLED)


def test_counts_of_an_interrupted_import_are_those_of_the_whole(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """What was created before the kill is not called unchanged after it."""
    whole = undisturbed.ready.copied(tmp_path / "whole").run()
    cli = undisturbed.ready.copied(tmp_path / "home")
    assert killed(cli, undisturbed.lasted_s * 0.3)
    cli.run_hurried()
    status = cli.status()
    assert status["counts"] == whole["counts"]
    assert (status["contacts"], status["attachments"]) == (whole["contacts"], whole["attachments"])
