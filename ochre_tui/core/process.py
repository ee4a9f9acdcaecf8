"""This process and who runs it: nothing secret is left behind, root is warned, and everything done has a name."""

from __future__ import annotations

import os
import pwd
import resource
import socket
from collections.abc import Mapping

import click

from ochre_tui.core.text import clean_line

ROOT = (
    "You work as root. ochre-tui needs no rights of root: use an account of your own, so that a mistake stays small "
    "and the audit log says who you are."
)
_WIDTH = 120


def harden() -> None:
    """Leave no secret in a core dump, and no new file open to others."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)


def warn_root() -> None:
    """Say on standard error that this is root."""
    if os.geteuid() == 0:
        click.echo(ROOT, err=True)


def actor(environment: Mapping[str, str] = os.environ) -> str:
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
