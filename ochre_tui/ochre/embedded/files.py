"""The bytes of attachments: stored once per content, under their SHA-256."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ochre_tui.core.encryption import BrokenSealError, SealedKey, Spooling, plain_size, plain_spooling
from ochre_tui.core.failpoints import reach
from ochre_tui.ochre.embedded.database import private_folder, translated_os
from ochre_tui.ochre.target import FileDifference

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HALF_COPIED = ".partial"
_AT_ONCE = 8
_CHUNK = 256 * 1024


def is_sha256(text: str) -> bool:
    """Whether this is a hash as files are named by."""
    return _SHA256.fullmatch(text) is not None


def checked(sha256: str) -> str:
    """The hash itself; ValueError where it is none."""
    if not is_sha256(sha256):
        raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
    return sha256


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files `<first two hex digits>/<sha256>`; folders 0700, files 0600.

    Where there is a `key` they are encrypted; the hash is that of their plain bytes.
    """

    folder: Path
    key: SealedKey | None = None

    def path(self, sha256: str) -> Path:
        checked(sha256)
        return self.folder.joinpath(sha256[:2], sha256)

    def has(self, sha256: str, size: int | None = None) -> bool:
        """Whether the bytes are there: as many as `size`, where it is given."""
        return self.path(sha256).is_file() and size in (None, self.size(sha256))

    def size(self, sha256: str) -> int:
        """How many bytes were stored; 0 where there are none."""
        try:
            size = self.path(sha256).stat().st_size
        except FileNotFoundError:
            return 0
        return size if self.key is None else plain_size(size)

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The bytes, piece by piece; FileNotFoundError where they are not there, BrokenSealError at damage to what is
        encrypted."""
        with self.path(sha256).open("rb") as file:
            if self.key is None:
                while chunk := file.read(_CHUNK):
                    yield chunk
            else:
                yield from self.key.seal.chunks(file)

    @property
    def spooling(self) -> Spooling:
        """How the files are to be written that `add` takes over."""
        return plain_spooling if self.key is None else self.key.seal.spooling

    def add(self, spooled: Sequence[tuple[Path, str]]) -> None:
        """Take over files as (path, SHA-256), durably; the bytes have been hashed by whoever wrote them by `spooling`.

        Syncing is what takes time, and a disk syncs many files in little more time than one: so they go in parallel.
        """
        with translated_os(self.folder), ThreadPoolExecutor(_AT_ONCE) as threads:
            new = {self.path(sha256): path for path, sha256 in spooled if not self._has_same(path, sha256)}
            reach("files.sync")
            for folder in {path.parent for path in new}:
                self._make_folder(folder)
            for _ in threads.map(_sync_private, new.values()):
                pass
            for path, spool in new.items():
                reach("files.move")
                self._move(spool, path)
            reach("files.sync_folders")
            for _ in threads.map(_sync_folder, {path.parent for path in new}):
                pass
            reach("files.drop_spooled")
            for path, _ in spooled:
                path.unlink(missing_ok=True)

    def stored(self) -> Iterator[str]:
        """The SHA-256 of every stored file, ascending."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path.name for path in folder.iterdir() if _SHA256.fullmatch(path.name))

    def discard(self, sha256: str) -> None:
        """Delete the bytes; a file that is not there is no error."""
        self.path(sha256).unlink(missing_ok=True)

    def keep_only(self, used: Collection[str]) -> int:
        """Delete all other bytes, and what a killed copy left behind; how many contents went."""
        self._discard_half_copied()
        unused = [sha256 for sha256 in self.stored() if sha256 not in used]
        for sha256 in unused:
            self.discard(sha256)
        return len(unused)

    def _discard_half_copied(self) -> None:
        """Delete what a killed copy left behind."""
        for path in self.folder.glob(f"*/*{_HALF_COPIED}"):
            path.unlink(missing_ok=True)

    def _has_same(self, spooled: Path, sha256: str) -> bool:
        # A spool that is gone was taken over by an earlier call.
        path = self.path(sha256)
        return path.is_file() and (not spooled.exists() or spooled.stat().st_size == path.stat().st_size)

    def _move(self, spooled: Path, path: Path) -> None:
        try:
            spooled.rename(path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(spooled, path)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            private_folder(folder)
            _sync_folder(self.folder)
            _sync_folder(self.folder.parent)

    def _copy(self, spooled: Path, path: Path) -> None:
        # The spool lies on another file system: copy beside the goal first, so that the goal is whole or absent.
        half = path.with_name(path.name + _HALF_COPIED)
        shutil.copyfile(spooled, half)
        _sync_private(half)
        half.rename(path)
        spooled.unlink()


def _sync_private(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(opened, 0o600)
        os.fsync(opened)
    finally:
        os.close(opened)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def contents(conn: sqlite3.Connection, after: str, limit: int) -> list[str]:
    """The SHA-256 of what stored attachments refer to, ascending, from after the given one."""
    query = "SELECT DISTINCT sha256 FROM attachments WHERE sha256 > ? AND state = 'stored' ORDER BY sha256 LIMIT ?"
    return [sha256 for (sha256,) in conn.execute(query, (after, limit))]


def attachments_of(conn: sqlite3.Connection, sha256: str) -> list[tuple[str, int | None]]:
    """Id and size of the stored attachments with this content."""
    return conn.execute(
        "SELECT id, size FROM attachments WHERE sha256 = ? AND state = 'stored' ORDER BY id", (sha256,)
    ).fetchall()


def differences(conn: sqlite3.Connection, files: FileStore, sha256: str) -> Iterator[FileDifference]:
    """Hash one file again and yield what differs."""
    referring = attachments_of(conn, sha256)
    everyone = tuple(attachment for attachment, _ in referring)
    if not is_sha256(sha256) or not files.has(sha256):
        yield FileDifference(sha256, "missing", sha256, None, everyone)
        return
    actual, size = _hashed(files.chunks(sha256))
    if actual != sha256:
        yield FileDifference(sha256, "content", sha256, actual, everyone)
        return
    for wrong in sorted({told for _, told in referring if told != size}, key=str):
        ids = tuple(attachment for attachment, told in referring if told == wrong)
        yield FileDifference(sha256, "size", str(wrong), str(size), ids)


def _hashed(chunks: Iterator[bytes]) -> tuple[str | None, int]:
    """The hash and the number of these bytes; no hash where they are encrypted and damaged."""
    hashing, size = hashlib.sha256(), 0
    try:
        for chunk in chunks:
            hashing.update(chunk)
            size += len(chunk)
    except BrokenSealError:
        return None, size
    return hashing.hexdigest(), size
