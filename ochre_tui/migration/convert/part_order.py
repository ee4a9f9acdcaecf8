"""The messages of a conversation in their order, before they are converted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ochre_tui.intercom.models import Author, Conversation, FileUpload, MailAddress, MailMetadata, Part
from ochre_tui.migration.convert.ticket import attribute_files, described
from ochre_tui.migration.convert.times import read_time

SOURCE = "source"


class Entry(NamedTuple):
    """A message to be: the source (`part` is None) or a part; `key` and `occurrence` identify it for good.

    `at` is its time in seconds; `raw_at` what Intercom sent for it, for parts only. `raw_body` is Intercom's body where
    `body` is another one: a ticket's description.
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
    raw_body: str | None
    uploads: Sequence[FileUpload]
    redacted: bool
    part: Part | None
    mail: MailMetadata | None = None
    recipients: Sequence[MailAddress] = ()


def sequence(conversation: Conversation) -> list[Entry]:
    """The source, then every part by time and numeric id; parts without a readable time come before the others."""
    first = first_entry(conversation)
    entries = [first] if first else []
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
                part.body,
                part.attachments,
                part.redacted,
                part,
                part.mail,
            )
        )
    return entries


def first_entry(conversation: Conversation) -> Entry | None:
    """The source, with what a ticket's form has in its place; None where there is neither."""
    source = conversation.source
    body = raw_body = source.body if source else None
    if description := described(conversation, raw_body):
        body = description
    files = attribute_files(conversation)
    if source is None and body is None and not files:
        return None
    author = source.author if source else next((_participant(ref.id) for ref in conversation.contacts if ref.id), None)
    return Entry(
        position=0,
        key=f"source {(source.id if source else None) or ''}",
        occurrence=0,
        source_id=source.id if source else None,
        source_type=SOURCE,
        at=read_time(conversation.created_at),
        raw_at=None,
        author=author,
        body=body,
        raw_body=raw_body,
        uploads=[*(source.attachments if source else ()), *files],
        redacted=source.redacted if source else False,
        part=None,
        mail=source.mail if source else None,
        recipients=source.recipients if source else (),
    )


def _participant(contact_id: str) -> Author:
    return Author(type="contact", id=contact_id)


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
