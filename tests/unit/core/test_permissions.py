"""What lies open to others, belongs to them or is a link is refused before it is used."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths, existing, migration_paths
from ochre_tui.store.store import Store

_GUARDED = """
import os, resource, sys
sys.argv = ["ochre-tui", "--version"]
from ochre_tui.cli import main
try:
    main()
except SystemExit:
    pass
print(resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))
"""


@pytest.fixture
def acme(tmp_path: Path) -> MigrationPaths:
    found = migration_paths(tmp_path, "acme")
    found.create()
    Store(found.state_db).close()
    return found


@pytest.mark.parametrize("name", [".", "state.db", "logs/audit.jsonl"])
@pytest.mark.parametrize("mode", [0o040, 0o004, 0o777])
def test_what_others_may_read_is_refused(acme: MigrationPaths, name: str, mode: int) -> None:
    path = acme.folder / name
    path.touch(mode=0o600)
    path.chmod(stat.S_IMODE(path.stat().st_mode) | mode)
    for use in (lambda: existing(acme.folder.parent, "acme"), acme.create):
        with pytest.raises(UsageError, match="can be used by others") as raised:
            use()
        assert "chmod -R go-rwx" in raised.value.advice
    path.chmod(0o700)
    assert existing(acme.folder.parent, "acme") == acme


@pytest.mark.parametrize("name", [".", "state.db", "plan.toml", "workspace", "logs", "reports", "spool", "lock"])
def test_links_are_refused(acme: MigrationPaths, tmp_path: Path, name: str) -> None:
    path = acme.folder / name
    elsewhere = tmp_path / "elsewhere"
    if path.exists():
        path.rename(elsewhere)
    else:
        elsewhere.touch(mode=0o600)
    (acme.folder if name == "." else path).symlink_to(elsewhere)
    for use in (lambda: existing(acme.folder.parent, "acme"), acme.create):
        with pytest.raises(UsageError, match="is a link"):
            use()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", [".", "state.db", "plan.toml", "workspace", "logs"])
def test_what_is_somebody_else_s_is_refused(acme: MigrationPaths, name: str) -> None:
    path = acme.folder / name
    path.touch(mode=0o600)
    os.chown(path, 65534, -1)
    with pytest.raises(UsageError, match="belongs to another user \\(number 65534\\)"):
        existing(acme.folder.parent, "acme")


def test_a_store_that_is_a_link_is_not_opened(acme: MigrationPaths, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(acme.state_db)
    with pytest.raises(UsageError, match="is a link"):
        Store(tmp_path / "link.db")


def test_the_program_dumps_no_core_and_opens_no_file_to_others() -> None:
    before = os.umask(0)
    try:
        ran = subprocess.run([sys.executable, "-c", _GUARDED], capture_output=True, text=True, check=True)
    finally:
        os.umask(before)
    assert ran.stdout.splitlines()[-1] == "(0, 0) 0o77"
