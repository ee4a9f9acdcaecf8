"""Paths of Intercom's own pages: which conversation or contact one leads to."""

from __future__ import annotations

import re

_CONVERSATION = re.compile(r"/conversations?/([0-9]{1,20})(?=/|$)")
_INBOX_TAIL = re.compile(r"/inbox(?:/[^/]+)*?(?<!/admin)(?<!/team)(?<!/view)/([0-9]{1,20})/?$")
_CONTACT = re.compile(r"/users/([0-9a-fA-F]{24})(?=/|$)")
_NOT_INBOX = re.compile(r"/(?:articles|companies|segments|outbound|settings|reports)(?:/|$)")


def conversation_in(path: str) -> str | None:
    """The Intercom id of the conversation that a path, without its escapes, leads to."""
    named = _CONVERSATION.findall(path)
    if named:
        return str(named[-1])
    if _NOT_INBOX.search(path):
        return None
    tail = _INBOX_TAIL.search(path)
    return tail[1] if tail else None


def contact_in(path: str) -> str | None:
    """The Intercom id of the contact that a path leads to."""
    match = _CONTACT.search(path)
    return match[1].lower() if match else None
