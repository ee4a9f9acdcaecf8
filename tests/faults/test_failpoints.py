"""A process that dies or meets a failing disk at any write or commit goes on as if nothing had happened."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.core import failpoints
from ochre_tui.core.errors import DiskFullError, OchreTuiError, UnreachableError
from ochre_tui.sandbox.server import Sandbox
from tests.support.command_line import CommandLine
from tests.support.undisturbed import Undisturbed, ends_alike, undisturbed_by

Survived = Callable[[str], None]

POINTS = (
    "file.replace",
    "file.sync",
    "files.drop_spooled",
    "files.move",
    "files.sync",
    "files.sync_folders",
    "spool.write",
    "store.begin",
    "store.commit",
    "store.committed",
    "target.begin",
    "target.commit",
    "target.committed",
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with undisturbed_by(folder, Sandbox(conversations=12, seed=10, rate_limit=0, scroll_life_s=1)) as made:
        yield made


@pytest.fixture(scope="module")
def reached(undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How often an import reaches each fail-point."""
    cli = undisturbed.cli(tmp_path_factory.mktemp("counted") / "home")
    with failpoints.armed("*=0:pass") as point:
        cli.run_hurried()
    return dict(point.reached)


def test_every_point_is_reached(reached: dict[str, int]) -> None:
    assert sorted(reached) == sorted(POINTS)


def where() -> Iterator[Any]:
    """Every point, in the middle of an import and at its ends; the long run alone takes all of them."""
    for name in POINTS:
        for which in ("first", "middle", "last"):
            soon = which == "middle" and name in SOON
            yield pytest.param(name, which, marks=[] if soon else pytest.mark.long)


SOON = {"files.move", "spool.write", "store.commit", "store.committed", "target.committed"}


@pytest.mark.parametrize(("name", "which"), where())
def test_killed_at(
    name: str, which: str, undisturbed: Undisturbed, reached: dict[str, int], tmp_path: Path, survived: Survived
) -> None:
    n = {"first": 1, "middle": (reached[name] + 1) // 2, "last": reached[name]}[which]
    while (cli := killed(undisturbed, tmp_path / str(n), f"{name}={n}:kill")) is None:
        n -= 1  # how much is written at a time depends on the machine, so a run may not come to so many
    # The last of all may be the one after which it is completed.
    assert cli.status()["state"] in ({"new", "paused", "completed"} if which == "last" else {"new", "paused"})
    ends_alike(undisturbed, cli)
    survived("R1 kill -9 at a named point: before and after each write, sync, rename and commit")


def killed(undisturbed: Undisturbed, home: Path, point: str) -> CommandLine | None:
    """A migration whose import was killed at that point; None where the import did not come to it."""
    cli = undisturbed.cli(home)
    with cli.start("run", OCHRE_TUI_FAILPOINT=point) as process:
        said = process.communicate(timeout=120)
    assert process.returncode in {0, 3, -signal.SIGKILL}, said
    return cli if process.returncode == -signal.SIGKILL else None


def moments(last: int) -> Iterator[int]:
    """1, 2, 3, 4, 6, 9, 13, …: closer together where little has been done."""
    n = 1
    while n <= last:
        yield n
        n = max(n + 1, n * 3 // 2)


def fails_at(undisturbed: Undisturbed, home: Path, n: int, action: str) -> bool:
    """An import whose n-th write or commit fails, and which then goes on; False where it had no n-th one."""
    cli = undisturbed.cli(home)
    with failpoints.armed(f"*={n}:{action}") as point:
        try:
            cli.run_hurried()
        except DiskFullError:
            assert cli.status()["state"] in {"new", "paused", "completed"}  # what failed may be its last commit
        except OchreTuiError:
            assert action != "full"
    failed = point.reached.total() >= n
    ends_alike(undisturbed, cli)
    return failed


@pytest.mark.parametrize("action", ["full", "quota", "broken"])
def test_a_write_or_commit_fails(
    action: str, undisturbed: Undisturbed, reached: dict[str, int], tmp_path: Path, survived: Survived
) -> None:
    for n in list(moments(sum(reached.values())))[::4]:
        assert fails_at(undisturbed, tmp_path / str(n), n, action)
        survived(f"R2 The n-th write or commit fails: {WHY[action]}")


@pytest.mark.long
@pytest.mark.parametrize("action", ["full", "quota", "broken"])
def test_each_write_or_commit_fails_in_turn(
    action: str, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    for n in count(1):
        if not fails_at(undisturbed, tmp_path / str(n), n, action):
            break
        survived(f"R2 The n-th write or commit fails: {WHY[action]}")


WHY = {
    "full": "no room on the disk",
    "quota": "the user's quota is used up",
    "broken": "an I/O error",
}


def request_fails(undisturbed: Undisturbed, home: Path, n: int) -> bool:
    """An import whose n-th request and all after it are cut off, and which then goes on."""
    cli = undisturbed.cli(home)
    state = undisturbed.sandbox.control("state")
    asked, fired = state["requests"]["total"], state["faults"]["fired"].get("reset", 0)
    undisturbed.sandbox.control("faults", faults=[f"reset=share=1,times=0,after={asked + n - 1}"])
    try:
        cli.run_hurried()
    except UnreachableError:
        assert cli.status()["state"] == "paused"
    failed = undisturbed.sandbox.control("state")["faults"]["fired"].get("reset", 0) > fired
    ends_alike(undisturbed, cli)
    return bool(failed)


def test_a_request_and_all_after_it_fail(undisturbed: Undisturbed, tmp_path: Path, survived: Survived) -> None:
    for n in (1, 25):
        assert request_fails(undisturbed, tmp_path / str(n), n)
        survived("R2 The n-th request and all after it fail")


@pytest.mark.long
def test_each_request_and_all_after_it_fail_in_turn(
    undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    for n in count(1):
        if not request_fails(undisturbed, tmp_path / str(n), n):
            break
        survived("R2 The n-th request and all after it fail")


@pytest.mark.parametrize("n", [1, 5])
def test_an_answer_of_the_target_that_is_lost(
    n: int, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    """The target has committed and the importer is told otherwise."""
    cli = undisturbed.cli(tmp_path / "home")
    with failpoints.armed(f"target.committed={n}:full"), pytest.raises(DiskFullError):
        cli.run_hurried()
    ends_alike(undisturbed, cli)
    survived("R9 The target has committed, its answer is lost")
