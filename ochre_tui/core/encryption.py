"""What is encrypted at rest: by AES-256-GCM, files in segments, with a key that is encrypted by a passphrase."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, Protocol, final

from ochre_tui.core.errors import CredentialError, StoreError, UsageError
from ochre_tui.core.failpoints import reach
from ochre_tui.core.files import needing_room
from ochre_tui.core.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE: Final = "key.json"
UNRECOVERABLE: Final = (
    "If the passphrase is lost, the archive and attachments can't be read again by anybody; they must be imported anew."
)
KEY_BYTES = 32
_NONCE = 12
_TAG = 16
_MAGIC = b"ochrtui1"
_HEADER = len(_MAGIC) + 16
_SEGMENT = 64 * 1024
_RECORD = b"ochre-tui record"
_FILE = b"ochre-tui file"
# As OWASP has it for scrypt: 32 MB and a quarter of a second for each guess.
_COST, _BLOCKS, _PARALLEL = 2**15, 8, 3
_HIGHEST_COST = 2**20

_unsealed: dict[SealedKey, Seal] = {}


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


class LockedError(CredentialError):
    """What is encrypted is needed, and the passphrase is not known."""

    def __init__(self) -> None:
        super().__init__(
            "The archive and the attachments are encrypted, and the passphrase is not known.",
            advice="Set OCHRE_TUI_PASSPHRASE, or give it with --passphrase-file or --passphrase-command.",
        )


class WrongPassphraseError(LockedError):
    """Another passphrase than the one that the migration was encrypted with."""

    def __init__(self) -> None:
        CredentialError.__init__(
            self,
            "That is not the passphrase of this migration.",
            advice="It is the one that was chosen with `ochre-tui connect --encrypt`; capitals and spaces count.",
        )


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The encrypted key, and how what encrypts it is made from the passphrase (scrypt); nothing of it is secret."""

    cost: int
    blocks: int
    parallel: int
    salt: str
    key: str

    def unseal(self, passphrase: Secret) -> None:
        """Have what this key encrypts readable in this process; WrongPassphraseError where it is another passphrase."""
        try:
            _unsealed[self] = Seal(_seal(passphrase, self).unseal(bytes.fromhex(self.key)))
        except BrokenSealError:
            raise WrongPassphraseError from None

    @property
    def seal(self) -> Seal:
        """What encrypts with it; LockedError before it is unsealed in this process."""
        if self not in _unsealed:
            raise LockedError
        return _unsealed[self]


def make_key(path: Path, passphrase: Secret) -> SealedKey:
    """A new key for what is written from now on, durably at `path`; UsageError where there is one already."""
    blank = SealedKey(_COST, _BLOCKS, _PARALLEL, os.urandom(16).hex(), "")
    key = _seal(passphrase, blank).seal(os.urandom(KEY_BYTES))
    made = SealedKey(blank.cost, blank.blocks, blank.parallel, blank.salt, key.hex())
    made.unseal(passphrase)
    with needing_room(path.parent):
        _write_new(path, json.dumps(asdict(made)))
    return made


def _write_new(path: Path, text: str) -> None:
    """Write a private file durably: it is there as a whole or not at all, and never in the place of another one."""
    unfinished = path.with_name(f".{path.name}.{os.urandom(6).hex()}.partial")
    try:
        with plain_spooling(unfinished) as file:
            file.write(text.encode("ascii"))
        folder, written = os.open(path.parent, os.O_RDONLY), os.open(unfinished, os.O_RDONLY)
        try:
            os.fsync(written)
            reach("key.link")
            os.link(unfinished, path)
            os.fsync(folder)
        finally:
            os.close(written)
            os.close(folder)
    except FileExistsError:
        raise UsageError("This migration is encrypted already.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def read_key(path: Path) -> SealedKey | None:
    """The key at `path`; None where there is none, StoreError where it is damaged."""
    try:
        key = SealedKey(**json.loads(path.read_text("ascii")))
        if key.cost > _HIGHEST_COST or len(bytes.fromhex(key.salt + key.key)) < KEY_BYTES:
            raise ValueError
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{path} is damaged: the key of what is encrypted.",
            advice="Put it back from a backup. Without it the archive and the attachments can't be read by anybody.",
        ) from error
    return key


def _seal(passphrase: Secret, key: SealedKey) -> Seal:
    """What encrypts the key; however a keyboard composes an accent, it is the same passphrase."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # here, as most migrations need none

    words = unicodedata.normalize("NFC", passphrase.unwrap()).encode("utf-8", "surrogatepass")
    derived = Scrypt(bytes.fromhex(key.salt), KEY_BYTES, n=key.cost, r=key.blocks, p=key.parallel).derive(words)
    return Seal(derived)
