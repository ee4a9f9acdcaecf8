"""The lease: one process works on a migration at a time.

A lock of the operating system decides, which goes with the process however that ends. A record beside it names the
holder and its heartbeat, for machines that share the folder but not its locks: there a heart that still beats decides,
which needs no clocks that agree.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from ochre_tui.core.errors import MigrationHeldError

BEAT_S = 5.0
_MISSED = 3  # so many beats may be missed
_SIZE = 256  # of one length always, so that whoever reads it meets the old record or the new one, no mixture
_FLOCK = "hhqqi4x"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Holder:
    pid: int
    host: str


@dataclass(frozen=True, slots=True)
class _Record:
    """Who holds the lease since when; `boot` tells machines and their starts apart, `beats` and `at` are its pulse."""

    pid: int
    host: str
    boot: str
    since: int
    beats: int
    at: int

    @property
    def holder(self) -> Holder:
        return Holder(self.pid, self.host)

    def is_of(self, other: _Record) -> bool:
        """Whether both are of the same holding, whatever the pulse."""
        return replace(self, beats=0, at=0) == replace(other, beats=0, at=0)


class Lease:
    """The lease while it is held; `taken_by` is who took it over, from a machine to which its lock does not reach."""

    def __init__(self, path: Path, descriptor: int, beat_s: float) -> None:
        self.taken_by: Holder | None = None
        self._path, self._descriptor, self._beat_s = path, descriptor, beat_s
        now = int(time.time())
        self._record = _Record(os.getpid(), socket.gethostname(), _boot(), now, 0, now)
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._write()
        os.ftruncate(descriptor, _SIZE)  # whatever stood there before
        self._heart.start()

    def let_go(self) -> None:
        self._ended.set()
        self._heart.join()
        if self.taken_by is None and self._found() == self._record:
            os.ftruncate(self._descriptor, 0)

    def _beat(self) -> None:
        while not self._ended.wait(self._beat_s):
            found = self._found()
            if found is not None and not found.is_of(self._record):
                self.taken_by = found.holder
                return
            self._record = replace(self._record, beats=self._record.beats + 1, at=int(time.time()))
            self._write()

    def _found(self) -> _Record | None:
        return _read(self._path)

    def _write(self) -> None:
        try:
            os.pwrite(self._descriptor, orjson.dumps(asdict(self._record)).ljust(_SIZE), 0)
            os.fsync(self._descriptor)  # else other machines would not see it
        except OSError:
            return  # a full disk takes no pulse; the lock holds all the same


@contextmanager
def held(path: Path, *, beat_s: float = BEAT_S) -> Iterator[Lease]:
    """Hold the lease in `path` for the block; the system lets go of it whichever way the process ends.

    Raises MigrationHeldError naming who holds it.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if not _locked(descriptor):
            raise _held_by(_named(path))
        _refuse_elsewhere(path, beat_s)
        lease = Lease(path, descriptor, beat_s)
        try:
            yield lease
        finally:
            lease.let_go()
    finally:
        os.close(descriptor)


def refuse_held(path: Path) -> None:
    """Raise MigrationHeldError naming who holds the lease, where somebody does."""
    found = holder(path)
    if found is not None:
        raise _held_by(found)


def holder(path: Path) -> Holder | None:
    """Who holds the lease now, or None. Of another machine's holder, whose lock may not reach here, the age of its
    heartbeat tells."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        # Asks about the lock without taking it, so that looking keeps nobody out.
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _lock(fcntl.F_RDLCK))
    finally:
        os.close(descriptor)
    if struct.unpack(_FLOCK, found)[0] != fcntl.F_UNLCK:
        return _named(path)
    record = _read(path)
    if record is None or record.boot == _boot() or abs(time.time() - record.at) > _MISSED * BEAT_S:
        return None
    return record.holder


def _refuse_elsewhere(path: Path, beat_s: float) -> None:
    """Raise MigrationHeldError where a process of another machine still gives signs of life; waits for some where one
    did not let go of the lease."""
    found = _read(path)
    if found is None or found.boot == _boot():
        return  # with our kernel, the lock has told
    end = time.monotonic() + _MISSED * beat_s
    while time.monotonic() < end:
        time.sleep(beat_s / 5)
        now = _read(path)
        if now is not None and now != found:
            raise _held_by(now.holder)


def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return socket.gethostname()


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
    found = _read(path)
    return Holder(0, "unknown") if found is None else found.holder


def _read(path: Path) -> _Record | None:
    try:
        found = orjson.loads(path.read_bytes())
        numbers = (int(found[key]) for key in ("since", "beats", "at"))
        return _Record(int(found["pid"]), str(found["host"]), str(found["boot"]), *numbers)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _held_by(holder: Holder) -> MigrationHeldError:
    return MigrationHeldError(
        f"Process {holder.pid} on {holder.host} works on this migration.",
        advice="Watch it with `ochre-tui status --watch` or `ochre-tui`, steer it with `pause`, `throttle` and `stop`.",
    )
