"""Bytes and files encrypted at rest: AES-256-GCM, files in segments, so that none has to be in memory as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn, Protocol, final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE = 12
_TAG = 16
_MAGIC = b"ochrtui1"
_HEADER = len(_MAGIC) + 16
_SEGMENT = 64 * 1024
_RECORD = b"ochre-tui record"
_FILE = b"ochre-tui file"


class BrokenSealError(Exception):
    """What was encrypted is not as it was written, or was written with another key."""


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


class Spooling(Protocol):
    """Opens a new private file that is whole once its block is left."""

    def __call__(self, path: Path, /) -> AbstractContextManager[Writable]: ...


@final
class Seal:
    """Encrypts with one key, tells every changed bit, and prints as `***`."""

    __slots__ = ("_aead", "_key")

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # here and below, as most migrations need none

        self._key = key
        self._aead = AESGCM(key)

    def seal(self, plain: bytes) -> bytes:
        """`plain`, encrypted."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, plain, _RECORD)

    def unseal(self, sealed: bytes) -> bytes:
        """What `seal` was given; BrokenSealError where that can't be had."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], _RECORD)
        except (InvalidTag, ValueError) as error:
            raise BrokenSealError from error

    @contextmanager
    def spooling(self, path: Path) -> Iterator[Writable]:
        """A new private file at `path`, encrypted as it is written."""
        with plain_spooling(path) as file:
            salt = os.urandom(_HEADER - len(_MAGIC))
            file.write(_MAGIC + salt)
            segments = _Segments(file, self._of_file(salt))
            yield segments
            segments.finish()

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        """The plain bytes of a file that `spooling` wrote; BrokenSealError at the first that are not as written."""
        from cryptography.exceptions import InvalidTag

        header = file.read(_HEADER)
        if len(header) < _HEADER or not header.startswith(_MAGIC):
            raise BrokenSealError
        aead = self._of_file(header[len(_MAGIC) :])
        segment, number = file.read(_SEGMENT + _TAG), 0
        while True:
            following = file.read(_SEGMENT + _TAG)
            try:
                yield aead.decrypt(_numbered(number, last=not following), segment, None)
            except InvalidTag as error:
                raise BrokenSealError from error
            if not following:
                return
            segment, number = following, number + 1

    def _of_file(self, salt: bytes) -> AESGCM:
        """What encrypts one file: each has a key of its own, so that its segments can be numbered from 0."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, _FILE).derive(self._key))

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not pickled")


class _Segments:
    """Encrypts what is written segment by segment; the last one says that it is, so that none can be cut off."""

    def __init__(self, file: Writable, aead: AESGCM) -> None:
        self._file = file
        self._aead = aead
        self._number = 0
        self._pending = bytearray()

    def write(self, data: bytes, /) -> None:
        self._pending += data
        while len(self._pending) > _SEGMENT:
            self._put(bytes(self._pending[:_SEGMENT]), last=False)
            del self._pending[:_SEGMENT]

    def finish(self) -> None:
        self._put(bytes(self._pending), last=True)

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._aead.encrypt(_numbered(self._number, last=last), plain, None))
        self._number += 1


def _numbered(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])


@contextmanager
def plain_spooling(path: Path) -> Iterator[Writable]:
    """A new private file at `path`, in the clear."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file


def plain_size(sealed: int) -> int:
    """How many bytes were written to an encrypted file of this size."""
    whole, rest = divmod(max(0, sealed - _HEADER), _SEGMENT + _TAG)
    return whole * _SEGMENT + max(0, rest - _TAG)
