"""The app in a real terminal: where it does not start, and how it ends."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_RUN = "from ochre_tui.cli import main; main()"
_CRASHING = """
from ochre_tui.screens.start import StartScreen

def crash(self):
    token = "canary-" + "9f2c41d7"
    raise ValueError(f"broken with {len(token)} characters")

StartScreen.action_begin = crash
from ochre_tui.cli import main
main()
"""
_LEFT_FULL_SCREEN = b"\x1b[?1049l"
_PATIENCE_S = 20.0


@dataclass(slots=True)
class Terminal:
    """A program in a terminal of 80x24, and what it has written."""

    process: subprocess.Popen[bytes]
    descriptor: int
    written: bytes = field(default=b"")

    def wait_for(self, text: bytes) -> None:
        end = time.monotonic() + _PATIENCE_S
        while text not in self.written:
            assert time.monotonic() < end, f"{text!r} never came: {self.written[-500:]!r}"
            assert self._read(0.1) or self.process.poll() is None, f"it ended: {self.written[-500:]!r}"

    def press(self, keys: bytes) -> None:
        os.write(self.descriptor, keys)

    def ended(self) -> int:
        """The exit code, once it has ended and all was read."""
        end = time.monotonic() + _PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < end, "it did not end"
            self._read(0.05)
        while self._read(0.1):
            pass
        return self.process.returncode

    def _read(self, patience_s: float) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], patience_s)
        if not ready:
            return False
        try:
            new = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self.written += new
        return bool(new)


@contextmanager
def terminal(home: Path, code: str = _RUN, **environment: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    size = {"LINES": "24", "COLUMNS": "80", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--home", str(home)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, **size, **environment},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, "--home", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stdout == b""
    assert b"The app needs a terminal" in ran.stderr
    assert b"\x1b[" not in ran.stderr


def test_a_dumb_terminal_is_refused(tmp_path: Path) -> None:
    with terminal(tmp_path, TERM="dumb") as one:
        assert one.ended() == 2
        assert b"The app needs a terminal" in one.written
        assert b"\x1b[?1049h" not in one.written


def test_quitting_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with terminal(tmp_path) as one:
        one.wait_for(b"What you need")
        one.press(b"q")
        assert one.ended() == 0
        assert _LEFT_FULL_SCREEN in one.written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with terminal(tmp_path) as one:
        one.wait_for(b"What you need")
        one.process.send_signal(number)
        assert one.ended() == 128 + number
        assert _LEFT_FULL_SCREEN in one.written


def test_a_crash_tells_no_values_and_where_to_go_on(tmp_path: Path) -> None:
    with terminal(tmp_path, _CRASHING) as one:
        one.wait_for(b"What you need")
        one.press(b"n")
        assert one.ended() == 1
        after = one.written.rpartition(_LEFT_FULL_SCREEN)[2]
        assert b"Something unexpected happened (ValueError)" in after
        assert b"run `ochre-tui` again and it goes on from there" in after
        assert b"9f2c41d7" not in one.written
        assert b"Traceback" not in one.written
