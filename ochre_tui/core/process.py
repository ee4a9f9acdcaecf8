"""How this process treats what is secret: no core dumps, nothing that others may read, and a word to root."""

from __future__ import annotations

import os
import resource

import click

ROOT = (
    "You work as root. ochre-tui needs no rights of root: use an account of your own, so that a mistake stays small "
    "and the audit log says who you are."
)


def guard() -> None:
    """Leave no secret in a core dump, and no new file open to others."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)


def warn_root() -> None:
    """Say on standard error that this is root."""
    if os.geteuid() == 0:
        click.echo(ROOT, err=True)
