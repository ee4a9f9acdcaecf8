"""Adding to the audit log, durably; `Session.audit` does that, and nothing else."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ochre_tui import __version__
from ochre_tui.core.files import needing_room, refuse_foreign
from ochre_tui.core.paths import MigrationPaths, make_private
from ochre_tui.core.secret import redacted
from ochre_tui.core.text import clean
from ochre_tui.migration.audit.log import FIRST, LAST, Entry, as_entry, chained_hash, parsed
from ochre_tui.store.store import Store

_LONGEST = 300
_TAIL = 64 * 1024


def append(paths: MigrationPaths, what: str, facts: Mapping[str, Any], *, at: int, who: str) -> str:
    """Add a line, durably; its hash."""
    make_private(paths.logs)
    refuse_foreign(paths.audit)
    with needing_room(paths.logs), _locked(paths.audit) as descriptor:
        last, torn = _end(paths.audit)
        entry = {
            "number": last.number + 1 if last else 1,
            "at": at,
            "who": who,
            "what": what,
            "facts": _safe(facts),
            "version": __version__,
            "before": last.hash if last else FIRST,
        }
        if torn:
            entry["torn"] = torn
        entry["hash"] = chained_hash(entry)
        line = json.dumps(entry, ensure_ascii=True) + "\n"
        _write(descriptor, (line if _ends_whole(paths.audit) else "\n" + line).encode("ascii"))
        if paths.exists():
            with Store(paths.state_db) as store:
                store.set(LAST, {"number": entry["number"], "hash": entry["hash"]})
    return str(entry["hash"])


def _safe(value: Any) -> Any:
    """Facts as they may stand in a log: cleaned, short, without secrets."""
    if isinstance(value, str):
        return clean(redacted(value))[:_LONGEST]
    if isinstance(value, Mapping):
        return {_safe(str(key)): _safe(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(inner) for inner in value]
    return value


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, opened to add to it, while nobody else adds."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.fchmod(descriptor, 0o600)
        yield descriptor
    finally:
        os.close(descriptor)


def _write(descriptor: int, line: bytes) -> None:
    """All of it in one write where the system does that; what a crash leaves is a line that can't be read."""
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _end(path: Path) -> tuple[Entry | None, int]:
    """The last whole line, and how many bytes of a half one stand after it."""
    torn = 0
    for line in reversed(_tail(path).split(b"\n")):
        raw = parsed(line)
        if raw is not None:
            return as_entry(raw), torn
        torn += len(line)
    return None, torn


def _tail(path: Path) -> bytes:
    """The end of the file, long enough to hold a whole line; all of it where none is whole."""
    size = path.stat().st_size
    length = _TAIL
    with path.open("rb") as file:
        while True:
            file.seek(max(0, size - length))
            tail = file.read()
            whole = tail.partition(b"\n")[2] if length < size else tail
            if length >= size or any(map(parsed, whole.split(b"\n"))):
                return whole
            length *= 8


def _ends_whole(path: Path) -> bool:
    return _tail(path)[-1:] in (b"", b"\n")
