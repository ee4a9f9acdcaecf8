"""A disk that gets full: the run pauses, nothing is lost, and it goes on when there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest

from ochre_tui.core.errors import DiskFullError
from ochre_tui.core.files import is_full
from ochre_tui.core.log import log_failure
from ochre_tui.core.paths import existing
from ochre_tui.sandbox.server import Sandbox
from ochre_tui.store import events
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine
from tests.support.small_disk import remounted, tmpfs, used_kb
from tests.support.undisturbed import Undisturbed, ends_alike, undisturbed_by

Survived = Callable[[str], None]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with undisturbed_by(folder, Sandbox(conversations=60, seed=10, rate_limit=0)) as made:
        yield made


def no_reserve(_: Path) -> int:
    return 0


@pytest.mark.parametrize(
    "room_kb", [40, 400, 1200, *(pytest.param(kb, marks=pytest.mark.long) for kb in (100, 200, 600, 800, 1600))]
)
def test_writing_until_the_disk_is_full(
    room_kb: int, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    """Whatever meets it: the store, its log, the workspace, or a download."""
    with tmpfs(tmp_path / "disk", "64m"):
        cli = undisturbed.cli(tmp_path / "disk" / "home")
        remounted(tmp_path / "disk", f"size={used_kb(tmp_path / 'disk') + room_kb}k")
        with pytest.raises(DiskFullError) as full:
            cli.run_hurried(reserve=no_reserve)
        assert full.value.exit_code == 5
        assert "room" in full.value.advice
        remounted(tmp_path / "disk", "size=64m")
        assert cli.status()["state"] in {"new", "paused"}  # new where not even its beginning could be noted
        ends_alike(undisturbed, cli)
        survived("R11 A real disk that is full at some point: store, write-ahead log, workspace, downloads")


def test_a_disk_that_is_nearly_full_is_not_begun_on(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "64m"):
        cli = undisturbed.cli(tmp_path / "disk" / "home")
        remounted(tmp_path / "disk", f"size={used_kb(tmp_path / 'disk') + 60}k")
        ran = cli.call("run", "--json")
        assert ran.exit == 5
        assert "is nearly full" in ran.err + ran.out or "No room left" in ran.err + ran.out
        assert "again" in ran.said
        assert "Traceback" not in ran.said
        remounted(tmp_path / "disk", "size=64m")
        ends_alike(undisturbed, cli)


def test_the_run_pauses_before_the_disk_is_full(undisturbed: Undisturbed, tmp_path: Path, survived: Survived) -> None:
    """What is kept free is needed all of a sudden: there is room to end in good order and to say so."""
    cli = undisturbed.cli(tmp_path / "home")
    wanted = chain([0, 0], repeat(2**62))  # asked for before the run and at its beginning, then each second
    with pytest.raises(DiskFullError, match="nearly full"):
        cli.run_hurried(reserve=lambda folder: next(wanted))
    status = cli.status()
    assert (status["state"], status["pid"]) == ("paused", None)
    assert "nearly full" in status["reason"]
    ends_alike(undisturbed, cli)
    survived("R11 A disk that is nearly full: paused in time")


def test_too_little_room_for_what_is_to_come_is_said_at_the_start(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "64m"):
        cli = undisturbed.cli(tmp_path / "disk" / "home")
        remounted(tmp_path / "disk", f"size={used_kb(tmp_path / 'disk') + 1800}k")
        with pytest.raises(DiskFullError):
            cli.run_hurried(reserve=lambda _: 1_700 * 1024)
        assert [text for text in told(cli) if "The disk may get full: about" in text]
        remounted(tmp_path / "disk", "size=64m")
        ends_alike(undisturbed, cli)
        assert not [text for text in told(cli)[-3:] if "may get full" in text]


def told(cli: CommandLine) -> list[str]:
    with Store(cli.folder / "state.db") as store:
        return [event.text for event in events.after(store.conn, 0, 1000)]


def test_a_log_that_can_t_be_written_hides_no_failure(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "64m"):
        cli = undisturbed.cli(tmp_path / "disk" / "home")
        remounted(tmp_path / "disk", f"size={used_kb(tmp_path / 'disk')}k")
        assert is_full(cli.folder)
        assert log_failure(existing(cli.home, "default"), "run", ValueError("x" * 5000)) is None
        remounted(tmp_path / "disk", "size=64m")
        assert not is_full(cli.folder)
        assert log_failure(existing(cli.home, "default"), "run", ValueError("x")) is not None
