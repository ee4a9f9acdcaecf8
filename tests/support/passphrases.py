"""A passphrase, and how this process forgets which ones were entered."""

from __future__ import annotations

from ochre_tui.core import encryption
from ochre_tui.migration.credentials import passphrase

WORDS = "Blaue Blume 77"


def forget_all() -> None:
    """As in a new process."""
    passphrase._entered.clear()
    encryption._unsealed.clear()
