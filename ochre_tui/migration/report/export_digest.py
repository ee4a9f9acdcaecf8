"""The digest of the last export, kept so that whoever gets the file can tell that it is the one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ochre_tui.migration.report.facts import Export
from ochre_tui.store.store import Store

_KEY = "exported"


def note_export(store: Store, out: Path, now: int) -> Export:
    """Hash an export that was just written, and remember it."""
    with out.open("rb") as file:
        found = Export(out.name, hashlib.file_digest(file, "sha256").hexdigest(), file.tell(), now)
    store.set(_KEY, found)
    return found


def last_export(store: Store) -> Export | None:
    kept = store.get(_KEY)
    return None if kept is None else Export(**kept)
