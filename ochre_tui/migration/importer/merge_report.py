"""Who was merged: a file for the operator, one JSON line for each customer that several contacts became."""

from __future__ import annotations

from pathlib import Path

from ochre_tui.core.files import needing_room, replacing
from ochre_tui.store import warnings
from ochre_tui.store.store import Store


def write_merges(store: Store, file: Path) -> None:
    """Put the merge reports (`customer_id, survivor, contact_ids, joined, emails, external_ids`) into `file` (0600)."""
    with needing_room(file.parent), replacing(file) as lines:
        lines.writelines(f"{report}\n".encode() for report in warnings.merges(store.conn))
