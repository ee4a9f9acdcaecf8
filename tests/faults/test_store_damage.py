"""Stores and workspaces that are damaged, cut off, lost, or of an older or newer version."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ochre_tui.core.errors import StoreError
from ochre_tui.core.sqlite import refuse_damaged
from ochre_tui.sandbox.server import Sandbox
from ochre_tui.store.migrations import take_steps
from ochre_tui.store.schema import STEPS, TABLES
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, changes, contents
from tests.support.undisturbed import TEAM, Undisturbed, ends_alike, undisturbed_by

Survived = Callable[[str], None]
PAGE = 4096


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with undisturbed_by(folder, Sandbox(conversations=30, seed=10, rate_limit=0)) as made:
        yield made


@pytest.fixture
def cli(undisturbed: Undisturbed, tmp_path: Path) -> CommandLine:
    """Everything imported once, in a folder of its own, with nothing left in a write-ahead log."""
    cli = undisturbed.ready.copied(tmp_path / "home")
    cli.run_hurried()
    for database in DATABASES:
        at_rest(cli.folder / database)
    return cli


DATABASES = ("state.db", "workspace/workspace.db")


def at_rest(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def without_header(body: bytes) -> bytes:
    return bytes(100) + body[100:]


def with_a_broken_page(body: bytes) -> bytes:
    at = len(body) // 2 // PAGE * PAGE
    return body[:at] + b"\xa5" * PAGE + body[at + PAGE :]


def half(body: bytes) -> bytes:
    return body[: len(body) // 2 // PAGE * PAGE]


def without_its_last_bytes(body: bytes) -> bytes:
    return body[:-100]


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("spoil", [without_header, with_a_broken_page, half, without_its_last_bytes])
def test_damage_is_recognised_before_anything_is_written(
    spoil: Callable[[bytes], bytes], database: str, undisturbed: Undisturbed, cli: CommandLine, survived: Survived
) -> None:
    path = cli.folder / database
    good = path.read_bytes()
    asked = undisturbed.sandbox.control("state")["requests"]["by_endpoint"].get("GET /conversations/*", 0)
    path.write_bytes(spoil(good))
    ran = cli.call("run")
    assert ran.exit == 1
    assert f"{path.name} is damaged" in ran.err
    assert "backup" in ran.err
    assert "Traceback" not in ran.said
    assert undisturbed.sandbox.control("state")["requests"]["by_endpoint"].get("GET /conversations/*", 0) == asked
    path.write_bytes(good)
    ends_alike(undisturbed, cli)
    survived("R12 A damaged header or page, a file that was cut off: state.db and workspace.db")


def test_of_a_very_large_file_the_bulk_is_left_out(cli: CommandLine) -> None:
    path = cli.folder / "state.db"
    with closing(sqlite3.connect(path)) as conn:
        (root,) = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'archive'").fetchone()
        body = bytearray(path.read_bytes())
        body[(root - 1) * PAGE : root * PAGE] = b"\xa5" * PAGE
    path.write_bytes(body)
    with Store(path) as store:
        refuse_damaged(store.conn, {"archive"}, whole=0)
        with pytest.raises(StoreError, match="damaged"):
            store.refuse_damaged()


def test_a_lost_store_is_made_anew_from_what_is_in_ochre(
    undisturbed: Undisturbed, cli: CommandLine, survived: Survived
) -> None:
    (cli.folder / "state.db").unlink()
    ran = cli.call("run")
    assert ran.exit == 2
    assert "The store of the migration 'default' is gone" in ran.err
    assert "ochre-tui connect" in ran.err
    cli.do("connect")
    ran = cli.do("run", "--json")
    status = ran.events[-1]["status"]
    assert changes(status) == {}
    assert status["counts"]["conversations"]["unchanged"] == 30
    warned = [event["text"] for event in ran.events if event["event"] == "warning" and event["kind"] == "store"]
    assert len(warned) == 1
    assert "nothing is imported twice" in warned[0]
    assert contents(cli.export()) == undisturbed.exported
    assert cli.differences(undisturbed.sandbox) == []
    again = cli.do("run", "--json")
    assert changes(again.events[-1]["status"]) == {}
    assert not [event for event in again.events if event["event"] == "warning" and event["kind"] == "store"]
    survived("R12 A store that is lost, and found again in Ochre")


@pytest.mark.parametrize("database", DATABASES)
def test_a_write_ahead_log_that_is_lost_costs_work_and_no_record(
    database: str, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    """Killed with everything since the beginning in the log only, which is then deleted or cut off."""
    cli = undisturbed.ready.copied(tmp_path / "home")
    path = cli.folder / database
    at_rest(path)
    cli.spawn("run", expect=-9, OCHRE_TUI_FAILPOINT="file.sync=1:kill")
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > PAGE
    log.unlink()
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    ends_with_all(undisturbed, cli)
    survived("R12 A write-ahead log that is deleted or cut off")


@pytest.mark.long
def test_a_write_ahead_log_that_is_cut_off(undisturbed: Undisturbed, tmp_path: Path, survived: Survived) -> None:
    cli = undisturbed.ready.copied(tmp_path / "home")
    cli.spawn("run", expect=-9, OCHRE_TUI_FAILPOINT="file.sync=1:kill")
    for database in DATABASES:
        log = (cli.folder / database).with_name(Path(database).name + "-wal")
        os.truncate(log, log.stat().st_size // 2 + 77)
        log.with_name(Path(database).name + "-shm").unlink(missing_ok=True)
    ends_with_all(undisturbed, cli)
    survived("R12 A write-ahead log that is deleted or cut off")


def test_an_older_copy_of_the_workspace_is_filled_up(
    undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.ready.copied(tmp_path / "home")
    cli.do("run", "--limit", "10")
    at_rest(cli.folder / "workspace/workspace.db")
    shutil.copy(cli.folder / "workspace/workspace.db", tmp_path / "older.db")
    cli.run_hurried()
    at_rest(cli.folder / "workspace/workspace.db")
    shutil.copy(tmp_path / "older.db", cli.folder / "workspace/workspace.db")
    ends_with_all(undisturbed, cli)
    survived("R12 An older copy of the workspace put back")


def ends_with_all(undisturbed: Undisturbed, cli: CommandLine) -> None:
    """As `ends_alike`, though what was counted may be lost with the store."""
    cli.run_hurried()
    assert cli.status()["state"] == "completed"
    assert contents(cli.export()) == undisturbed.exported
    assert cli.differences(undisturbed.sandbox) == []
    assert changes(cli.run()) == {}


def made_older(path: Path) -> list[tuple[str, str]]:
    """Put a store of the first version in the place of one in which nothing was done yet; the values that it keeps."""
    with Store(path) as store:
        kept: list[tuple[str, str]] = store.conn.execute("SELECT * FROM meta").fetchall()
    for old in path.parent.glob("state.db*"):
        old.unlink()
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as older:
        take_steps(older, "ochre-tui-state", {"first_tables": TABLES})
        older.executemany("INSERT INTO meta VALUES (?, ?)", kept)
        older.commit()
    return kept


def test_an_older_store_is_brought_up_to_date_and_kept_beside(
    undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.ready.copied(tmp_path / "home")
    path = cli.folder / "state.db"
    kept = made_older(path)
    before = path.read_bytes()
    ends_alike(undisturbed, cli)
    copy = cli.folder / f"state.db.before-{list(STEPS)[1]}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.read_bytes()[PAGE:] == before[PAGE:]
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("SELECT * FROM meta").fetchall() == kept
    assert [found.name for found in cli.folder.glob("*before*")] == [copy.name]
    cli.do("plan", "--auto")
    survived("R12 A store of an older version")


@pytest.mark.parametrize("action", ["kill", pytest.param("full", marks=pytest.mark.long)])
def test_a_store_is_as_it_was_when_bringing_it_up_to_date_fails(
    action: str, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.ready.copied(tmp_path / "home")
    path = cli.folder / "state.db"
    made_older(path)
    for point in ("copy.replace=1", "store.commit=1"):
        cli.spawn("status", expect=-9 if action == "kill" else 5, OCHRE_TUI_FAILPOINT=f"{point}:{action}")
        with closing(sqlite3.connect(path)) as conn:
            assert conn.execute("SELECT name FROM _sqlite_migrations").fetchall() == [("first_tables",)]
    ends_alike(undisturbed, cli)
    survived("R12 A store of an older version")


def test_the_team_of_a_lost_workspace_is_asked_for_again(undisturbed: Undisturbed, cli: CommandLine) -> None:
    """What was matched to its users can't be written before they are there."""
    shutil.rmtree(cli.folder / "workspace")
    ran = cli.call("run")
    assert ran.exit == 2
    assert "team add" in ran.err
    for email, name, role in TEAM:
        cli.do("team", "add", email, "--role", role, *(["--name", name] if name else []))
    ends_with_all(undisturbed, cli)
