"""Pages of a list: where the one that is asked for begins, and the address of the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from starlette.requests import Request

from ochre_tui.ochre.embedded.listings import Mark
from ochre_tui.server.pages.responses import NotUnderstoodError, link

PER_PAGE = 50


class _Named(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Named)
_MARK = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})")


def asked(request: Request) -> Mark | None:
    """Where the page begins; None for the first one."""
    text = request.query_params.get("before", "")
    if not text:
        return None
    found = _MARK.fullmatch(text)
    if not found:
        raise NotUnderstoodError("There is no such page of this list.")
    return Mark(int(found[1]), int(found[2]))


def following(path: str, mark: Mark | None, **query: str | None) -> str | None:
    """The address of the page after this one; None if there is none."""
    return None if mark is None else link(path, **query, before=f"{mark.newest}.{mark.n}")


def asked_after(request: Request) -> str | None:
    """The id of the record that the page begins after; None for the first one."""
    return request.query_params.get("after") or None


def page_of(path: str, records: Sequence[R], **query: str | None) -> tuple[Sequence[R], str | None]:
    """A page of the records that were asked for, one more than it takes, and the address of the next page if any."""
    if len(records) <= PER_PAGE:
        return records, None
    page = records[:PER_PAGE]
    return page, link(path, **query, after=page[-1].id)
