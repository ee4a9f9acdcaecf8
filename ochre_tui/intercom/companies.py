"""Listing companies: by the scroll, of which a workspace has only one at a time, else by pages."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import ListingIncomplete, NotFound, RecordUnavailable, RequestRefused
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.listing import Page, rows_of, whole

LIST_PER_PAGE = 60
LOCK_WAIT_S = 10.0
_LOCK_WAITS = 24
_PASSES = 4
_FAILURES = 3
_REPEATS = 3


class _UnusableError(Exception):
    """The scroll can't be opened, or goes in circles."""


@dataclass(slots=True)
class _Pass:
    """One scroll from its beginning. `missed`: an answer was lost; `cut`: it ended with 404, lost or complete."""

    shown: set[str] = field(default_factory=set)
    missed: bool = False
    cut: bool = False


async def scroll(client: Intercom) -> AsyncGenerator[Page, None]:
    """All companies. Take the pages quickly: a scroll that rests for a minute is lost and begins anew.

    Rows may come twice. ListingIncomplete at the end if the scroll can't be used and the list is too long for pages.
    """
    seen: set[str] = set()
    before = _Pass()
    for _ in range(_PASSES):
        this = _Pass()
        try:
            async for page in _scrolled(client, this):
                seen |= this.shown
                yield page
        except _UnusableError:
            break
        if not this.missed and (not this.cut or (before.cut and not before.missed and before.shown == this.shown)):
            return
        before = this
    async for page in _by_pages(client, seen):
        yield page


async def _scrolled(client: Intercom, this: _Pass) -> AsyncGenerator[Page, None]:
    """One scroll. Intercom moves on with every request, so what an answer that got lost has shown is missed."""
    body: Json | None = await _opened(client)
    failures = repeats = 0
    parameter: object = None
    while True:
        if body is not None:
            rows = rows_of(body, "data")
            if not rows:
                return
            ids = {str(row.get("id")) for row in rows}
            repeats = repeats + 1 if ids <= this.shown else 0
            if repeats >= _REPEATS:
                raise _UnusableError
            this.shown |= ids
            failures = 0
            yield Page(rows)
            parameter = body.get("scroll_param")
            if not parameter:
                return
        try:
            body = await client.get("/companies/scroll", {"scroll_param": parameter}, attempts=1)
        except RecordUnavailable:
            body, this.missed = None, True
            failures += 1
            if failures >= _FAILURES:
                return
        except (NotFound, RequestRefused):
            this.cut = True
            return


async def _opened(client: Intercom) -> Json:
    """The first page; waits while another scroll, perhaps a lost one of ours, holds the lock."""
    for _ in range(_LOCK_WAITS):
        try:
            return await client.get("/companies/scroll", attempts=1)
        except RecordUnavailable:
            await client.clock.sleep(client.clock.back_off(1))
        except NotFound:
            return {}
        except RequestRefused as error:
            if error.code != "scroll_exists" and "scroll already exists" not in error.message.lower():
                raise _UnusableError from None
            await client.clock.sleep(LOCK_WAIT_S)
    raise _UnusableError


async def _by_pages(client: Intercom, seen: set[str]) -> AsyncGenerator[Page, None]:
    """The list that ends at 10,000 companies; nothing when it counts no more than the scroll has shown."""
    number, total = 1, 0
    while True:
        try:
            body = await client.get("/companies", {"page": number, "per_page": LIST_PER_PAGE})
        except RequestRefused:
            if number == 1:
                raise
            break
        rows = rows_of(body, "data")
        total = max(total, whole(body.get("total_count")) or 0)
        if not rows or total <= len(seen):
            break
        seen |= {str(row.get("id")) for row in rows}
        yield Page(rows)
        number += 1
    if len(seen) < total:
        raise ListingIncomplete("companies", len(seen), total)
