"""The messages of a conversation in their order, before they are converted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from ochre_tui.intercom.models import Author, Conversation, FileUpload, Part
from ochre_tui.migration.convert.order import by_number
from ochre_tui.migration.convert.times import read_time

SOURCE = "source"


class Entry(NamedTuple):
    """A message to be: the source (`part` is None) or a part; `key` and `occurrence` identify it for good.

    `at` is its time in seconds; `raw_at` what Intercom sent for it, for parts only.
    """

    position: int
    key: str
    occurrence: int
    source_id: str | None
    source_type: str
    at: int | None
    raw_at: Any
    author: Author | None
    body: str | None
    uploads: Sequence[FileUpload]
    redacted: bool
    part: Part | None


def sequence(conversation: Conversation) -> list[Entry]:
    """The source, then every part by time and numeric id; parts without a readable time come before the others."""
    entries: list[Entry] = []
    if source := conversation.source:
        entries.append(
            Entry(
                position=0,
                key=f"source {source.id or ''}",
                occurrence=0,
                source_id=source.id,
                source_type=SOURCE,
                at=read_time(conversation.created_at),
                raw_at=None,
                author=source.author,
                body=source.body,
                uploads=source.attachments,
                redacted=source.redacted,
                part=None,
            )
        )
    seen: Counter[str] = Counter()
    timed = [(read_time(part.created_at), part) for part in conversation.parts]
    for at, part in sorted(timed, key=lambda pair: (pair[0] or 0, by_number(pair[1].id))):
        key = part.id or ""
        entries.append(
            # By position, as these are made by the million: the names cost as much again.
            Entry(
                len(entries),
                key,
                seen[key],
                part.id,
                part.part_type or "unknown",
                at,
                part.created_at,
                part.author,
                part.body,
                part.attachments,
                part.redacted,
                part,
            )
        )
        seen[key] += 1
    return entries
