"""Where migrations lie: the right folder, the right names, for this user alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core import files
from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths, existing, make_private, migration_paths, migrations, root

HOME = "OCHRE_TUI_HOME"

_LOOK_INSIDE = """
import os, pathlib, sys
from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import existing, make_private, migrations
closed = pathlib.Path(sys.argv[1])
if os.getuid() == 0:
    os.setuid(65534)
for look in (lambda: make_private(closed / "new"), lambda: migrations(closed), lambda: existing(closed, "default")):
    try:
        look()
    except UsageError as error:
        print(error.title)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def made(home: Path, name: str) -> MigrationPaths:
    found = migration_paths(home, name)
    found.create()
    found.state_db.touch(mode=0o600)
    return found


def test_an_option_goes_before_the_environment_before_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME, str(tmp_path / "environment"))
    assert root(tmp_path / "option") == tmp_path / "option"
    assert root(None) == tmp_path / "environment"
    monkeypatch.setenv(HOME, "")
    assert root(None) == platformdirs.user_data_path("ochre-tui", appauthor=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert root(Path("~/there")) == tmp_path / "there"


def test_paths_of_a_migration(tmp_path: Path) -> None:
    found = migration_paths(tmp_path, "acme-2")
    names = ("state_db", "plan", "workspace", "logs", "reports", "spool", "lock")
    assert [str(getattr(found, name).relative_to(tmp_path)) for name in names] == [
        "acme-2/state.db",
        "acme-2/plan.toml",
        "acme-2/workspace",
        "acme-2/logs",
        "acme-2/reports",
        "acme-2/spool",
        "acme-2/lock",
    ]
    assert not found.exists()


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=40))
def test_good_names(name: str) -> None:
    assert migration_paths(Path("/home"), name).folder == Path("/home") / name


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "a/b", "..", ".", "a\n", "\n", "ä", "a_b", "x" * 41, "\x1b[31m", "a\x00"]
)
def test_bad_names(name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a migration") as raised:
        migration_paths(Path("/home"), name)
    assert "\x1b" not in raised.value.title
    assert raised.value.advice


@given(st.text())
def test_no_name_leads_out_of_the_home(name: str) -> None:
    try:
        found = migration_paths(Path("/home"), name)
    except UsageError:
        return
    assert found.folder.parent == Path("/home")
    assert os.path.normpath(found.folder) == str(found.folder)


@pytest.mark.usefixtures("open_umask")
def test_folders_are_private_whatever_the_umask_and_so_are_new_ones_above(tmp_path: Path) -> None:
    found = made(tmp_path / "new" / "home", "default")
    folders = [found.folder.parent.parent, found.folder.parent, found.folder]
    folders += [found.workspace, found.logs, found.reports, found.spool]
    assert {str(folder): oct(mode(folder)) for folder in folders} == {str(folder): "0o700" for folder in folders}


def test_a_folder_that_was_open_to_others_is_closed_and_the_one_above_left_alone(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir(mode=0o755)
    above.chmod(0o755)
    folder = above / "mine"
    folder.mkdir()
    folder.chmod(0o777)
    make_private(folder)
    assert (mode(folder), mode(above)) == (0o700, 0o755)


def test_making_again_changes_nothing(tmp_path: Path) -> None:
    found = made(tmp_path, "default")
    (found.logs / "a.log").write_text("kept")
    found.create()
    assert (found.logs / "a.log").read_text() == "kept"


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="can't be used") as raised:
            make_private(folder)
        assert "--home" in raised.value.advice


def test_a_folder_that_is_not_ours_is_told() -> None:
    """As another user where we are root, who may go everywhere."""
    with tempfile.TemporaryDirectory() as above:
        Path(above).chmod(0o755)
        closed = Path(above) / "closed"
        closed.mkdir()
        closed.chmod(0o000 if os.getuid() else 0o700)
        command = [sys.executable, "-c", _LOOK_INSIDE, str(closed)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        closed.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"The folder {closed / 'new'} can't be used: Permission denied.",
        f"The folder {closed} can't be used: Permission denied.",
        f"The folder {closed} can't be used: Permission denied.",
    ]


def test_existing_names_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no migration 'default'") as raised:
        existing(tmp_path / "nowhere", "default")
    assert "ochre-tui connect" in raised.value.advice
    made(tmp_path, "acme")
    made(tmp_path, "beta")
    assert existing(tmp_path, "acme").folder == tmp_path / "acme"
    with pytest.raises(UsageError, match="no migration 'gamma'") as raised:
        existing(tmp_path, "gamma")
    assert "There are: acme, beta." in raised.value.advice


def test_migrations_are_the_folders_that_are_one(tmp_path: Path) -> None:
    assert migrations(tmp_path / "nowhere") == []
    for name in ("zeta", "acme"):
        made(tmp_path, name)
    migration_paths(tmp_path, "empty").create()
    (tmp_path / "Upper").mkdir()
    (tmp_path / "Upper" / "state.db").touch()
    (tmp_path / "file").touch()
    assert [found.name for found in migrations(tmp_path)] == ["acme", "zeta"]


def mounted_as(kind: str, folder: Path) -> str:
    """A line of /proc/self/mountinfo that says so."""
    device = folder.stat().st_dev
    return f"29 23 {os.major(device)}:{os.minor(device)} / /somewhere rw shared:1 - {kind} server:/export rw\n"


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "before")
    monkeypatch.setattr(files, "MOUNTS", tmp_path / "mountinfo")
    files.MOUNTS.write_text("22 27 0:0 / /proc rw - proc proc rw\n" + mounted_as(kind, tmp_path))
    for use in (lambda: existing(tmp_path, "before"), migration_paths(tmp_path / "new", "default").create):
        with pytest.raises(UsageError, match=rf"on a network file system \({kind}\)"):
            use()
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("kind", ["ext4", None])
def test_another_one_is_used_and_one_that_can_not_be_told(
    kind: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOUNTS", tmp_path / "mountinfo")
    if kind:
        files.MOUNTS.write_text(mounted_as(kind, tmp_path))
    assert existing(tmp_path, made(tmp_path, "default").name).exists()
