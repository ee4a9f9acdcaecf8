"""Intercom links as people paste them: which conversation, message or contact they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from ochre_tui.core.intercom_paths import contact_in, conversation_in
from ochre_tui.intercom.hosts import APP_HOSTS, split_url

_CONVERSATION_ID = re.compile(r"[0-9]{1,20}")
_CONTACT_ID = re.compile(r"[0-9a-fA-F]{24}")
_WORKSPACE = re.compile(r"/a/(?:inbox|apps)/([A-Za-z0-9_]+)(?=/)")
_NO_WORKSPACE = frozenset({"inbox", "conversation", "conversations", "all", "_"})
_PART = re.compile(r"(?:^|&)part_id=([^&]*)")
_NUMBERS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class ConversationLink:
    conversation_id: str
    part_id: str | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class ContactLink:
    contact_id: str


def recognise(text: str) -> ConversationLink | ContactLink | None:
    """What a link, a path of one or a bare id means; None for articles, other hosts and everything else."""
    text = text.strip()
    if _CONVERSATION_ID.fullmatch(text):
        return ConversationLink(text)
    if _CONTACT_ID.fullmatch(text):
        return ContactLink(text.lower())
    located = _path_and_fragment(text)
    if located is None:
        return None
    path, fragment = located
    conversation_id = conversation_in(path)
    if conversation_id is not None:
        return ConversationLink(conversation_id, _part_id(fragment, conversation_id), _workspace(path))
    contact_id = contact_in(path)
    return ContactLink(contact_id) if contact_id else None


def _path_and_fragment(text: str) -> tuple[str, str] | None:
    if any(text.lower().startswith(f"{host}/") for host in APP_HOSTS):
        text = "https://" + text
    if text.startswith("/") and not text.startswith("//"):
        text = "https://app.intercom.com" + text
    parts = split_url(text)
    if parts is None or parts.hostname not in APP_HOSTS or parts.port not in (None, 443, 80):
        return None
    return unquote(parts.path), unquote(parts.fragment)


def _part_id(fragment: str, conversation_id: str) -> str | None:
    """`comment-CONVERSATION-PART`, whatever the word in front; a fragment about another conversation names no part."""
    part = _PART.search(fragment)
    numbers = _NUMBERS.findall(part[1]) if part else []
    if len(numbers) < 2 or numbers[-2] != conversation_id:
        return None
    return str(numbers[-1])


def _workspace(path: str) -> str | None:
    match = _WORKSPACE.search(path)
    return match[1] if match and match[1] not in _NO_WORKSPACE else None
