"""Who was merged: a file for the operator, one JSON line for each customer that several contacts became."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ochre_tui.state import notes
from ochre_tui.state.store import Store


def write_merges(store: Store, file: Path) -> None:
    """Put the merge reports (`customer_id, survivor, contact_ids, joined, emails, external_ids`) into `file` (0600)."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as lines:
        lines.writelines(f"{report}\n" for report in notes.merges(store.conn))
    Path(name).replace(file)
