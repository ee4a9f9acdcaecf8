"""Files of a message: what to fetch, and the records of what became of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation, FileUpload
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.bodies import BodyFile, name_in, path_of, read_body, with_scheme
from ochre_tui.migration.convert.context import Lookups, StoredFile
from ochre_tui.migration.convert.part_order import first_entry
from ochre_tui.ochre.records import Attachment

_LONGEST_NAME = 255
_LONGEST_SUFFIX = 32
_SEPARATORS_AND_BIDI = frozenset("/\\\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LEFT_OUT_REASON = "left out by the plan"
_LEFT_OUT = StoredFile("missing", reason=LEFT_OUT_REASON)
_NOT_FETCHED = StoredFile("missing", reason="not fetched")
_ELSEWHERE = StoredFile("missing", reason="not on one of Intercom's file hosts")
_NO_ADDRESS = StoredFile("missing", reason="Intercom gave no address for it")


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file to fetch; `path` is its key in `Lookups.files`, `data` the bytes of a `data:` image (no fetch then)."""

    url: str
    path: str
    name: str
    declared_type: str | None
    declared_size: int | None
    inline: bool
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A file in a message, once for each path."""

    path: str
    url: str
    source_name: str | None
    content_type: str | None
    size: int | None
    inline: bool
    data: bytes | None = None
    fetchable: bool = True


def occurrences(uploads: Iterable[FileUpload], body_files: Iterable[BodyFile], hosts: FileHosts) -> list[Occurrence]:
    """The files of one message: its attachments first, then those of its body in document order."""
    found: dict[str, Occurrence] = {}
    for number, upload in enumerate(uploads):
        url = with_scheme(upload.url or "")
        path = path_of(url) if url else f"none:{number}"
        name = upload.name or (name_in(path) if url else None)
        found.setdefault(
            path,
            Occurrence(
                path,
                url,
                name,
                upload.content_type,
                _size(upload),
                inline=False,
                fetchable=bool(url and hosts.allows(url)),
            ),
        )
    for file in body_files:
        declared = found.get(file.path)
        if declared is None:
            size = len(file.data) if file.data is not None else None
            found[file.path] = Occurrence(
                file.path, file.url, file.name, file.content_type, size, file.inline, file.data
            )
        elif file.inline and not declared.inline:
            found[file.path] = replace(declared, inline=True)
    return list(found.values())


def files_of(
    conversation: Conversation, hosts: FileHosts, *, attachments: bool = True, inline_images: bool = True
) -> list[FileRef]:
    """The files to fetch for a conversation, each path once, the source's first, then part by part as they came.

    `attachments` and `inline_images` are the plan's.
    """
    if not attachments:
        return []
    messages: list[tuple[Sequence[FileUpload], tuple[str | None, ...]]] = []
    if first := first_entry(conversation):
        messages.append((first.uploads, (first.body, first.mail.history if first.mail else None)))
    messages += [(part.attachments, (part.body,)) for part in conversation.parts]
    found: dict[str, FileRef] = {}
    for uploads, bodies in messages:
        files = [file for raw in bodies if raw and _may_have_files(raw) for file in read_body(raw, hosts).files]
        if not uploads and not files:
            continue
        for file in occurrences(uploads, files, hosts):
            if file.fetchable and (inline_images or not file.inline):
                found.setdefault(
                    file.path,
                    FileRef(
                        file.url,
                        file.path,
                        safe_name(file.source_name),
                        file.content_type,
                        file.size,
                        file.inline,
                        file.data,
                    ),
                )
    return list(found.values())


def attachment(file: Occurrence, conversation_id: str, message_id: str, lookups: Lookups) -> Attachment:
    """The record of a file in a message: the bytes that were stored, or why there are none."""
    outcome = _outcome(file, lookups)
    stored = outcome.state == "stored"
    return Attachment(
        id=ids.attachment_id(message_id, file.path),
        conversation_id=conversation_id,
        message_id=message_id,
        name=safe_name(file.source_name),
        source_name=file.source_name,
        content_type=file.content_type or outcome.content_type,
        size=outcome.size if stored else file.size,
        sha256=outcome.sha256 if stored else None,
        inline=file.inline,
        state=outcome.state,
        reason=None if stored else outcome.reason,
    )


def safe_name(name: str | None) -> str:
    """`name` as the name of a file in one folder: no separators or control characters, at most 255 bytes."""
    kept = "".join("_" if _is_unsafe(c) else c for c in name or "").strip()
    if not kept.strip("."):
        return "file"
    if len(kept.encode()) <= _LONGEST_NAME:
        return kept
    stem, dot, suffix = kept.rpartition(".")
    tail = dot + suffix if stem and len(suffix.encode()) <= _LONGEST_SUFFIX else ""
    head = kept.removesuffix(tail) if tail else kept
    return head.encode()[: _LONGEST_NAME - len(tail.encode())].decode(errors="ignore") + tail


def _outcome(file: Occurrence, lookups: Lookups) -> StoredFile:
    if not lookups.attachments or (file.inline and not lookups.inline_images):
        known = lookups.files.get(file.path)
        return known if known is not None and known.state == "stored" else _LEFT_OUT  # what is stored stays
    if not file.fetchable:
        return _ELSEWHERE if file.url else _NO_ADDRESS
    return lookups.files.get(file.path, _NOT_FETCHED)


def _is_unsafe(c: str) -> bool:
    return c in _SEPARATORS_AND_BIDI or unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}


def _may_have_files(raw: str) -> bool:
    """A quick look whether a body can show or link to a file at all."""
    return "<" in raw and (":" in raw or "&" in raw or "//" in raw)


def _size(upload: FileUpload) -> int | None:
    return upload.filesize if upload.filesize is not None and upload.filesize >= 0 else None
