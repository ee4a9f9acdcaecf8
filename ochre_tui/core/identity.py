"""Who is at this shell: named wherever somebody steers an import."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Mapping

from ochre_tui.core.text import clean_line

_WIDTH = 120


def who(environment: Mapping[str, str] = os.environ) -> str:
    """The user and this host, and over SSH where they sit: `ana@jump-1 from 10.0.0.5`."""
    origin = environment.get("SSH_CONNECTION", "").split(" ")[0]
    return clean_line(f"{_user()}@{socket.gethostname()}" + (f" from {origin}" if origin else ""), _WIDTH)


def _user() -> str:
    """By the system's own list: variables like USER can say anything."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
