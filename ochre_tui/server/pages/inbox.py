"""The inbox: conversations, the newest first, by status, channel, assignee, tag and words."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.ochre.embedded import listings
from ochre_tui.ochre.embedded.listings import Filter, names
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Conversation, Status
from ochre_tui.server.pages.responses import (
    PER_PAGE,
    NotUnderstoodError,
    before_mark,
    link,
    next_url,
    respond,
    search_words,
)

_ALL = "all"
_TABS = ("open", "snoozed", "closed", _ALL)
_MOST_CHOICES = 500


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    channels: Sequence[str]
    assignees: Mapping[str, str]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of conversations; `cut` says that not all with these words were looked at."""

    status: str
    asked: Filter
    conversations: Sequence[Conversation]
    names: Mapping[str, str]
    cut: bool
    next: str | None
    tabs: Sequence[Tab]
    choices: Choices


def inbox(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """A page of the inbox. Open conversations, or all where words are searched for, unless a status is named."""
    query = request.query_params
    words = search_words(request)
    status = query.get("status") or (_ALL if words else "open")
    if status not in {*get_args(Status), _ALL}:
        raise NotUnderstoodError("There is no such status.")
    chosen = Filter(
        None if status == _ALL else status,
        query.get("channel") or None,
        query.get("assignee") or None,
        query.get("tag") or None,
        words,
    )
    path = request.url.path
    with workspace.snapshot() as conn:
        page = listings.inbox(conn, chosen, before_mark(request), PER_PAGE)
        facts = Inbox(
            status,
            chosen,
            page.conversations,
            names(conn, (id_ for row in page.conversations for id_ in (*row.customer_ids, row.assignee_id))),
            page.cut,
            next_url(path, page.following, **_query(chosen, status)),
            [Tab(name, link(path, **_query(chosen, name)), name == status) for name in _TABS],
            _choices(conn),
        )
    return respond(request, "inbox", facts, workspace=workspace.name)


def _choices(conn: sqlite3.Connection) -> Choices:
    return Choices(
        listings.channels(conn), listings.assignees(conn, _MOST_CHOICES), listings.tag_names(conn, _MOST_CHOICES)
    )


def _query(chosen: Filter, status: str) -> dict[str, str | None]:
    return {
        "status": status,
        "channel": chosen.channel,
        "assignee": chosen.assignee,
        "tag": chosen.tag,
        "q": chosen.words,
    }
