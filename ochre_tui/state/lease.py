"""The lease: one process works on a migration at a time."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from ochre_tui.errors import MigrationHeldError

_SIZE = 256  # of one length always, so that whoever reads it meets the old name or the new one, no mixture
_FLOCK = "hhqqi4x"


@dataclass(frozen=True, slots=True)
class Holder:
    pid: int
    host: str


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lease in `path` for the block; the system lets go of it whichever way the process ends.

    Raises MigrationHeldError naming who holds it.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if not _locked(descriptor):
            raise _held_by(_named(path))
        os.pwrite(descriptor, orjson.dumps({"pid": os.getpid(), "host": socket.gethostname()}).ljust(_SIZE), 0)
        yield
    finally:
        os.close(descriptor)


def refuse_held(path: Path) -> None:
    """Raise MigrationHeldError naming who holds the lease, where somebody does."""
    found = holder(path)
    if found is not None:
        raise _held_by(found)


def holder(path: Path) -> Holder | None:
    """Who holds the lease now, or None."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        # Asks about the lock without taking it, so that looking keeps nobody out.
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _lock(fcntl.F_RDLCK))
    finally:
        os.close(descriptor)
    return None if struct.unpack(_FLOCK, found)[0] == fcntl.F_UNLCK else _named(path)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _lock(fcntl.F_WRLCK))
    except (BlockingIOError, PermissionError):
        return False
    return True


def _lock(kind: int) -> bytes:
    """C's `struct flock` for the whole file; a lock of the open file, which no other open file of ours lets go of."""
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def _named(path: Path) -> Holder:
    try:
        found = orjson.loads(path.read_bytes())
        return Holder(int(found["pid"]), str(found["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder(0, "unknown")


def _held_by(holder: Holder) -> MigrationHeldError:
    return MigrationHeldError(
        f"Process {holder.pid} on {holder.host} works on this migration.",
        advice="Watch it with `ochre-tui status --watch`, or wait until it ends.",
    )
