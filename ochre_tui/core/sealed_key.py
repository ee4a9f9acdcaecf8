"""The key of an encrypted migration, which lies beside what it encrypts, itself encrypted with the passphrase."""

from __future__ import annotations

import json
import os
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ochre_tui.core.encryption import KEY_BYTES, BrokenSealError, Seal, plain_spooling
from ochre_tui.core.errors import CredentialError, StoreError, UsageError
from ochre_tui.core.failpoints import reach
from ochre_tui.core.files import needing_room
from ochre_tui.core.secret import Secret

NAME: Final = "key.json"
LOST: Final = (
    "If the passphrase is lost, the archive and attachments can't be read again by anybody; they must be imported anew."
)
# As OWASP has it for scrypt: 32 MB and a quarter of a second for each guess.
_COST, _BLOCKS, _PARALLEL = 2**15, 8, 3
_HIGHEST_COST = 2**20

_unsealed: dict[SealedKey, Seal] = {}


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


def make(path: Path, passphrase: Secret) -> SealedKey:
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
        found = SealedKey(**json.loads(path.read_text("ascii")))
        if found.cost > _HIGHEST_COST or len(bytes.fromhex(found.salt + found.key)) < KEY_BYTES:
            raise ValueError
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{path} is damaged: the key of what is encrypted.",
            advice="Put it back from a backup. Without it the archive and the attachments can't be read by anybody.",
        ) from error
    return found


def _seal(passphrase: Secret, key: SealedKey) -> Seal:
    """What encrypts the key; however a keyboard composes an accent, it is the same passphrase."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # here, as most migrations need none

    words = unicodedata.normalize("NFC", passphrase.unwrap()).encode("utf-8", "surrogatepass")
    derived = Scrypt(bytes.fromhex(key.salt), KEY_BYTES, n=key.cost, r=key.blocks, p=key.parallel).derive(words)
    return Seal(derived)
