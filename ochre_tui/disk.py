"""Room on a disk, and what its lack means."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ochre_tui.errors import DiskFullError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_LEAST_ROOM = 256 * 1024


@contextmanager
def needing_room(folder: Path) -> Iterator[None]:
    """Raise DiskFullError where something inside fails for lack of room on the disk of `folder`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full(folder) from error
        raise


def is_full(folder: Path) -> bool:
    """Whether the disk of `folder` has no room for SQLite's smallest steps, whose failure it calls an I/O error."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST_ROOM


def disk_full(folder: Path) -> DiskFullError:
    return DiskFullError(
        f"No room left on the disk of {folder}.",
        meaning="What was committed is kept; nothing is half-written.",
        advice="Free some room, then do the same again: it goes on where it stopped.",
    )
