"""The migrations in a home folder, as one process works with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ochre_tui.core.paths import MigrationPaths, existing, migration_paths, migrations
from ochre_tui.migration.credentials.tokens import Tokens
from ochre_tui.migration.session import Session
from ochre_tui.migration.summary import MigrationSummary, summarise


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder; the tokens that were given are known to all sessions of it."""

    folder: Path
    now: Callable[[], float] = time.time
    rng: Random | None = None
    tokens: Tokens = field(default_factory=Tokens)

    def open(self, name: str) -> Session:
        """The migration of this name; UsageError where there is none."""
        return self._session(existing(self.folder, name))

    def create(self, name: str) -> Session:
        """The migration of this name, made where there is none."""
        session = self._session(migration_paths(self.folder, name))
        session.create()
        return session

    def summaries(self) -> list[MigrationSummary]:
        """The migrations, by name; one that is damaged does not hide the others."""
        return [summarise(self._session(paths)) for paths in migrations(self.folder)]

    def _session(self, paths: MigrationPaths) -> Session:
        return Session(paths, self.now, self.rng, tokens=self.tokens)
