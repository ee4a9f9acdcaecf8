"""Where migrations live on this machine: folders 0700, files 0600."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ochre_tui.core import encryption
from ochre_tui.core.errors import UsageError
from ochre_tui.core.files import needing_room, refuse_foreign, refuse_network, refuse_shared
from ochre_tui.core.text import clean_line

DEFAULT_NAME = "default"
_NAME = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class MigrationPaths:
    """The folder of one migration and the paths in it."""

    name: str
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder.parent

    @property
    def state_db(self) -> Path:
        return self.folder / "state.db"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.toml"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def run_log(self) -> Path:
        return self.logs / "run.log"

    @property
    def audit(self) -> Path:
        return self.logs / "audit.jsonl"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def merges(self) -> Path:
        return self.reports / "merges.jsonl"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def key(self) -> Path:
        return self.folder / encryption.KEY_FILE

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def exists(self) -> bool:
        return self.state_db.exists()

    def lost_store(self) -> bool:
        """Whether the Ochre workspace is there and the store is not, or empty."""
        stored = self.exists() and self.state_db.stat().st_size > 0
        return not stored and (self.workspace / "workspace.db").exists()

    def refuse_unsafe(self) -> None:
        """Raise UsageError where this lies on a network file system, and where something in it is a link, somebody
        else's, or open to others."""
        refuse_network(self.folder)
        for path in (self.plan, self.workspace, self.logs, self.reports, self.spool, self.lock):
            refuse_foreign(path)
        if self.exists():
            for path in (self.folder, self.state_db, self.audit, self.key):
                refuse_shared(path)
        else:
            refuse_foreign(self.folder)

    def create(self) -> None:
        """Make the migration's folders where they are missing; UsageError where others can get at what is there."""
        self.refuse_unsafe()
        for folder in (self.folder, self.workspace, self.logs, self.reports, self.spool):
            make_private(folder)


def root(home: Path | None) -> Path:
    """The folder of all migrations: `home`, else OCHRE_TUI_HOME, else the platform's user data folder."""
    named = home or os.environ.get("OCHRE_TUI_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs  # here, as most calls name a folder and should start quickly

    return platformdirs.user_data_path("ochre-tui", appauthor=False)


def migration_paths(home: Path, name: str) -> MigrationPaths:
    """The paths of the migration `name`, which need not exist yet.

    Raises UsageError for a name that is not `[a-z0-9-]{1,40}`.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{clean_line(name)!r} is no name for a migration.",
            advice="Use 1 to 40 small letters, digits and hyphens.",
        )
    return MigrationPaths(name, home / name)


def existing(home: Path, name: str) -> MigrationPaths:
    """The paths of a migration that exists.

    Raises UsageError naming those that are, where it is not, and where others can get at it.
    """
    paths = migration_paths(home, name)
    with _usable(home):
        exists = paths.exists()
        lost = paths.lost_store()
    if lost:
        raise UsageError(
            f"The store of the migration {name!r} is gone: {clean_line(str(paths.state_db))}.",
            meaning="Its Ochre workspace is there.",
            advice="Put the file back from a backup, or `ochre-tui connect`, then `ochre-tui run`: what is in Ochre is "
            "recognised, nothing is imported twice.",
        )
    if not exists:
        names = ", ".join(other.name for other in migrations(home))
        raise UsageError(
            f"There is no migration {name!r} in {clean_line(str(home))}.",
            advice=f"There are: {names}. Choose one with -m." if names else "Begin one with `ochre-tui connect`.",
        )
    paths.refuse_unsafe()
    return paths


def migrations(home: Path) -> list[MigrationPaths]:
    """The migrations under `home`, by name."""
    with _usable(home):
        folders = sorted(home.iterdir()) if home.is_dir() else []
        named = [MigrationPaths(folder.name, folder) for folder in folders if _NAME.fullmatch(folder.name)]
        return [paths for paths in named if paths.exists()]


def make_private(folder: Path) -> None:
    """Create `folder` and its parents for this user alone.

    Raises UsageError where that is not possible.
    """
    with _usable(folder):
        for missing in reversed([parent for parent in folder.parents if not parent.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)  # mkdir's own `parents` would leave them to the umask
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable")


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        with needing_room(folder):
            yield
    except OSError as error:
        raise UsageError(
            f"The folder {folder} can't be used: {error.strerror}.",
            advice="Name a folder you can write to with --home or OCHRE_TUI_HOME.",
        ) from error
