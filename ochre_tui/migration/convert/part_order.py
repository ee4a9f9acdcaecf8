"""The messages of a conversation in their order, before they are converted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ochre_tui.intercom.models import Author, Conversation, FileUpload, Part
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
    seen: dict[str, int] = {}
    for at, part in _by_time(conversation.parts):
        key = part.id or ""
        occurrence = seen.get(key, 0)
        seen[key] = occurrence + 1
        entries.append(
            # By position, as these are made by the million: the names cost as much again.
            Entry(
                len(entries),
                key,
                occurrence,
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
    return entries


def _by_time(parts: Sequence[Part]) -> list[tuple[int | None, Part]]:
    """The parts in their order, each with its time."""
    timed = [(read_time(part.created_at), part) for part in parts]
    moments = [at or 0 for at, _ in timed]
    if moments == sorted(set(moments)):
        return timed  # one after the other, as most are: the ids decide nothing
    return sorted(timed, key=lambda pair: (pair[0] or 0, by_number(pair[1].id)))


def by_number(intercom_id: str | None) -> tuple[int, int, str]:
    """A sort key: numeric ids by their number, then all others as text."""
    text = intercom_id or ""
    if text.isascii() and text.isdigit() and len(text) <= 40:
        return (0, int(text), text)
    return (1, 0, text)
