"""What a ticket's form holds: title, description, type, state, and the files among attributes."""

from __future__ import annotations

from html import escape
from typing import Any

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation, FileUpload, scrub
from ochre_tui.migration.convert.bodies import name_in, path_of, read_body
from ochre_tui.migration.convert.fields import is_nothing
from ochre_tui.migration.convert.plain_text import has_markup

TITLE = "_default_title_"
DESCRIPTION = "_default_description_"
TYPE = "Ticket type"
STATE = "Ticket state"
_INTERCOM = FileHosts()


def attributes_of(source: Conversation) -> dict[str, Any]:
    """The conversation's attributes, those of its ticket filling gaps; its type and state are two of them.

    Of files their names alone: links to them expire. The ticket's title and description are no attributes.
    """
    attributes = {name: raw for name, raw in _raw_attributes(source).items() if name not in {TITLE, DESCRIPTION}}
    for name, raw in attributes.items():
        if files := uploads_in(raw):
            attributes[name] = ", ".join(file_name(file) for file in files)
    if ticket := source.ticket:
        for name, label in ((TYPE, ticket.ticket_type), (STATE, ticket.state_label)):
            if label and is_nothing(attributes.get(name)):
                attributes[name] = label
    return attributes


def title(source: Conversation) -> str | None:
    """The title that the ticket's form was given."""
    return _text(_raw_attributes(source).get(TITLE))


def described(source: Conversation, body: str | None) -> str | None:
    """The ticket's description as HTML, where `body`, the source's, says nothing."""
    text = _text(_raw_attributes(source).get(DESCRIPTION))
    if text is None or (body and read_body(body, None).text):
        return None
    if has_markup(text):
        return text
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.splitlines() if line.strip())


def attribute_files(source: Conversation) -> list[FileUpload]:
    """The files among the values of the conversation's and the ticket's attributes."""
    return [file for raw in _raw_attributes(source).values() for file in uploads_in(raw)]


def uploads_in(raw: Any) -> list[FileUpload]:
    """The files that an attribute's value is; none where any part of it is something else."""
    values = raw if isinstance(raw, list) else [raw]
    files = [file for value in values if (file := _upload(value)) is not None]
    return files if len(files) == len(values) else []


def file_name(file: FileUpload) -> str:
    """What a file is called: by Intercom, else by its address."""
    return file.name or name_in(path_of(file.url or "")) or "file"


def _raw_attributes(source: Conversation) -> dict[str, Any]:
    ticket = source.ticket
    if ticket is None or not ticket.custom_attributes:
        return source.custom_attributes
    attributes = dict(source.custom_attributes)
    for name, raw in ticket.custom_attributes.items():
        if is_nothing(attributes.get(name)):
            attributes[name] = raw.get("value") if isinstance(raw, dict) and "value" in raw else raw
    return attributes


def _text(raw: Any) -> str | None:
    return scrub(raw) if isinstance(raw, str) and raw.strip() else None


def _upload(value: Any) -> FileUpload | None:
    if isinstance(value, str):
        return FileUpload(url=value) if "://" in value[:8] and _INTERCOM.allows(value) else None
    if not isinstance(value, dict):
        return None
    file = FileUpload.model_validate(value)
    said = value.get("type") == "upload" or file.content_type is not None or file.filesize is not None
    return file if file.url and (said or _INTERCOM.allows(file.url)) else None
