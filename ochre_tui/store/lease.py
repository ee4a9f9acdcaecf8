"""The lease: one process works on a migration at a time.

A lock of the operating system decides, which goes with the process however that ends; the locked file names the holder.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from ochre_tui.core.errors import MigrationHeldError

_SIZE = 256  # of one length always, so that whoever reads it meets the old record or the new one, no mixture
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
        _lock(path, descriptor)
        with suppress(OSError):  # a full disk takes no name; the lock holds all the same
            os.pwrite(descriptor, orjson.dumps(asdict(Holder(os.getpid(), socket.gethostname()))).ljust(_SIZE), 0)
            os.ftruncate(descriptor, _SIZE)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def refuse_held(path: Path) -> None:
    """Raise MigrationHeldError naming who holds the lease, where somebody does."""
    if (process := holder(path)) is not None:
        raise _held_by(process)


def holder(path: Path) -> Holder | None:
    """Who holds the lease now, or None."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        # Asks about the lock without taking it, so that looking keeps nobody out.
        lock = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _whole_file(fcntl.F_RDLCK))
    finally:
        os.close(descriptor)
    return None if struct.unpack(_FLOCK, lock)[0] == fcntl.F_UNLCK else _named(path)


def _lock(path: Path, descriptor: int) -> None:
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _whole_file(fcntl.F_WRLCK))
    except (BlockingIOError, PermissionError):
        raise _held_by(_named(path)) from None


def _whole_file(kind: int) -> bytes:
    """C's `struct flock` for the whole file; a lock of the open file, which no other open file of ours lets go of."""
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def _named(path: Path) -> Holder:
    try:
        record = orjson.loads(path.read_bytes())
        return Holder(int(record["pid"]), str(record["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder(0, "unknown")


def _held_by(process: Holder) -> MigrationHeldError:
    return MigrationHeldError(
        f"Process {process.pid} on {process.host} works on this migration.",
        advice="Watch it with `ochre-tui status --watch` or `ochre-tui`, steer it with `pause`, `throttle` and `stop`.",
    )
