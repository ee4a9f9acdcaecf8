"""`state.db` opened in good and bad states: what is refused is not touched, and says what to do."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.core.errors import OchreTuiError, StoreError, UsageError
from ochre_tui.store import runs, worklist
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Listed

_OPEN = """
import pathlib, sys
from ochre_tui.store.store import Store
sys.stdin.read()
Store(pathlib.Path(sys.argv[1])).close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def refused(path: Path, match: str, kind: type[OchreTuiError] = StoreError) -> OchreTuiError:
    """Opening it is refused, in words, and leaves the file as it was."""
    before = path.read_bytes()
    with pytest.raises(kind, match=match) as raised:
        Store(path)
    assert path.read_bytes() == before
    assert str(path) in raised.value.title
    assert raised.value.meaning
    assert raised.value.advice
    return raised.value


def filled(path: Path) -> Path:
    """A store of some hundred pages."""
    with Store(path) as store, store.transaction() as conn:
        worklist.enlist(conn, 1, [Listed(str(number), number, 1, "open" * 20, "email") for number in range(3_000)])
    return path


def execute(path: Path, statement: str) -> None:
    conn = sqlite3.connect(path)
    with conn:
        conn.execute(statement)
    conn.close()


def test_opening_again_finds_what_was_kept(path: Path) -> None:
    with Store(path) as store:
        assert store.get("plan") is None
        store.set("plan", {"a": [1, None, "ü\u202e"]})
        store.set("plan", {"b": 2})
    with Store(path) as store:
        assert store.get("plan") == {"b": 2}


def test_writes_are_durable_and_do_not_hold_up_readers(path: Path) -> None:
    with Store(path) as store, Store(path) as reader:
        assert store.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.conn.execute("PRAGMA synchronous").fetchone() == (2,)
        with store.transaction() as conn:
            conn.execute("INSERT INTO meta VALUES ('a', '1')")
            assert reader.get("a") is None
        assert reader.get("a") == 1


def test_files_are_private_whatever_the_umask(path: Path) -> None:
    before = os.umask(0o000)
    try:
        with Store(path) as store:
            store.set("a", 1)
            names = sorted(file.name for file in path.parent.iterdir())
            assert names == ["state.db", "state.db-shm", "state.db-wal"]
            for name in names:
                assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600, name
    finally:
        os.umask(before)


def test_a_file_that_others_could_read_is_made_private(path: Path) -> None:
    Store(path).close()
    path.chmod(0o644)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_newer_schema_is_refused(path: Path) -> None:
    Store(path).close()
    execute(path, "INSERT INTO _sqlite_migrations VALUES (99, 'ochre-tui-state', 'from_the_future', 'later')")
    refused(path, "newer version")


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    execute(path, "CREATE TABLE notes (text)")
    refused(path, "not a store of ochre-tui")


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"This is no database. " * 500)
    refused(path, "damaged")


def test_a_corrupt_header_is_refused(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.write(b"\0" * 100)
    refused(path, "damaged")


def test_a_truncated_file_is_refused_at_once_or_when_the_lost_part_is_read(path: Path) -> None:
    filled(path)
    os.truncate(path, path.stat().st_size // 3)
    with pytest.raises(StoreError, match="damaged") as raised:
        read_all(path)
    assert str(path) in raised.value.title
    assert "workspace is not affected" in raised.value.meaning
    assert "backup" in raised.value.advice


def read_all(path: Path) -> None:
    with Store(path) as store:
        for (table,) in store.conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            store.conn.execute(f"SELECT * FROM {table}").fetchall()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_damage_anywhere_is_explained_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = filled(tmp_path_factory.mktemp("damaged") / "state.db")
    size = path.stat().st_size
    page = data.draw(st.integers(0, size // 4096 - 1))
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(data.draw(st.sampled_from([b"\xff", b"\0", b"\x0d"])) * 4096)
    error = failure_of_reading(path)
    assert error is None or (str(path) in error.title and error.advice)


def failure_of_reading(path: Path) -> OchreTuiError | None:
    try:
        read_all(path)
    except OchreTuiError as error:
        return error
    return None


def test_damage_met_in_a_transaction_is_explained(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(-4096 * 8, os.SEEK_END)  # the last pages that were filled are the work list's
        file.write(b"\xff" * 4096 * 8)
    with Store(path) as store, pytest.raises(StoreError, match="damaged"):
        rewrite(store)


def rewrite(store: Store) -> None:
    with store.transaction() as conn:
        conn.execute("UPDATE conversation SET need = 1")
        conn.execute("DELETE FROM conversation")


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(UsageError, match="can't be"):
        Store(path)


def test_a_missing_folder_is_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="can't be opened: No such file"):
        Store(path.parent / "nowhere" / "state.db")


def test_a_store_that_another_program_keeps_locked_is_named(path: Path) -> None:
    with Store(path) as store, Store(path) as other, other.transaction():
        store.conn.execute("PRAGMA busy_timeout = 20")
        with pytest.raises(StoreError, match="locked by another program") as raised:
            store.set("a", 1)
    assert "run the same command again" in raised.value.advice
    with Store(path) as store:
        assert store.get("a") is None


def test_a_transaction_that_reads_first_waits_for_others_too(path: Path) -> None:
    with Store(path) as store, Store(path) as other:
        with store.transaction() as conn:
            first = runs.begin(conn, 1)
            other.conn.execute("PRAGMA busy_timeout = 20")
            with pytest.raises(StoreError, match="locked"):
                other.set("a", 1)
            runs.end(conn, first.id, "paused", None, 2)
        other.set("a", 1)
        assert store.get("a") == 1


def test_a_failing_transaction_leaves_nothing(path: Path) -> None:
    with Store(path) as store:
        with pytest.raises(sqlite3.IntegrityError):
            write_the_same_twice(store)
        assert store.get("a") is None
        store.set("a", 3)


def write_the_same_twice(store: Store) -> None:
    with store.transaction() as conn:
        conn.execute("INSERT INTO meta VALUES ('a', '1')")
        conn.execute("INSERT INTO meta VALUES ('a', '2')")


def test_a_mistake_of_ours_is_not_called_damage(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), Store(path) as store:
        store.conn.execute("SELECT * FROM nowhere")


def test_processes_that_open_a_new_store_at_once_all_get_it(path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _OPEN, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    for process in processes:
        assert process.stderr is not None
        with process.stderr as err:
            said = err.read()
        assert process.wait() == 0, said
    with Store(path) as store:
        store.set("a", 1)


def test_a_closed_store_says_so(path: Path) -> None:
    store = Store(path)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.get("a")
