"""An import and its terminal: what signals mean, and how it goes on when the terminal is gone."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from ochre_tui.core.errors import ExitCode
from ochre_tui.core.paths import MigrationPaths, make_private
from ochre_tui.migration.importer.thread import ImportThread

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LONGEST_STOP_S = 9.0
_LOOK_S = 0.25


@dataclass(slots=True)
class TerminalSession:
    """What came meanwhile: `signals` are those that asked for an end; `hung_up` whether the terminal is gone."""

    running: ImportThread
    signals: list[int] = field(default_factory=list)
    hung_up: bool = False
    _terminals: list[int] = field(default_factory=lambda: [number for number in range(3) if os.isatty(number)])
    _first_signal_at: float = 0.0

    def join(self, timeout: float) -> None:
        """Wait for the import, and see whether the terminal is still there; where the import does not heed a signal in
        time, end the process: that is always safe."""
        self.running.join(timeout)
        if not self.hung_up and is_gone(*self._terminals):
            self.hang_up()  # a terminal that is not this process's own goes without a signal
        if self.running.alive and self.signals and time.monotonic() - self._first_signal_at > _LONGEST_STOP_S:
            os._exit(exit_code(self.signals[0]))

    def wait(self) -> None:
        """Wait until the import has ended."""
        while self.running.alive:
            self.join(_LOOK_S)

    def hang_up(self) -> None:
        """Let go of the terminal, if there is one: nothing can be read there or written any more."""
        self.hung_up = True
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in self._terminals:
            os.dup2(nowhere, number)
        os.close(nowhere)

    def write_to_log(self, paths: MigrationPaths) -> None:
        """Write to `logs/run.log` what would have been written to the terminal."""
        log = open_log(paths)
        for number in self._terminals:
            if number != 0:
                os.dup2(log, number)
        os.close(log)

    def on_signal(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self.hang_up()
        elif self.signals:
            os._exit(exit_code(number))
        else:
            self.signals.append(number)
            self._first_signal_at = time.monotonic()
            self.running.stop(f"Stopped by {signal.Signals(number).name}.")


@contextmanager
def terminal_session(running: ImportThread) -> Iterator[TerminalSession]:
    """For the block, the first SIGINT or SIGTERM stops the import after the records in hand and a second one ends the
    process at once; SIGHUP takes nothing but the terminal away."""
    terminal = TerminalSession(running)
    before = {number: signal.signal(number, terminal.on_signal) for number in _SIGNALS}
    try:
        yield terminal
    finally:
        for number, handler in before.items():
            if number == signal.SIGHUP and terminal.hung_up:
                signal.signal(number, signal.SIG_IGN)  # once hung up it stays so, whatever is still to do
            elif not terminal.signals:
                signal.signal(number, handler)  # else the process is about to end: asked again, it does so at once


def is_gone(*terminals: int) -> bool:
    """Whether one of these terminals was hung up."""
    poll = select.poll()
    for number in terminals:
        poll.register(number, 0)  # a hang-up is told unasked
    return bool(terminals) and any(event & (select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0))


def exit_code(number: int) -> ExitCode:
    """The contract's exit code of a run that was ended by this signal."""
    return ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.STOPPED


def open_log(paths: MigrationPaths) -> int:
    """`logs/run.log` (0600), to be added to."""
    make_private(paths.logs)
    return os.open(paths.run_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
