"""Whether what is still to come will fit on the disk, as far as the last scan tells."""

from __future__ import annotations

from pathlib import Path

from ochre_tui.core import files as disk
from ochre_tui.core.wording import size
from ochre_tui.migration.scan.result import last_scan
from ochre_tui.store import files
from ochre_tui.store.store import Store

_BYTES_EACH = 25_000
"""What a conversation of some dozen messages takes in both databases, files apart."""


def shortage_ahead(store: Store, folder: Path, reserved: int) -> str | None:
    """A warning where the disk of `folder` has less to give, apart from what is kept free, than will be needed."""
    scanned = last_scan(store)
    if scanned is None:
        return None
    (done,) = store.conn.execute("SELECT count(*) FROM conversation WHERE got_parts IS NOT NULL").fetchone()
    left = max(0, scanned.counts.get("conversations", 0) - done)
    stored = files.attachment_tally(store.conn).bytes
    needed = left * _BYTES_EACH + max(0, scanned.attachments.bytes.likely - stored)
    free = disk.free(folder) - reserved
    if needed <= free:
        return None
    return (
        f"The disk may get full: about {size(needed)} will be needed, {size(max(0, free))} can be used. "
        "The import pauses in time; free some room, and run again."
    )
