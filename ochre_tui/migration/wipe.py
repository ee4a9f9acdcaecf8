"""Deleting what a migration has on this machine."""

from __future__ import annotations

import shutil

from ochre_tui.errors import UsageError
from ochre_tui.home import Place
from ochre_tui.migration import token
from ochre_tui.state import lease


def wipe(place: Place) -> None:
    """Delete the migration's folder and the token that the keyring has for it.

    Raises MigrationHeldError while a process works on it. An embedded workspace lies in the folder and goes with it.
    """
    with lease.held(place.lock):
        token.forget(place.name)
        try:
            shutil.rmtree(place.folder)
        except OSError as error:
            raise UsageError(
                f"{place.folder} can't be deleted completely: {error.strerror}.",
                meaning="A part of the local data may be left.",
                advice="Check the folder's owner and permissions, then delete it again.",
            ) from error
