"""A migration in a list: what one sees of it without opening it."""

from __future__ import annotations

from dataclasses import dataclass

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.migration import status
from ochre_tui.migration.cutover.checklist import reminder
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import State, Status

APP_KEY = "app"
"""The store's key of what only the app remembers."""


@dataclass(frozen=True, slots=True)
class MigrationSummary:
    """A migration on this machine: its status, None where it can't be read, which `error` tells.

    `source` is Intercom's workspace, `step` where the operator was in the app; `reminder` says that its data has lain
    here for long.
    """

    name: str
    status: Status | None
    source: str | None = None
    step: str = "connect"
    reminder: str | None = None
    error: OchreTuiError | None = None

    @property
    def state(self) -> State:
        return "failed" if self.status is None else self.status.state

    @property
    def conversations(self) -> tuple[int, int]:
        """How many are done, and how many are known."""
        if self.status is None:
            return 0, 0
        done = self.status.counts["conversations"]["found"]
        return done, max(done, self.status.listed.get("conversations", 0))


def summarise(session: Session) -> MigrationSummary:
    """What there is to say of a migration; one that is damaged says so."""
    name = session.paths.name
    try:
        with session.store() as store:
            workspace, app = store.get("intercom"), store.get(APP_KEY) or {}
            return MigrationSummary(
                name,
                status.read(store, session.paths),
                source=workspace["name"] if workspace else None,
                step=app.get("step", "connect"),
                reminder=reminder(store, name, int(session.now())),
            )
    except OchreTuiError as error:
        return MigrationSummary(name, None, error=error)
