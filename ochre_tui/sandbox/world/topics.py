"""What the customers of Harbourlight, an invoicing and logistics suite, write about, and what support answers."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class Topic:
    title: str
    openings: tuple[str, ...]
    answers: tuple[str, ...]
    replies: tuple[str, ...]
    notes: tuple[str, ...]


_PROSE: Final = tomllib.loads(files(__package__).joinpath("topics.toml").read_text("utf-8"))

TOPICS: Final = tuple(
    Topic(row["title"], *(tuple(row[kind]) for kind in ("openings", "answers", "replies", "notes")))
    for row in _PROSE["topics"]
)
GREETINGS: Final[tuple[str, ...]] = tuple(_PROSE["greetings"])
THANKS: Final[tuple[str, ...]] = tuple(_PROSE["thanks"])
FILLERS: Final[tuple[str, ...]] = tuple(_PROSE["fillers"])
CLOSINGS: Final[tuple[str, ...]] = tuple(_PROSE["closings"])
JOBS: Final[tuple[str, ...]] = tuple(_PROSE["jobs"])
REMARKS: Final[tuple[str, ...]] = tuple(_PROSE["remarks"])
