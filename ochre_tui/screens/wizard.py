"""What screens and dialogs may ask of the app that shows them; the app fulfils it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from textual.app import App
from textual.reactive import reactive
from textual.worker import Worker

from ochre_tui.core.encryption import LockedError
from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.migration.home import Home
from ochre_tui.migration.importer.in_process import InProcessImport
from ochre_tui.migration.overview import Standing
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.migration.session import Session
from ochre_tui.screens.steps import Step


class WizardApp(App[int]):
    """An app that leads through the steps of one migration."""

    home: Home
    importing: InProcessImport
    chosen: Session | None = None
    """The migration that is worked on; None until one is chosen."""
    _plan: PlanEditor | None = None
    standing: reactive[Standing] = reactive(Standing, init=False)
    """How far the chosen migration is; screens watch it."""
    come_back_to: Step | None = None
    """The step that Connect was opened from for another token, and leads back to."""
    wanted_conversation: str | None = None
    """The conversation that the spot-check shows next, by Intercom's id, if one was chosen."""

    @property
    def session(self) -> Session:
        """The chosen migration; UsageError before one is chosen."""
        if self.chosen is None:
            raise UsageError("No migration is chosen.", advice="Choose one at the start.")
        return self.chosen

    @property
    def plan(self) -> PlanEditor:
        """The chosen migration's plan; UsageError before one is chosen."""
        if self._plan is None or self._plan.session is not self.session:
            self._plan = PlanEditor(self.session)
        return self._plan

    @abstractmethod
    def go(self, step: Step) -> None:
        """Open a step, once the standing is read again; where it can't be opened, its reason is said."""

    @abstractmethod
    def go_on(self) -> None:
        """Open the step where the chosen migration was left."""

    @abstractmethod
    def reconnect(self) -> None:
        """Open Connect for another token; from there it goes back to the step that is open now."""

    @abstractmethod
    def refresh_standing(self) -> None:
        """Read the standing again; screens that watch it follow."""

    @abstractmethod
    def begin_import(self, limit: int | None = None) -> Worker[None]:
        """Begin or resume the import, and open its dashboard."""

    @abstractmethod
    def ask_passphrase(self, error: LockedError, otherwise: Callable[[LockedError], None]) -> None:
        """Ask for the passphrase and open the step once more; where nobody gives it, do what is done `otherwise`."""

    @abstractmethod
    def show_error(self, error: OchreTuiError) -> None:
        """Show an error that belongs to no field or row; where the token is the trouble, it leads to Connect."""

    @abstractmethod
    def crash(self, error: BaseException) -> None:
        """End the app because of something unexpected."""
