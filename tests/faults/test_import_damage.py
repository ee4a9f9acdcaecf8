"""Damaged, foreign, full and shared folders: exit code, a clear word, nothing half-written, and a way on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, changes, cli_at, contents
from tests.support.small_disk import remounted, tmpfs, used_kb

TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]
GARBAGE = b"This is no database at all. " * 500
READERS = (["status", "--json"], ["run"], ["scan"], ["connect"], ["plan", "--auto"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=60, seed=10, rate_limit=0)) as server:
        yield server


@pytest.fixture(scope="module")
def imported(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    cli = cli_at(tmp_path_factory.mktemp("imported") / "home", sandbox)
    cli.ready(TEAM)
    cli.run()
    return cli


@pytest.fixture
def cli(imported: CommandLine, tmp_path: Path) -> CommandLine:
    """Everything imported once, in a folder of its own."""
    return imported.copied(tmp_path / "home")


def state_db(cli: CommandLine) -> Path:
    return cli.folder / "state.db"


def workspace_db(cli: CommandLine) -> Path:
    return cli.folder / "workspace" / "workspace.db"


def without_sidecars(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


# Damage


def test_a_damaged_store_is_refused_and_left_alone(cli: CommandLine) -> None:
    without_sidecars(state_db(cli))
    state_db(cli).write_bytes(GARBAGE)
    workspace = workspace_db(cli).read_bytes()
    for words in READERS:
        ran = cli.call(*words)
        assert ran.exit == 1, words
        assert "state.db is damaged" in ran.err, words
        assert "backup" in ran.err
        assert "Traceback" not in ran.said
    listed = cli.do("list", "--json")
    assert [(one["name"], one["state"]) for one in listed.json] == [("default", "failed")]
    assert "state.db is damaged" in listed.err
    assert state_db(cli).read_bytes() == GARBAGE
    assert workspace_db(cli).read_bytes() == workspace


def test_a_store_with_a_broken_page_is_called_damaged(cli: CommandLine) -> None:
    without_sidecars(state_db(cli))
    body = bytearray(state_db(cli).read_bytes())
    for page in range(2, len(body) // 4096):
        body[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    state_db(cli).write_bytes(body)
    ran = cli.call("run")
    assert ran.exit == 1
    assert "state.db is damaged" in ran.err
    assert "Traceback" not in ran.said


def test_with_a_new_store_what_is_in_ochre_is_recognised(cli: CommandLine, sandbox: Running) -> None:
    """What the advice for a damaged store promises."""
    before = contents(cli.export())
    without_sidecars(state_db(cli))
    state_db(cli).rename(cli.folder / "state.db.broken")
    cli.do("connect")
    status = cli.run()
    assert changes(status) == {}
    assert status["counts"]["conversations"]["unchanged"] == 60
    assert contents(cli.export()) == before
    assert cli.differences(sandbox) == []


def test_a_store_of_a_newer_version_is_not_touched(cli: CommandLine) -> None:
    with closing(sqlite3.connect(state_db(cli))) as conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ochre-tui-state', 'later', '')"
        )
        conn.commit()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = state_db(cli).read_bytes()
    for words in READERS:
        ran = cli.call(*words)
        assert ran.exit == 1, words
        assert "made by a newer version of ochre-tui" in ran.err
    assert state_db(cli).read_bytes() == before


def test_a_file_of_another_program_is_not_touched(cli: CommandLine) -> None:
    without_sidecars(state_db(cli))
    state_db(cli).unlink()
    with closing(sqlite3.connect(state_db(cli))) as conn:
        conn.execute("CREATE TABLE theirs (a)")
        conn.commit()
    state_db(cli).chmod(0o600)
    before = state_db(cli).read_bytes()
    ran = cli.call("run")
    assert ran.exit == 1
    assert "is not a store of ochre-tui" in ran.err
    assert state_db(cli).read_bytes() == before


def test_a_damaged_workspace_is_refused_and_left_alone(cli: CommandLine) -> None:
    without_sidecars(workspace_db(cli))
    workspace_db(cli).write_bytes(GARBAGE)
    for words in (["run"], ["export", str(cli.home / "out.zip")], ["team", "list"], ["search", "ana"], ["verify"]):
        ran = cli.call(*words)
        assert ran.exit == 1, words
        assert "workspace.db is damaged" in ran.err
        assert "backup" in ran.err
    assert not (cli.home / "out.zip").exists()
    assert workspace_db(cli).read_bytes() == GARBAGE
    assert cli.status()["state"] == "completed"


def test_a_workspace_that_was_moved_away_is_filled_again(cli: CommandLine, sandbox: Running) -> None:
    """What the advice for a damaged workspace promises."""
    before = contents(cli.export())
    (cli.folder / "workspace").rename(cli.home / "moved")
    for email, name, role in TEAM:
        cli.do("team", "add", email, "--role", role, *(["--name", name] if name else []))
    status = cli.run()
    assert status["counts"]["conversations"]["created"] == 60
    assert contents(cli.export()) == before
    assert cli.differences(sandbox) == []
    assert changes(cli.run()) == {}


# Folders


def test_a_home_that_is_no_folder(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = cli.call("connect", OCHRE_TUI_HOME=str(tmp_path / "file" / "home"))
    assert ran.exit == 2
    assert "can't be used" in ran.err
    assert "--home" in ran.err


def test_a_home_that_may_not_be_written(cli: CommandLine, tmp_path: Path) -> None:
    """Root may write into locked folders too; nobody may make one in /sys."""
    (tmp_path / "locked").mkdir(mode=0o500)
    for folder in (Path("/sys"), *([tmp_path / "locked"] if os.geteuid() else [])):
        ran = cli.call("connect", OCHRE_TUI_HOME=str(folder / "home"))
        assert ran.exit == 2
        assert "can't be used" in ran.err


def test_a_read_only_disk(imported: CommandLine, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "64m"):
        cli = imported.copied(tmp_path / "disk" / "home")
        remounted(tmp_path / "disk", "ro")
        for words in (["connect"], ["connect", "-m", "other"], ["team", "add", "a@example.com"], ["run"]):
            ran = cli.call(*words)
            assert ran.exit == 2, (words, ran.said)
            assert "can't be" in ran.err
            assert "Traceback" not in ran.said
        remounted(tmp_path / "disk", "rw")
        assert changes(cli.run()) == {}


@pytest.mark.parametrize(
    "words", [["connect"], ["team", "add", "a@example.com"], ["scan"], ["plan", "--auto"], ["run"]]
)
def test_a_disk_without_any_room(words: list[str], imported: CommandLine, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "64m"):
        cli = imported.copied(tmp_path / "disk" / "home")
        plan = cli.plan.read_bytes()
        remounted(tmp_path / "disk", f"size={used_kb(tmp_path / 'disk')}k")
        ran = cli.call(*words)
        assert ran.exit == 5, ran.said
        assert "No room left on the disk" in ran.err or "is nearly full" in ran.err
        assert cli.plan.read_bytes() == plan
        remounted(tmp_path / "disk", "size=64m")
        assert changes(cli.run()) == {}


def test_an_export_to_a_full_disk_leaves_nothing_half_written(imported: CommandLine, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "100k"):
        ran = imported.call("export", str(tmp_path / "disk" / "out.zip"))
        assert ran.exit == 5, ran.said
        assert list((tmp_path / "disk").iterdir()) == []


# Two at a time


@contextmanager
def importing(cli: CommandLine) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun to import and holds the migration."""
    with cli.start("run") as process:
        try:
            deadline = time.monotonic() + 30
            while cli.status()["state"] != "importing":
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_by_pid_and_host(tmp_path: Path) -> None:
    with running(Sandbox(conversations=60, seed=2, rate_limit=0, latency_s=0.15)) as slow:
        cli = cli_at(tmp_path, slow)
        cli.ready()
        with importing(cli) as first:
            status = cli.status()
            assert (status["state"], status["pid"], status["host"]) == ("importing", first.pid, os.uname().nodename)
            ran = cli.call("run")
            assert ran.exit == 6
            assert f"Process {first.pid} on {os.uname().nodename}" in ran.err
            in_json = cli.call("run", "--json")
            assert (in_json.exit, in_json.events[-1]["exit"]) == (6, 6)
            # Looking on is allowed meanwhile.
            cli.do("list", "--json")
            cli.do("search", "ana", "--json")
            cli.do("export", str(cli.home / "meanwhile.zip"))
            assert first.poll() is None
            assert cli.status()["state"] == "importing"
            first.send_signal(signal.SIGTERM)
            first.communicate(timeout=30)
            assert first.returncode == 7
        cli.run()
        assert cli.differences(slow) == []
