"""A program on a pseudo-terminal: keys go in, and when what they should show was painted is measured."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-OQ-Z\\^_`a-z{|}~])")
_ASKS_FOR_FRAMES, _TELLS_FRAMES = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_FRAME_END = b"\x1b[?2026l"


class Terminal:
    """A program in a terminal of `columns` x `lines` that it may redraw; `received` counts its bytes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], columns: int, lines: int) -> None:
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        surroundings = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            command, env=surroundings, stdin=there, stdout=there, stderr=there, start_new_session=True
        )
        os.close(there)
        self.received = 0
        self._written = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._here)

    def press(self, key: bytes, shows: str, patience_s: float = 5.0) -> float:
        """Seconds from pressing `key` until a whole frame that shows the text (a regular expression) has come."""
        self.drain()
        began = time.perf_counter()
        os.write(self._here, key)
        return self.wait_for(shows, patience_s) - began

    def wait_for(self, shows: str, patience_s: float = 60.0) -> float:
        """When what has come since the last key shows the text."""
        wanted, end = re.compile(shows.encode()), time.perf_counter() + patience_s
        while True:
            if _FRAME_END in self._written and wanted.search(self.text()):
                return time.perf_counter()
            if time.perf_counter() > end:
                raise TimeoutError(f"{shows!r} was not shown, but {self.text()[-2000:]!r}")
            self._read(0.05)

    def watch(self, seconds: float) -> float:
        """The bytes a second that come without a key."""
        before, began = self.received, time.perf_counter()
        while time.perf_counter() < began + seconds:
            self._read(0.05)
        return (self.received - before) / (time.perf_counter() - began)

    def text(self) -> bytes:
        """What has come since the last key, without colours and moves."""
        return _ESCAPES.sub(b"", self._written)

    def drain(self) -> None:
        """Take what has come already, so that it is not taken for an answer."""
        while self._read(0.0):
            pass
        self._written = b""

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._here], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self._here, 65536)
        except OSError as error:
            raise RuntimeError("the program has ended") from error
        if _ASKS_FOR_FRAMES in data:
            os.write(self._here, _TELLS_FRAMES)
        self.received += len(data)
        self._written += data
        return True
