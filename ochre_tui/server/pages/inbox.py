"""The inbox: conversations, the newest first, by status, channel, assignee, tag and words."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.ochre.embedded import listings as lists
from ochre_tui.ochre.embedded.listings import Filter, names
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Conversation, Status
from ochre_tui.server.pages import paging
from ochre_tui.server.pages.responses import NotUnderstoodError, answer, link

_ALL = "all"
_TABS = ("open", "snoozed", "closed", _ALL)
_MOST_WORDS = 200
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
    words = query.get("q", "").strip()[:_MOST_WORDS] or None
    status = query.get("status") or (_ALL if words else "open")
    if status not in {*get_args(Status), _ALL}:
        raise NotUnderstoodError("There is no such status.")
    asked = Filter(
        None if status == _ALL else status,
        query.get("channel") or None,
        query.get("assignee") or None,
        query.get("tag") or None,
        words,
    )
    path = request.url.path
    with workspace.snapshot() as conn:
        found = lists.inbox(conn, asked, paging.asked(request), paging.PER_PAGE)
        facts = Inbox(
            status,
            asked,
            found.conversations,
            names(
                conn,
                (one for found_one in found.conversations for one in (*found_one.customer_ids, found_one.assignee_id)),
            ),
            found.cut,
            paging.following(path, found.following, **_query(asked, status)),
            [Tab(name, link(path, **_query(asked, name)), name == status) for name in _TABS],
            _choices(conn),
        )
    return answer(request, "inbox", facts, workspace=workspace.name)


def _choices(conn: sqlite3.Connection) -> Choices:
    return Choices(lists.channels(conn), lists.assignees(conn, _MOST_CHOICES), lists.tag_names(conn, _MOST_CHOICES))


def _query(asked: Filter, status: str) -> dict[str, str | None]:
    return {
        "status": status,
        "channel": asked.channel,
        "assignee": asked.assignee,
        "tag": asked.tag,
        "q": asked.words,
    }
