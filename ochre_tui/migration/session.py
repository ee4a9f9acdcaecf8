"""One migration, opened: what every use case works with, each a function beside its subject that takes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from ochre_tui.core.errors import CredentialError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.process import actor
from ochre_tui.core.secret import Secret
from ochre_tui.migration.audit.append import append
from ochre_tui.migration.credentials.tokens import OCHRE, KnownToken, Side, Tokens
from ochre_tui.store.lease import held
from ochre_tui.store.store import Store

if TYPE_CHECKING:
    from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
    from ochre_tui.ochre.target import Target


@dataclass(slots=True)
class Session:
    """A migration as a command or the app works with it; whatever it opens is for the calling thread.

    `now` gives unix seconds, `rng` draws samples where they must be the same each time, `actor` is who works with it.
    """

    paths: MigrationPaths
    now: Callable[[], float] = time.time
    rng: Random | None = None
    actor: str = field(default_factory=actor)
    tokens: Tokens = field(default_factory=Tokens)

    def create(self) -> None:
        """Make the migration where it is missing; UsageError where others can get at what is there."""
        self.paths.create()
        self.store().close()

    def store(self) -> Store:
        """The migration's store."""
        return Store(self.paths.state_db)

    def open_target(self) -> Target:
        """The Ochre workspace, made where it is the embedded one and missing; to be closed."""
        from ochre_tui.migration.destination import open_target  # here and below, as `status` and `list` do without

        return open_target(self.paths, lambda: self.token(OCHRE))

    def target(self) -> AbstractContextManager[Target]:
        """`open_target`, closed at the end of the block."""
        return closing(self.open_target())

    def embedded(self, instead: str = "Change that in Ochre itself.") -> AbstractContextManager[EmbeddedWorkspace]:
        """The workspace on this machine; UsageError, advising what to do `instead`, where there is none."""
        from ochre_tui.migration.destination import open_embedded

        return closing(open_embedded(self.paths, instead))

    def lease(self) -> AbstractContextManager[None]:
        """Be the one that works on the migration; MigrationHeldError naming who it is where another does."""
        return held(self.paths.lock)

    def audit(self, what: str, **facts: Any) -> str:
        """Add a line on what was done to the audit log, durably; its hash."""
        return append(self.paths, what, facts, at=int(self.now()), who=self.actor)

    def known_token(self, side: Side) -> KnownToken | None:
        """The token of a side that need not be entered, if there is one."""
        return self.tokens.find(self.paths.name, side)

    def token(self, side: Side) -> Secret:
        """The token of a side; CredentialError where it is not known."""
        known = self.known_token(side)
        if known is None:
            raise CredentialError(side.unknown, advice=side.remedy)
        return known.token

    def remember_token(self, side: Side, token: Secret) -> None:
        """Keep a token that was entered in memory."""
        self.tokens.remember(self.paths.name, side, token)
