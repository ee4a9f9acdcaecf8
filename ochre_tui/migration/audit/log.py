"""What the audit log holds: who did what to a migration, and when; each line is chained to the one before it.

A changed, moved or missing line breaks the chain. The store keeps the number and hash of the last line, so that lines
can't be cut off the end either. Whoever may write both files can still make up another history: a copy elsewhere is
what guards against that. Bodies and tokens never stand here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.store.store import Store

FIRST = "0" * 64
"""What stands for the hash of the line before the first."""
LAST = "audit"
"""The store's key of the last line's number and hash."""


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


def entries(paths: MigrationPaths) -> list[Entry]:
    """Every line that can be read, oldest first."""
    return [as_entry(raw) for raw in map(parsed, _lines(paths.audit)) if raw is not None]


def verify(paths: MigrationPaths) -> Verdict:
    """Follow the chain from its beginning to its end."""
    before, number, torn, half = FIRST, 0, 0, b""
    hashes = {0: FIRST}
    for line in _lines(paths.audit):
        raw = parsed(line)
        if raw is None:
            half += line
            continue
        if raw["number"] != number + 1 or raw["before"] != before:
            return Verdict(number, f"line {number + 1} does not follow line {number}", torn)
        if raw["hash"] != chained_hash(raw):
            return Verdict(number, f"line {number + 1} was changed", torn)
        if raw.get("torn", 0) != len(half):
            return Verdict(number, f"what stands before line {number + 1} is not what a crash left there", torn)
        torn += bool(half)
        half = b""
        number, before = number + 1, str(raw["hash"])
        hashes[number] = before
    with Store(paths.state_db) as store:
        last = store.get(LAST)
    if last is not None and last["number"] > number:
        return Verdict(number, f"the log ends with line {number}, but line {last['number']} was written", torn)
    if last is not None and hashes[last["number"]] != last["hash"]:
        return Verdict(number, f"line {last['number']} is not the one that was written", torn)
    return Verdict(number, None, torn + bool(half))


def chained_hash(entry: Mapping[str, Any]) -> str:
    """The hash of a line, over all else that it says."""
    rest = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()


def _lines(path: Path) -> list[bytes]:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return [line for line in file.read().split(b"\n") if line]
    except FileNotFoundError:
        return []


def parsed(line: bytes) -> dict[str, Any] | None:
    """What a line says; None where it can't be read."""
    try:
        raw = json.loads(line)
        as_entry(raw)
    except (ValueError, KeyError, TypeError):
        return None
    return dict(raw)


def as_entry(raw: Mapping[str, Any]) -> Entry:
    """The entry of a line; KeyError, TypeError or ValueError where it is none."""
    return Entry(
        int(raw["number"]), int(raw["at"]), str(raw["who"]), str(raw["what"]), dict(raw["facts"]), str(raw["hash"])
    )
