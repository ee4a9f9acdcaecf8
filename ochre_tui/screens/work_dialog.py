"""The base of dialogs that work in threads."""

from __future__ import annotations

from textual import getters, on
from textual.screen import ScreenResultType
from textual.worker import Worker, WorkerState

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.screens.wizard import WizardApp
from ochre_tui.widgets.controls import ErrorBox
from ochre_tui.widgets.modal import Modal


class WorkDialog(Modal[ScreenResultType]):
    """A dialog whose workers may fail; an OchreTuiError that they raise comes to `failed`."""

    app = getters.app(WizardApp)

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if isinstance(error, OchreTuiError):
            self.failed(error)
        else:
            self.app.crash(error)

    def failed(self, error: OchreTuiError) -> None:
        """The work has failed; the box says why."""
        self.query_one(ErrorBox).show(error)
