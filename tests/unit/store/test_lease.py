"""The lease: one process at a time, known by name, let go of however it ends."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from ochre_tui.core.errors import MigrationHeldError
from ochre_tui.store import lease
from ochre_tui.store.lease import Holder

_HOLD = """
import pathlib, sys
from ochre_tui.store import lease
with lease.held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@contextmanager
def another_process(lock: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def take(lock: Path) -> None:
    with lease.held(lock):
        pass


def test_nobody_holds_it_at_first(lock: Path) -> None:
    assert lease.holder(lock) is None
    assert not lock.exists()


def test_whoever_holds_it_is_named_until_it_lets_go(lock: Path) -> None:
    with lease.held(lock):
        assert lease.holder(lock) == Holder(os.getpid(), socket.gethostname())
        assert stat.S_IMODE(lock.stat().st_mode) & 0o077 == 0
    assert lease.holder(lock) is None


def test_it_is_let_go_of_when_the_work_fails(lock: Path) -> None:
    with pytest.raises(ZeroDivisionError), lease.held(lock):
        raise ZeroDivisionError
    assert lease.holder(lock) is None
    take(lock)


def test_a_second_process_is_refused_and_told_who_holds_it(lock: Path) -> None:
    with another_process(lock) as process:
        with pytest.raises(MigrationHeldError) as raised:
            take(lock)
        assert raised.value.title == f"Process {process.pid} on {socket.gethostname()} works on this migration."
        assert raised.value.exit_code == 6
        assert raised.value.advice
        assert lease.holder(lock) == Holder(process.pid, socket.gethostname())


def test_a_second_holder_in_the_same_process_is_refused_too(lock: Path) -> None:
    with lease.held(lock), pytest.raises(MigrationHeldError, match=str(os.getpid())):
        take(lock)


def test_kill_9_lets_go_of_it(lock: Path) -> None:
    with another_process(lock) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert lease.holder(lock) is None
        with lease.held(lock):
            assert lease.holder(lock) == Holder(os.getpid(), socket.gethostname())


def test_those_who_only_look_keep_nobody_out(lock: Path) -> None:
    take(lock)
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            lease.holder(lock)

    onlookers = [threading.Thread(target=look) for _ in range(3)]
    for thread in onlookers:
        thread.start()
    try:
        for _ in range(20):
            with lease.held(lock):
                assert lease.holder(lock) == Holder(os.getpid(), socket.gethostname())
    finally:
        ended.set()
        for thread in onlookers:
            thread.join()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x", "host": 1}', b"\xff\x00", b'{"host": "here"}'])
def test_a_lock_file_with_odd_content_is_held_all_the_same(lock: Path, content: bytes) -> None:
    with lease.held(lock):
        lock.write_bytes(content)
        assert lease.holder(lock) == Holder(0, "unknown")
    take(lock)


def test_a_longer_name_before_leaves_nothing_behind(lock: Path) -> None:
    lock.write_bytes(b'{"pid": 1, "host": "' + b"x" * 250 + b'"}')
    with lease.held(lock):
        assert lease.holder(lock) == Holder(os.getpid(), socket.gethostname())


def test_the_number_of_a_dead_process_that_another_one_has_now_means_nothing(lock: Path) -> None:
    """No look is taken at processes, only at the lock."""
    with another_process(lock) as process:
        process.kill()
        process.wait()
        record = orjson.loads(lock.read_bytes())
        lock.write_bytes(orjson.dumps({**record, "pid": os.getpid()}).ljust(256))
        assert lease.holder(lock) is None
        take(lock)


def test_what_an_earlier_version_wrote_beside_the_holder_is_read_over(lock: Path) -> None:
    record = {"pid": 4711, "host": "here", "boot": "another", "since": 1, "beats": 3, "at": int(time.time())}
    lock.write_bytes(orjson.dumps(record).ljust(256))
    assert lease.holder(lock) is None
    with lease.held(lock):
        lock.write_bytes(orjson.dumps(record).ljust(256))
        assert lease.holder(lock) == Holder(4711, "here")
    assert lock.read_bytes() == b""
