"""Named places, one at every write and commit, at which tests make this process fail or die.

Nothing happens there unless OCHRE_TUI_FAILPOINT was set when the process began, or a test arms one in its own process.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(number: int, database_code: int) -> Callable[[str], None]:
    """Fail as the system does with this errno, and as SQLite does where it is the one that meets it."""

    def fail(name: str) -> None:
        if name.partition(".")[0] not in _DATABASES:
            raise OSError(number, os.strerror(number))
        error = sqlite3.OperationalError(os.strerror(number))
        error.sqlite_errorcode = database_code
        raise error

    return fail


_DATABASES: Final = frozenset({"store", "target"})
ACTIONS: Final[dict[str, Callable[[str], None]]] = {
    "kill": _kill,
    "full": _fail(errno.ENOSPC, sqlite3.SQLITE_FULL),
    "quota": _fail(errno.EDQUOT, sqlite3.SQLITE_IOERR),
    "broken": _fail(errno.EIO, sqlite3.SQLITE_IOERR),
    "pass": lambda _: None,
}


@dataclass(slots=True)
class Failpoint:
    """What happens when a place whose name is like `pattern` is reached for the `n`-th time; `reached` counts them."""

    pattern: str
    n: int
    action: str
    reached: Counter[str] = field(default_factory=Counter)

    @classmethod
    def parse(cls, text: str) -> Failpoint:
        """From `PATTERN=N:ACTION`, as in `store.commit=3:kill`; ValueError for anything else."""
        pattern, _, rest = text.partition("=")
        n, _, action = rest.partition(":")
        if action not in ACTIONS:
            raise ValueError(f"{text!r} is no fail-point; actions are {', '.join(ACTIONS)}")
        return cls(pattern, int(n), action)

    def strike(self, name: str) -> None:
        if fnmatchcase(name, self.pattern):
            self.reached[name] += 1
            if self.reached.total() == self.n:
                ACTIONS[self.action](name)


_armed: Failpoint | None = None
if os.environ.get("OCHRE_TUI_FAILPOINT"):
    _armed = Failpoint.parse(os.environ["OCHRE_TUI_FAILPOINT"])


def reach(name: str) -> None:
    """Say that the place `name` is reached."""
    if _armed is not None:
        _armed.strike(name)


@contextmanager
def armed(text: str) -> Iterator[Failpoint]:
    """Arm a fail-point in this process for the block."""
    global _armed
    before, _armed = _armed, Failpoint.parse(text)
    try:
        yield _armed
    finally:
        _armed = before
