"""Opening a workspace: private files, damage, newer versions, several at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.core.errors import DiskFullError, StoreError
from ochre_tui.ochre.embedded.check import check_database
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.ochre.records import Tag


@pytest.fixture(params=[0o000, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


@pytest.mark.usefixtures("umask")
def test_files_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "workspace", "acme", "Acme")
    workspace.put(1, [Tag("tag_1", "bug")])
    spooled = tmp_path / "spooled"
    spooled.touch()
    spooled.chmod(0o644)
    workspace.add_files([(spooled, "ab" * 32)])

    assert modes(tmp_path) == {
        "workspace": 0o700,
        "workspace/workspace.db": 0o600,
        "workspace/workspace.db-shm": 0o600,
        "workspace/workspace.db-wal": 0o600,
        "workspace/attachments": 0o700,
        "workspace/attachments/ab": 0o700,
        "workspace/attachments/ab/" + "ab" * 32: 0o600,
    }
    workspace.close()


def test_modes_are_mended(tmp_path: Path) -> None:
    open_workspace(tmp_path / "w", "acme", "Acme").close()
    (tmp_path / "w").chmod(0o755)
    (tmp_path / "w/workspace.db").chmod(0o644)
    open_workspace(tmp_path / "w", "acme", "Acme").close()
    assert modes(tmp_path) == {"w": 0o700, "w/workspace.db": 0o600}


def test_an_existing_workspace_keeps_its_name(tmp_path: Path) -> None:
    open_workspace(tmp_path, "acme", "Acme").close()
    again = open_workspace(tmp_path, "other", "Other")
    assert (again.slug, again.name) == ("acme", "Acme")
    again.close()


def test_writes_are_durable_when_they_return(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "acme", "Acme")
    settings = [workspace.conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]
    workspace.close()


@pytest.mark.parametrize(
    ("damage", "title"),
    [
        (lambda content: b"no database at all" * 300, "damaged"),
        (lambda content: content[: len(content) // 2], "damaged"),
        (lambda content: content[:100] + b"\xff" * 3000 + content[3100:], "damaged"),
    ],
    ids=["not a database", "cut short", "overwritten"],
)
def test_a_damaged_database_is_refused(tmp_path: Path, damage: object, title: str) -> None:
    assert callable(damage)
    open_workspace(tmp_path, "acme", "Acme").close()
    path = tmp_path / "workspace.db"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)

    with pytest.raises(StoreError, match=title) as raised:
        open_workspace(tmp_path, "acme", "Acme")

    assert raised.value.advice
    assert path.read_bytes() == damaged, "what is left of it is not touched"


def test_damage_deep_inside_is_found_by_the_full_check(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "acme", "Acme")
    workspace.put(1, [Tag(f"tag_{i:05}", "a tag" * 20) for i in range(2000)])
    assert check_database(workspace) == []
    workspace.close()
    path = tmp_path / "workspace.db"
    content = bytearray(path.read_bytes())
    middle = content.index(b"tag_01000") // 4096 * 4096
    content[middle : middle + 4096] = bytes(4096)
    path.write_bytes(content)

    workspace = open_workspace(tmp_path, "acme", "Acme")
    assert check_database(workspace) != []
    workspace.close()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "acme", "Acme")
    workspace.conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ochre_workspace', 'from_2030', '')"
    )
    workspace.close()
    with pytest.raises(StoreError, match="newer version"):
        open_workspace(tmp_path, "acme", "Acme")


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "workspace.db")
    other.execute("CREATE TABLE photos (id)")
    other.close()
    before = (tmp_path / "workspace.db").read_bytes()
    with pytest.raises(StoreError, match="not an Ochre workspace"):
        open_workspace(tmp_path, "acme", "Acme")
    assert (tmp_path / "workspace.db").read_bytes() == before


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "workspace.db").mkdir()
    with pytest.raises(StoreError, match="can't be used"):
        open_workspace(tmp_path, "acme", "Acme")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be used"):
        open_workspace(tmp_path / "file", "acme", "Acme")


def test_a_full_disk_is_said_and_keeps_what_was_written(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "acme", "Acme")
    workspace.put(1, [Tag("tag_1", "bug")])
    (pages,) = workspace.conn.execute("PRAGMA page_count").fetchone()
    workspace.conn.execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(DiskFullError):
        workspace.put(1, [Tag(f"tag_{i}", "x" * 1000) for i in range(100)])

    assert workspace.put(2, [Tag("tag_1", "bug")]) == ["unchanged"]
    workspace.conn.execute("PRAGMA max_page_count = 1000000")
    assert workspace.put(2, [Tag("tag_2", "late")]) == ["created"]
    workspace.close()


def test_threads_open_one_workspace_at_the_same_moment(tmp_path: Path) -> None:
    errors: list[Exception] = []
    gather_or_raise = threading.Barrier(6)

    def work(number: int) -> None:
        try:
            gather_or_raise.wait()
            workspace = open_workspace(tmp_path / "w", "acme", "Acme")
            for i in range(20):
                workspace.put(1, [Tag(f"tag_{number}_{i}", "x")])
            workspace.close()
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    workspace = open_workspace(tmp_path / "w", "acme", "Acme")
    assert workspace.conn.execute("SELECT count(*) FROM tags").fetchone() == (120,)
    assert check_database(workspace) == []
    workspace.close()


OPENER = """
import sys
from pathlib import Path
from ochre_tui.ochre.embedded.workspace import open_workspace
for line in sys.stdin:
    try:
        open_workspace(Path(line.strip()), "acme", "Acme").close()
        print("opened", flush=True)
    except Exception as error:
        print(repr(error), flush=True)
"""


def test_processes_make_one_workspace_at_the_same_moment(tmp_path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        for _ in range(3)
    ]
    said = set()
    for attempt in range(30):
        for child in children:
            assert child.stdin
            child.stdin.write(f"{tmp_path / str(attempt)}\n")
        for child in children:
            assert child.stdout
            said.add(child.stdout.readline())
    for child in children:
        child.communicate()
    assert said == {"opened\n"}
