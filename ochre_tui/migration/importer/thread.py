"""An import in a thread of its own, so that whatever watches it stays quick."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from ochre_tui.core.tasks import in_loop
from ochre_tui.migration.importer.run import MOST_PASSES, ON_REQUEST, Importer, importer_for, usable_plan
from ochre_tui.migration.session import Session

_MOMENT_S: Final = 0.07
_MOST_S: Final = 3 * _MOMENT_S
_SHARE: Final = 0.5


class ImportThread:
    """The work of an importer, one run unless told; `failure` is what ended it early, once it is no longer alive.

    The interpreter waits for it: it goes on when the screen that started it is gone.
    """

    def __init__(self, importer: Importer, work: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        self.importer = importer
        self._import = work or importer.run
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="importer")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owed_s, self._owed_at = 0.0, 0.0

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        suit_threads()
        self._thread.start()

    def stop(self, why: str = ON_REQUEST) -> None:
        """Ask the run to finish what it has in hand and end; asked again, to end at once."""
        self.importer.stop(why)

    def give_way(self) -> None:
        """Leave the interpreter to the calling thread for a moment, so that a key is answered at once.

        Half of the time stays the import's, however long a key is held down.
        """
        now = time.monotonic()
        self._owed_s = min(_MOST_S, self._owed_s + _SHARE * (now - self._owed_at))
        self._owed_at = now
        if self._loop is not None and self._owed_s >= _MOMENT_S:
            self._owed_s -= _MOMENT_S
            with suppress(RuntimeError):  # the loop was closed in between
                self._loop.call_soon_threadsafe(time.sleep, _MOMENT_S)

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def _work(self) -> None:
        try:
            in_loop(self._run())
        except BaseException as error:  # noqa: BLE001 - handed to whoever watches the thread
            self.failure = error

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._import()


def prepare_import(session: Session, plan_file: Path | None = None, limit: int | None = None) -> ImportThread:
    """An import that begins, or resumes, once it is started; `limit`: only the newest conversations, as a sample.

    Raises what makes it impossible before anything is written.
    """
    return ImportThread(importer_for(session, usable_plan(session, plan_file), limit))


def prepare_catch_up(session: Session, most: int = MOST_PASSES) -> ImportThread:
    """An import of what changed in Intercom, until nothing new is left, in at most so many passes."""
    importer = importer_for(session, usable_plan(session))
    return ImportThread(importer, partial(importer.catch_up, most))


def suit_threads() -> None:
    """Settings of the interpreter that suit one busy event loop beside other threads."""
    # What comes in lives until it is written, so that to look through all of it for cycles is in vain; and after many
    # more objects than these a look takes 10 ms and more, in which no key is answered.
    gc.set_threshold(2_000, 20, 500)
    # Each release of the interpreter lock, in SQLite or the sanitiser, would else cost the loop up to 5 ms.
    sys.setswitchinterval(0.0005)
