"""Emptying a database before it is deleted: nothing of its rows stays in its files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ochre_tui.core.errors import MigrationHeldError
from ochre_tui.core.paths import MigrationPaths, migration_paths
from ochre_tui.core.sqlite import keep_copy
from ochre_tui.migration.session import Session
from ochre_tui.migration.wipe import contents, empty, receipt_lines, wipe
from ochre_tui.ochre.embedded import administration
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.store import lease
from ochre_tui.store.store import Store

CANARY = b"canary-person-3b1f"


def left(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and CANARY in path.read_bytes()]


def filled(home: Path) -> MigrationPaths:
    """A migration with the canary wherever something can be kept."""
    found = migration_paths(home, "acme")
    found.create()
    with Store(found.state_db) as store:
        store.set("scan", {"admins": [CANARY.decode()] * 500})
    workspace = open_workspace(found.workspace, "acme", CANARY.decode())
    for number in range(50):
        administration.add_user(workspace, f"{CANARY.decode()}.{number}@acme.example", CANARY.decode(), "agent")
    workspace.close()
    for path in (found.spool, found.logs, found.reports, found.workspace / "attachments" / "ab"):
        path.mkdir(parents=True, exist_ok=True)
        (path / "file").write_bytes(CANARY)
    found.plan.write_bytes(b"# " + CANARY)
    return found


@pytest.mark.parametrize("name", ["state.db", "workspace/workspace.db"])
def test_a_database_is_emptied_in_its_file(tmp_path: Path, name: str) -> None:
    found = filled(tmp_path)
    database = found.folder / name
    assert any(name in path for path in left(found.folder))
    empty(database)
    assert not any(name in path for path in left(found.folder))


def test_copies_that_were_kept_of_a_database_are_emptied_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = filled(tmp_path)
    with Store(found.state_db) as store:
        keep_copy(store.conn, found.state_db, "a_step")
    emptied: list[str] = []
    monkeypatch.setattr("ochre_tui.migration.wipe.empty", lambda path: emptied.append(path.name))
    wipe(Session(found))
    assert sorted(emptied) == ["state.db", "state.db.before-a_step", "workspace.db"]


def test_a_damaged_database_is_overwritten(tmp_path: Path) -> None:
    found = filled(tmp_path)
    body = found.state_db.read_bytes()
    found.state_db.write_bytes(b"rubbish" + body[7:] + CANARY)
    found.state_db.with_name("state.db-wal").write_bytes(CANARY)
    empty(found.state_db)
    assert not any("state.db" in path for path in left(found.folder))


def test_a_database_that_somebody_reads_is_overwritten(tmp_path: Path) -> None:
    found = filled(tmp_path)
    reader = sqlite3.connect(found.state_db, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM meta").fetchone()
    empty(found.state_db)
    reader.close()
    assert not any("state.db" in path for path in left(found.folder))


def test_what_is_deleted_from_a_database_is_gone_from_its_file(tmp_path: Path) -> None:
    with Store(tmp_path / "state.db") as store:
        store.set("scan", CANARY.decode())
        with store.transaction() as conn:
            conn.execute("DELETE FROM meta")
        store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert left(tmp_path) == []


def test_a_receipt_says_what_when_by_whom_and_what_is_left_elsewhere(tmp_path: Path) -> None:
    found = filled(tmp_path / "home")
    export = tmp_path / "export.zip"
    export.write_bytes(b"x")
    Session(found).audit("export", file=str(export))
    Session(found).audit("export", file=str(tmp_path / "gone.zip"))
    before = contents(found)
    assert [item.what for item in before] == [
        "what was read from Intercom (state.db)",
        "the Ochre workspace (workspace.db)",
        "attachments",
        "downloads that were not finished",
        "reports",
        "logs, the audit log too",
        "the plan, and what else lies there",
    ]
    receipt = wipe(Session(found))
    assert not found.folder.exists()
    assert left(tmp_path) == []
    assert (receipt.elsewhere, receipt.token_forgotten) == ([str(export)], False)
    assert receipt.audit is not None
    assert receipt.audit in "\n".join(receipt_lines(receipt))
    assert sum(item.files for item in receipt.items) >= 7


def test_a_damaged_migration_is_deleted_all_the_same(tmp_path: Path) -> None:
    found = filled(tmp_path)
    found.state_db.write_bytes(b"rubbish" * 1000)
    assert wipe(Session(found)).audit is None
    assert not found.folder.exists()


def test_what_a_process_works_on_is_not_deleted(tmp_path: Path) -> None:
    found = filled(tmp_path)
    with lease.held(found.lock), pytest.raises(MigrationHeldError):
        wipe(Session(found))
    assert found.plan.exists()


def test_a_link_is_deleted_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    found = filled(tmp_path / "home")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("kept")
    (found.reports / "link").symlink_to(tmp_path / "outside")
    wipe(Session(found))
    assert (tmp_path / "outside" / "file").read_text() == "kept"
