"""The export of the Ochre workspace, to be handed over."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ochre_tui import __version__
from ochre_tui.migration.report.model import Export
from ochre_tui.migration.session import Session
from ochre_tui.store.store import Store

_KEY = "exported"


def export(session: Session, out: Path) -> Export:
    """Write everything in the Ochre workspace to a ZIP; its size and digest are kept, so that whoever gets it can tell
    that it is the one."""
    now = int(session.now())
    with session.target() as target:
        target.export(out, exported_at=now, tool_version=__version__, migration=session.paths.name)
    with out.open("rb") as file:
        written = Export(out.name, hashlib.file_digest(file, "sha256").hexdigest(), file.tell(), now)
    with session.store() as store:
        store.set(_KEY, written)
    session.audit("export", file=str(out.absolute()), bytes=written.bytes, sha256=written.sha256)
    return written


def last_export(store: Store) -> Export | None:
    """The export that was written last; None before the first."""
    value = store.get(_KEY)
    return None if value is None else Export(**value)
