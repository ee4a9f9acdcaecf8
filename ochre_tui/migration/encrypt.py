"""Encrypting a migration that is new."""

from __future__ import annotations

from ochre_tui.core.encryption import make_key
from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials.passphrase import as_new_passphrase, encrypted, unseal
from ochre_tui.migration.session import Session
from ochre_tui.store import runs
from ochre_tui.store.store import ENCRYPTED, Store


def encrypt(session: Session, passphrase: Secret) -> None:
    """Encrypt the archive and the attachments of a migration that is new; where it is encrypted, check the passphrase.

    Raises UsageError where something was imported in the clear.
    """
    paths = session.paths
    if encrypted(paths) is None:
        _refuse_imported(paths)
        as_new_passphrase(passphrase.unwrap())
        make_key(paths.key, passphrase)
        with session.store() as store:
            store.set(ENCRYPTED, True)
        session.audit("encrypt")
    unseal(paths, passphrase)


def _refuse_imported(paths: MigrationPaths) -> None:
    attachments = paths.workspace / "attachments"
    imported = attachments.exists() and any(attachments.rglob("*"))
    if paths.exists():
        with Store(paths.state_db) as store:
            imported = imported or runs.latest(store.conn) is not None
    if imported:
        raise UsageError(
            "Something was imported into this migration in the clear already.",
            advice="Encrypt before the first import: begin another migration with -m NAME, or wipe this one first.",
        )
