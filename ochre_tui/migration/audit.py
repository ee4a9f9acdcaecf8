"""The audit log: who did what to a migration, and when; each line is chained to the one before it.

A changed, moved or missing line breaks the chain. The store keeps the number and hash of the last line, so that lines
can't be cut off the end either. Whoever may write both files can still make up another history: a copy elsewhere is
what guards against that. Bodies and tokens never stand here.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ochre_tui import __version__
from ochre_tui.core.files import needing_room, refuse_foreign
from ochre_tui.core.paths import MigrationPaths, make_private
from ochre_tui.core.process import actor
from ochre_tui.core.secret import redacted
from ochre_tui.core.text import clean
from ochre_tui.migration.plan.model import SCOPES, Plan, toml_key
from ochre_tui.store.store import Store

_FIRST = "0" * 64
_LAST = "audit"
_LONGEST = 300
_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that can be read: its number, unix seconds, who, what, and the facts that belong to it."""

    number: int
    at: int
    who: str
    what: str
    facts: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the log is whole: how many lines it has, the first thing that is wrong, and half lines a crash left."""

    entries: int
    problem: str | None
    torn: int


def note(paths: MigrationPaths, what: str, **facts: Any) -> str:
    """Add a line, durably; its hash."""
    make_private(paths.logs)
    refuse_foreign(paths.audit)
    with needing_room(paths.logs), _locked(paths.audit) as descriptor:
        last, torn = _end(paths.audit)
        entry = {
            "number": last.number + 1 if last else 1,
            "at": int(time.time()),
            "who": actor(),
            "what": what,
            "facts": _safe(facts),
            "version": __version__,
            "before": last.hash if last else _FIRST,
        }
        if torn:
            entry["torn"] = torn
        entry["hash"] = _hash(entry)
        line = json.dumps(entry, ensure_ascii=True) + "\n"
        _write(descriptor, (line if _ends_whole(paths.audit) else "\n" + line).encode("ascii"))
        if paths.exists():
            with Store(paths.state_db) as store:
                store.set(_LAST, {"number": entry["number"], "hash": entry["hash"]})
    return str(entry["hash"])


def entries(paths: MigrationPaths) -> list[Entry]:
    """Every line that can be read, oldest first."""
    return [_entry(raw) for raw in map(_parsed, _lines(paths.audit)) if raw is not None]


def verify(paths: MigrationPaths) -> Verdict:
    """Follow the chain from its beginning to its end."""
    before, number, torn, half = _FIRST, 0, 0, b""
    hashes = {0: _FIRST}
    for line in _lines(paths.audit):
        raw = _parsed(line)
        if raw is None:
            half += line
            continue
        if raw["number"] != number + 1 or raw["before"] != before:
            return Verdict(number, f"line {number + 1} does not follow line {number}", torn)
        if raw["hash"] != _hash(raw):
            return Verdict(number, f"line {number + 1} was changed", torn)
        if raw.get("torn", 0) != len(half):
            return Verdict(number, f"what stands before line {number + 1} is not what a crash left there", torn)
        torn += bool(half)
        half = b""
        number, before = number + 1, str(raw["hash"])
        hashes[number] = before
    with Store(paths.state_db) as store:
        last = store.get(_LAST)
    if last is not None and last["number"] > number:
        return Verdict(number, f"the log ends with line {number}, but line {last['number']} was written", torn)
    if last is not None and hashes[last["number"]] != last["hash"]:
        return Verdict(number, f"line {last['number']} is not the one that was written", torn)
    return Verdict(number, None, torn + bool(half))


def note_plan(paths: MigrationPaths, before: Plan, after: Plan) -> None:
    """Add a line with each key of the plan that changes, its old and its new value; none where nothing does."""
    if changed := _difference(before, after):
        note(paths, "plan", changed=changed)


def _difference(before: Plan, after: Plan) -> dict[str, dict[str, Any]]:
    old, new = dict(_entries(before)), dict(_entries(after))
    keys = [*old, *(key for key in new if key not in old)]
    return {
        toml_key(key): {"old": _dumped(old.get(key)), "new": _dumped(new.get(key))}
        for key in keys
        if old.get(key) != new.get(key)
    }


def _entries(plan: Plan) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What is decided one by one: each choice of the import, each admin, each attribute."""
    for name in type(plan.import_).model_fields:
        yield ("import", name), getattr(plan.import_, name)
    for admin, decided in plan.admins.items():
        yield ("admins", admin), decided
    for scope in SCOPES:
        for name, entry in plan.fields.of(scope).items():
            yield ("fields", scope, name), entry


def _dumped(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True) if isinstance(value, BaseModel) else value


def _safe(value: Any) -> Any:
    """Facts as they may stand in a log: cleaned, short, without secrets."""
    if isinstance(value, str):
        return clean(redacted(value))[:_LONGEST]
    if isinstance(value, Mapping):
        return {_safe(str(key)): _safe(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(inner) for inner in value]
    return value


def _hash(entry: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()


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
        raw = _parsed(line)
        if raw is not None:
            return _entry(raw), torn
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
            if length >= size or any(map(_parsed, whole.split(b"\n"))):
                return whole
            length *= 8


def _ends_whole(path: Path) -> bool:
    return _tail(path)[-1:] in (b"", b"\n")


def _lines(path: Path) -> list[bytes]:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return [line for line in file.read().split(b"\n") if line]
    except FileNotFoundError:
        return []


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        raw = json.loads(line)
        _entry(raw)
    except (ValueError, KeyError, TypeError):
        return None
    return dict(raw)


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(
        int(raw["number"]), int(raw["at"]), str(raw["who"]), str(raw["what"]), dict(raw["facts"]), str(raw["hash"])
    )
