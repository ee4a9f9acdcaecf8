"""What this tool keeps is for its user alone: files of others, links, and files that others may read are refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ochre_tui.core.errors import UsageError


def refuse_foreign(path: Path) -> None:
    """Raise UsageError where there is something at `path` that is a link or somebody else's."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(found.st_mode):
        raise UsageError(f"{path} is a link, and links are not followed here.", advice="Put what it leads to there.")
    if found.st_uid != os.getuid():
        raise UsageError(
            f"{path} belongs to another user (number {found.st_uid}).",
            advice="Work as that user, or choose another folder with --home.",
        )


def refuse_shared(path: Path) -> None:
    """Raise UsageError where there is something at `path` that others may read, besides what `refuse_foreign` does."""
    refuse_foreign(path)
    if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        raise UsageError(
            f"{path} can be used by others (mode {mode:04o}), and it holds your customers' data.",
            advice=f"Find out who has read it, then close it: chmod -R go-rwx {path}",
        )
