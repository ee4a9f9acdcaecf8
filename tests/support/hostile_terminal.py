"""What a program writes to a real terminal, and what of it could steer that."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import unicodedata
from typing import Final

LINES, COLUMNS = 60, 160
CONTROLS: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def around(text: str) -> str:
    for at, c in enumerate(text):
        if unicodedata.category(c) in CONTROLS and c not in "\r\n":
            return repr(text[max(0, at - 40) : at + 40])
    return ""


def written(command: list[str], typed: bytes = b"") -> bytes:
    """Everything that a program writes to its terminal, where this was `typed` ahead."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    os.write(master, typed)
    sizes = {"LINES": str(LINES), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    written = bytearray()
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **sizes}, start_new_session=True
    ) as process:
        os.close(slave)
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # its other end is closed, and nothing is left to read
                break
            if not more:
                break
            written += more
        assert process.wait(timeout=30) == 0, written[-3000:].decode("utf-8", "replace")
    os.close(master)
    return bytes(written)
