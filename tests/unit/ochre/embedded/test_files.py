"""The bytes of attachments: stored once, whole or not at all, and checked by hashing them again."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import Attachment, Thread
from ochre_tui.ochre.target import Target
from tests.support.records import BARE_CONVERSATION


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stored(name: str, content: bytes) -> Attachment:
    return Attachment(f"att_{name}", "cnv_1", "msg_1", name, name, None, len(content), sha256(content), False, "stored")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    opened = open_workspace(tmp_path / "workspace", "acme", "Acme")
    yield opened
    opened.close()


def add(target: Target, workspace: EmbeddedWorkspace, content: bytes) -> Path:
    spooled = workspace.folder.parent / "spooled"
    spooled.write_bytes(content)
    target.add_files([(spooled, sha256(content))])
    assert not spooled.exists()
    return workspace.files.path(sha256(content))


def test_a_file_is_taken_over_once(target: Target, workspace: EmbeddedWorkspace) -> None:
    assert not target.has_file(sha256(b"hello"))
    path = add(target, workspace, b"hello")
    assert target.has_file(sha256(b"hello"))
    inode = path.stat().st_ino
    assert add(target, workspace, b"hello").stat().st_ino == inode
    assert path.read_bytes() == b"hello"
    assert list(workspace.files.stored()) == [sha256(b"hello")]


def test_a_repeat_after_the_spool_was_taken_over_is_no_error(
    target: Target, workspace: EmbeddedWorkspace, tmp_path: Path
) -> None:
    add(target, workspace, b"hello")
    target.add_files([(tmp_path / "spooled", sha256(b"hello"))])
    with pytest.raises(Exception, match="can't be used"):
        target.add_files([(tmp_path / "spooled", sha256(b"never seen"))])


def test_a_file_that_was_cut_short_is_replaced(target: Target, workspace: EmbeddedWorkspace) -> None:
    add(target, workspace, b"hello").write_bytes(b"he")
    assert add(target, workspace, b"hello").read_bytes() == b"hello"


@pytest.mark.parametrize("name", ["", "abc", "../../etc/passwd", "A" * 64, "a" * 63 + "\n", "a" * 65])
def test_only_a_sha256_names_a_file(target: Target, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        target.has_file(name)


def test_a_spool_on_another_file_system_is_copied(target: Target, workspace: EmbeddedWorkspace) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == workspace.folder.stat().st_dev:
        pytest.skip("this machine has no second file system at /dev/shm")
    spooled = memory / f"ochre-tui-test-{os.getpid()}"
    spooled.write_bytes(b"hello")
    target.add_files([(spooled, sha256(b"hello"))])
    assert not spooled.exists()
    path = workspace.files.path(sha256(b"hello"))
    assert path.read_bytes() == b"hello"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_verify_finds_what_is_gone_changed_or_of_another_size(target: Target, workspace: EmbeddedWorkspace) -> None:
    contents = {name: name.encode() * 5 for name in ("fine", "gone", "changed", "size")}
    for content in contents.values():
        add(target, workspace, content)
    attachments = [stored(name, content) for name, content in contents.items()]
    attachments[3] = replace(attachments[3], size=7)
    missing = replace(attachments[0], id="att_missing", sha256=None, state="missing", size=None)
    target.put(1, [Thread(BARE_CONVERSATION, (), (*attachments, missing))])
    workspace.files.path(sha256(contents["gone"])).unlink()
    workspace.files.path(sha256(contents["changed"])).write_bytes(b"changeD" * 5)

    found = {
        difference.attachment_ids: (difference.problem, difference.expected, difference.actual)
        for difference in target.file_differences()
    }

    assert found == {
        ("att_gone",): ("missing", sha256(contents["gone"]), None),
        ("att_changed",): ("content", sha256(contents["changed"]), sha256(b"changeD" * 5)),
        ("att_size",): ("size", "7", "20"),
    }


def test_sweeping_deletes_only_what_nothing_refers_to(target: Target, workspace: EmbeddedWorkspace) -> None:
    kept, unused = add(target, workspace, b"kept"), add(target, workspace, b"unused")
    half = kept.with_name(kept.name + ".partial")
    half.touch()
    target.put(1, [Thread(BARE_CONVERSATION, (), (stored("kept", b"kept"),))])

    assert target.sweep() == 1
    assert (kept.exists(), unused.exists(), half.exists()) == (True, False, False)

    target.remove([(Thread, "cnv_1")])
    assert kept.exists()
    assert target.sweep() == 1
    assert not kept.exists()


KILLED = """
import hashlib, os, sys
from pathlib import Path
from ochre_tui.ochre.embedded.files import FileStore
store, spool = FileStore(Path(sys.argv[1])), Path(sys.argv[2])
print("ready", flush=True)
for number in range(1_000_000):
    content = str(number).encode() * 20_000
    spooled = spool / str(number)
    spooled.write_bytes(content)
    store.add([(spooled, hashlib.sha256(content).hexdigest())])
"""


@pytest.mark.parametrize("other_file_system", [False, True])
def test_a_kill_leaves_no_half_file_under_a_hash(tmp_path: Path, other_file_system: bool) -> None:
    memory = Path("/dev/shm")
    if other_file_system and (not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev):
        pytest.skip("this machine has no second file system at /dev/shm")
    spool = memory / f"ochre-tui-test-spool-{os.getpid()}" if other_file_system else tmp_path / "spool"
    spool.mkdir()
    attachments = tmp_path / "attachments"
    try:
        for enough in (1, 8, 30):
            child = subprocess.Popen([sys.executable, "-c", KILLED, attachments, spool], stdout=subprocess.PIPE)
            assert child.stdout
            assert child.stdout.readline() == b"ready\n"
            while len(list(attachments.glob("*/*"))) < enough:
                assert child.poll() is None
                time.sleep(0.001)
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            stored_files = [path for path in attachments.glob("*/*") if not path.name.endswith(".partial")]
            assert stored_files or enough == 1
            for path in stored_files:
                assert sha256(path.read_bytes()) == path.name
    finally:
        shutil.rmtree(spool)
