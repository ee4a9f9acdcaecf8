"""A migration's log: what went wrong where, without values, secrets or escapes.

The message of an exception may hold a piece of the record that it stumbled over, so only those messages are kept that
this program, the operating system or SQLite words.
"""

from __future__ import annotations

import os
import sqlite3
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.paths import MigrationPaths, make_private
from ochre_tui.core.secret import redacted
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import timestamp

_PACKAGE = Path(__file__).parents[2]
_MESSAGE_WIDTH = 500
_MOST_ERRORS = 20
_MOST_BYTES = 1024 * 1024


def log_failure(paths: MigrationPaths, command: str, error: BaseException) -> Path | None:
    """Add an unexpected failure to `logs/ochre-tui.log` (0600); the file, or None where there is no migration or no way
    to write."""
    path = paths.logs / "ochre-tui.log"
    try:
        if not paths.exists():
            return None
        make_private(paths.logs)
        _rotate(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in [f"{timestamp(time.time())} {command}", *_lines(error)]))
    except Exception:  # noqa: BLE001 - the failure itself still has to be shown
        return None
    return path


def _rotate(path: Path) -> None:
    if path.is_file() and path.stat().st_size > _MOST_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))


def _lines(error: BaseException) -> Iterator[str]:
    """The error and those behind it: type, message and frames of each."""
    queue: list[BaseException] = [error]
    for _ in range(_MOST_ERRORS):
        if not queue:
            return
        current = queue.pop(0)
        worded = isinstance(current, OchreTuiError | OSError | sqlite3.Error)
        yield f"  {type(current).__name__}" + (
            f": {clean_line(redacted(str(current)), _MESSAGE_WIDTH)}" if worded else ""
        )
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"    {_short(frame.filename)}:{frame.lineno} in {frame.name}"
        if isinstance(current, BaseExceptionGroup):
            queue += current.exceptions
        behind = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if behind is not None:
            queue.append(behind)


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_PACKAGE)) if path.is_relative_to(_PACKAGE) else "/".join(path.parts[-3:])
