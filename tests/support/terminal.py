"""A program in a real terminal, the keys pressed there, and what it has written."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

RUN = "from ochre_tui.cli import main; main()"
LEFT_FULL_SCREEN = b"\x1b[?1049l"
ENTER, TAB, RIGHT, DOWN = b"\r", b"\t", b"\x1b[C", b"\x1b[B"
# As a login shell does: the terminal belongs to the session, which is told when the line is lost.
_WITH_A_LINE = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
_CODES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[=>NOPX^_()].?)|[\r\n]")
_STEERING = (b"\x1b[31m", b"\x1b[5m", b"\x1b]52", b"\x1b]8", b"\xc2\x9b", "\u202e".encode(), "\u2066".encode())
_PATIENCE_S = 30.0
_AGAIN_S = 1.0


@dataclass(slots=True)
class Terminal:
    """A program in a terminal, and what it has written."""

    process: subprocess.Popen[bytes]
    descriptor: int
    written: bytes = field(default=b"")
    _seen: int = 0

    @property
    def said(self) -> str:
        """The text that was written since the last key."""
        return _CODES.sub(b"", self.written[self._seen :]).decode(errors="replace")

    @property
    def was_steered(self) -> list[bytes]:
        """What was written that only data could have brought along: colours of the 16, the clipboard, C1, bidi."""
        return [code for code in _STEERING if code in self.written]

    def wait_for(self, *texts: str) -> str:
        """Wait until one of these was written since the last key, and tell which."""
        end = time.monotonic() + _PATIENCE_S
        while not (found := [text for text in texts if text in self.said]):
            assert time.monotonic() < end, f"{texts} never came: {self.said[-1500:]}"
            assert self._read(0.1) or self.process.poll() is None, f"it ended: {self.said[-1500:]}"
        return found[0]

    def press(self, keys: bytes) -> None:
        """Press keys; what was written before is looked at no longer."""
        while self._read(0.05):
            pass
        self._seen = len(self.written)
        os.write(self.descriptor, keys)

    def press_until(self, keys: bytes, text: str) -> None:
        """Press keys, again and again, until this is written: a button takes no press right after another."""
        end = time.monotonic() + _PATIENCE_S
        while text not in self.said:
            assert time.monotonic() < end, f"{text} never came: {self.said[-1500:]}"
            self.press(keys)
            again = time.monotonic() + _AGAIN_S
            while text not in self.said and time.monotonic() < again:
                self._read(0.05)

    def resize(self, columns: int, lines: int) -> None:
        """Another size of the window, as a terminal tells it."""
        termios.tcsetwinsize(self.descriptor, (lines, columns))

    def hang_up(self) -> None:
        """The line is lost."""
        os.close(self.descriptor)
        self.descriptor = -1

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
        if self.descriptor < 0:
            time.sleep(patience_s)
            return False
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
def terminal(
    home: Path, code: str = RUN, words: Sequence[str] = (), own_line: bool = True, /, **environment: str
) -> Iterator[Terminal]:
    """The app, or a command of these words, in a terminal of 80x24; its end comes without SIGHUP unless `own_line`."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    own = {name: value for name, value in os.environ.items() if name not in {"LINES", "COLUMNS"}}
    process = subprocess.Popen(
        [sys.executable, "-c", (_WITH_A_LINE if own_line else "") + code, "--home", str(home), *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**own, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(slave)
    one = Terminal(process, master)
    try:
        yield one
    finally:
        process.kill()
        process.wait()
        if one.descriptor >= 0:
            os.close(one.descriptor)
