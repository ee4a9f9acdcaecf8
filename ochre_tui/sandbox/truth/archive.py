"""An export to compare: the ZIP, or a folder with the same content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

Json = dict[str, Any]

FILES: Final = (
    "team.jsonl",
    "customers.jsonl",
    "companies.jsonl",
    "custom_fields.jsonl",
    "tags.jsonl",
    "saved_replies.jsonl",
    "conversations.jsonl",
    "messages.jsonl",
    "attachments.jsonl",
    "aliases.jsonl",
)


@dataclass(frozen=True, slots=True)
class Export:
    """Names of all members, and how to read one."""

    names: frozenset[str]
    source: ZipFile | Path

    def read(self, name: str) -> bytes:
        return self.source.read(name) if isinstance(self.source, ZipFile) else (self.source / name).read_bytes()

    def lines(self, name: str) -> list[Json]:
        """The records of a file; an empty list if it is not there."""
        if name not in self.names:
            return []
        return [json.loads(line) for line in self.read(name).split(b"\n") if line]

    def stored(self) -> set[str]:
        """The hashes of the stored files, as their names say."""
        return {name.rsplit("/", 1)[1] for name in self.names if name.startswith("attachments/")}

    def true_hash(self, sha256: str) -> str:
        return hashlib.sha256(self.read(f"attachments/{sha256[:2]}/{sha256}")).hexdigest()


@contextmanager
def opened(place: Path) -> Iterator[Export]:
    if place.is_dir():
        found = (str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
        yield Export(frozenset(found), place)
    else:
        with ZipFile(place) as archive:
            yield Export(frozenset(archive.namelist()), archive)
