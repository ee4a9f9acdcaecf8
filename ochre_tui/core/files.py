"""Room on a disk, what its lack means, and files that are replaced in one step."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ochre_tui.core.errors import DiskFullError, StoreError, UsageError
from ochre_tui.core.failpoints import reach

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LEAST_ROOM = 256 * 1024
_MOST_RESERVED = 256 * 1024 * 1024
_RESERVED_SHARE = 20
MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "beegfs"}
    | {f"fuse.{name}" for name in ("ceph", "glusterfs", "rclone", "s3fs", "sshfs")}
)


@contextmanager
def needing_room(folder: Path) -> Iterator[None]:
    """Raise DiskFullError where something inside fails for lack of room on the disk of `folder`.

    A disk that fails altogether is StoreError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full(folder) from error
        if error.errno == errno.EIO:
            raise StoreError(
                f"The disk of {folder} fails: {error.strerror}.",
                meaning="What was committed is kept as far as the disk keeps it.",
                advice="Check the disk and the system's log; on a sound disk the same command goes on.",
            ) from error
        raise


def is_full(folder: Path) -> bool:
    """Whether the disk of `folder`, or this user's share of it, has no room for SQLite's smallest steps.

    SQLite calls their failure an I/O error, so it is tried out.
    """
    try:
        opened = os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
        try:
            os.write(opened, bytes(_LEAST_ROOM))
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError as error:
        return error.errno in _NO_ROOM
    return free(folder) < _LEAST_ROOM


def free(folder: Path) -> int:
    """The bytes that this user may still write on the disk of `folder`."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def reserve(folder: Path) -> int:
    """The bytes that are left free on the disk of `folder`: room to end a run in good order, and for others."""
    disk = os.statvfs(folder)
    return min(_MOST_RESERVED, disk.f_blocks * disk.f_frsize // _RESERVED_SHARE)


def refuse_short(folder: Path, reserved: int) -> None:
    """Raise DiskFullError where less than `reserved` bytes are free on the disk of `folder`."""
    left = free(folder)
    if left < reserved:
        raise DiskFullError(
            f"The disk of {folder} is nearly full: {left >> 20} MB are free, {reserved >> 20} MB are kept free.",
            meaning="What was committed is kept; nothing is half-written.",
            advice="Free some room, then run the same command again: it goes on where it stopped.",
        )


def disk_full(folder: Path) -> DiskFullError:
    return DiskFullError(
        f"No room left on the disk of {folder}.",
        meaning="What was committed is kept; nothing is half-written.",
        advice="Free some room, then do the same again: it goes on where it stopped.",
    )


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A private file (0600) to write into, which takes the place of `path` once it is complete and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            reach("file.sync")
            file.flush()
            os.fsync(file.fileno())
        reach("file.replace")
        unfinished.replace(path)
        _sync(path.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def refuse_foreign(path: Path) -> None:
    """Raise UsageError where there is something at `path` that is a link or somebody else's."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(found.st_mode):
        raise UsageError(f"{path} is a link, and links are not followed here.", advice="Put what it leads to there.")
    if found.st_uid != os.getuid():
        raise UsageError(
            f"{path} belongs to another user (number {found.st_uid}).",
            advice="Work as that user, or choose another folder with --home.",
        )


def refuse_shared(path: Path) -> None:
    """Raise UsageError where there is something at `path` that others may read, besides what `refuse_foreign` does."""
    refuse_foreign(path)
    if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        raise UsageError(
            f"{path} can be used by others (mode {mode:04o}), and it holds your customers' data.",
            advice=f"Find out who has read it, then close it: chmod -R go-rwx {path}",
        )


def refuse_network(path: Path) -> None:
    """Raise UsageError where `path`, or the folder in which it would be made, can be told to be on a network file
    system: SQLite's write-ahead log and this program's locks don't work between machines."""
    kind = _file_system(path)
    if kind in _NETWORK:
        raise UsageError(
            f"{path} is on a network file system ({kind}), where its databases would get damaged.",
            advice="Name a folder on a disk of this machine with --home or OCHRE_TUI_HOME.",
        )


def _file_system(path: Path) -> str | None:
    """The kind of file system, as the kernel names it; None where it can't be told."""
    try:
        device = next(folder for folder in (path, *path.absolute().parents) if folder.exists()).stat().st_dev
        mounts = MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    number = f"{os.major(device)}:{os.minor(device)}"
    for place, _, mount in (line.partition(" - ") for line in mounts):
        if place.split()[2] == number:
            return mount.split()[0]
    return None
