"""Listing conversations by disjoint windows of `created_at`, several at a time.

Within a window each request asks for the oldest conversations that are left, sorted by `created_at`, which never
changes; what was seen bounds the next request from below. So every page is the first of its search: no cursor can
expire, repeat or skip, a window shrinks with each page, and a walk that is killed goes on where it was. Only where one
second holds more than a page, or Intercom does not sort, cursors are followed.

Neither end of a search is trusted to be in- or exclusive: edges overlap by a second, ids tell what is the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import RecordUnavailable
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.listing import PER_PAGE, next_cursor, rows_of, walk, whole

END_OF_TIME = 2**53
LARGE = 1500
SLOW_PAGE_S = 20.0
OVERLAP_S = 3600
_AIM = 1000
_SIZES = (PER_PAGE, 50, 10, 1)
_ATTEMPTS = 3
_RECOUNTS = 2
_INTERCOM_BEGAN = 1293840000  # 2011-01-01
_MILLISECONDS = 10**11
_PATH = "/conversations/search"


@dataclass(frozen=True, slots=True)
class Window:
    """Conversations with lo <= created_at < hi, unix seconds; 0 and END_OF_TIME leave that side open.

    `field` may be `updated_at` instead. That changes, but only upwards: walked by one worker, what moves is seen later.
    """

    lo: int
    hi: int
    per_page: int = PER_PAGE
    field: Literal["created_at", "updated_at"] = "created_at"


@dataclass(frozen=True, slots=True)
class WindowPage:
    """Rows of `window`. When `done`, that window is no longer pending and those of `replaced_by` are, in its place."""

    window: Window
    rows: list[Json]
    replaced_by: tuple[Window, ...] = ()
    done: bool = False


async def first_windows(client: Intercom) -> list[Window]:
    """Windows that cover all time, about a thousand conversations each if they are spread evenly; two requests."""
    everything = Window(0, END_OF_TIME)
    oldest, newest = await asyncio.gather(_edge(client, "ascending"), _edge(client, "descending"))
    count = max(oldest.total or 0, newest.total or 0)
    begin = max(oldest.at or 0, _INTERCOM_BEGAN)
    end = newest.at or 0
    if end >= _MILLISECONDS:
        end = client.server_time or begin
    return _parts(everything, begin, end + 1, _pieces(count))


async def newest_update(client: Intercom) -> int | None:
    """The mark of this moment: the greatest `updated_at` that Intercom shows, as far as the answer's own date bears it
    out, for a record can carry any time. None where Intercom shows none."""
    newest = (await _edge(client, "descending", "updated_at")).at
    return newest if newest is None or client.server_time is None else min(newest, client.server_time)


def updated_since(mark: int) -> Window:
    """What was updated at the mark or later, and in the hour before it: Intercom's servers need not agree on the time,
    and its search lags behind."""
    return Window(max(0, mark - OVERLAP_S), END_OF_TIME, field="updated_at")


async def list_conversations(
    client: Intercom, pending: Sequence[Window], parallel: int = 6
) -> AsyncGenerator[WindowPage, None]:
    """Walk the pending windows; the pages of different windows come in any order.

    Raises IntercomUnavailable, ListingStuck and, for a window that fails at every page size, RecordUnavailable.
    """
    lane = _Lane(client, pending)
    workers = [asyncio.ensure_future(lane.work()) for _ in range(parallel)]
    try:
        async for page in lane.pages():
            yield page
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


class _Lane:
    """Windows to walk, shared by several workers, and the pages they bring back."""

    def __init__(self, client: Intercom, pending: Sequence[Window]) -> None:
        self._client = client
        self._pending = deque(sorted(pending, key=lambda window: window.lo))
        self._open = len(self._pending)
        self._turn = asyncio.Condition()
        self._pages: asyncio.Queue[WindowPage | BaseException | None] = asyncio.Queue(maxsize=8)

    async def pages(self) -> AsyncGenerator[WindowPage, None]:
        if not self._open:
            return
        while True:
            page = await self._pages.get()
            if page is None:
                return
            if isinstance(page, BaseException):
                raise page
            yield page

    async def work(self) -> None:
        try:
            while (window := await self._next()) is not None:
                await self._walk(window)
        except Exception as error:  # noqa: BLE001 - raised again where the pages are read
            await self._pages.put(error)

    async def _next(self) -> Window | None:
        async with self._turn:
            await self._turn.wait_for(lambda: self._pending or not self._open)
            return self._pending.popleft() if self._pending else None

    async def _walk(self, window: Window) -> None:
        async for page in _window(self._client, window):
            await self._pages.put(page)
            if page.done:
                async with self._turn:
                    self._pending.extendleft(reversed(page.replaced_by))
                    self._open += len(page.replaced_by) - 1
                    self._turn.notify_all()
        if not self._open:
            await self._pages.put(None)


async def _window(client: Intercom, window: Window) -> AsyncGenerator[WindowPage, None]:
    """The oldest page of a window and what is left of it; all pages of one that can't be shortened."""
    try:
        oldest = await _oldest(client, window) if window.hi - window.lo > 1 else None
        if oldest is not None and not oldest.more:
            yield WindowPage(window, oldest.rows, done=True)
        elif oldest is not None and oldest.last is not None:
            yield WindowPage(window, oldest.rows, await _left(client, window, oldest, oldest.last), done=True)
        else:
            async for page in _by_cursor(client, window):
                yield page
    except RecordUnavailable:
        smaller = next((size for size in _SIZES if size < window.per_page), None)
        if smaller is None:
            raise
        yield WindowPage(window, [], (replace(window, per_page=smaller),), done=True)


async def _left(client: Intercom, window: Window, page: _Page, last: int) -> tuple[Window, ...]:
    """What remains of a window after its oldest page, in parts if it is much or slow."""
    left = replace(window, lo=max(last, window.lo), per_page=_regrown(window.per_page, page))
    if left.lo >= left.hi:
        return ()
    if left.lo <= window.lo:
        second = window.lo + 1
        return replace(left, hi=second), replace(left, lo=second)
    remaining = (page.total or 0) - len(page.rows)
    pieces = _pieces(remaining) if remaining > LARGE else 2 if page.seconds > SLOW_PAGE_S else 1
    if pieces == 1:
        return (left,)
    end = left.hi
    if end == END_OF_TIME:
        end = (await _edge(client, "descending", left.field)).at or 0
        end = min(end, max(client.server_time or 0, left.lo)) + 1
    return tuple(_parts(left, left.lo, end, pieces))


async def _by_cursor(client: Intercom, window: Window) -> AsyncGenerator[WindowPage, None]:
    """All pages of a window by cursor; it is done with the last one."""
    size = window.per_page

    async def fetch(cursor: str | None) -> Json:
        return await client.post(_PATH, _search(window, size, cursor=cursor), attempts=_attempts(size))

    async for page in walk(fetch, "conversations", "conversations"):
        yield WindowPage(window, page.rows, done=page.next_cursor is None)


@dataclass(frozen=True, slots=True)
class _Page:
    """The first page of a search; `last` is the highest time on it, None if it was not sorted."""

    rows: list[Json]
    total: int | None
    more: bool
    last: int | None
    seconds: float


async def _oldest(client: Intercom, window: Window) -> _Page:
    """The oldest conversations of a window; asked for again while it shows fewer than it counts."""
    attempts = _attempts(window.per_page)
    rows_by_id: dict[str, Json] = {}
    for _ in range(_RECOUNTS + 1):
        began = client.clock.monotonic()
        body = await client.post(_PATH, _search(window, window.per_page), attempts=attempts)
        seconds = client.clock.monotonic() - began
        rows, total = rows_of(body, "conversations"), whole(body.get("total_count"))
        rows_by_id.update((str(row.get("id")), row) for row in rows)
        full = len(rows) >= window.per_page
        if full or (total is not None and len(rows) >= total):
            break
    more = next_cursor(body) is not None or (full and total is not None and total > len(rows))
    return _Page(list(rows_by_id.values()), total, more, _last(rows, window.field), seconds)


def _attempts(per_page: int) -> int | None:
    """How often a page is tried before a smaller one is: a size that was shrunk to or grows again once, for where one
    size failed the next often does too; the smallest as often as any request."""
    if per_page == 1:
        return None
    return _ATTEMPTS if per_page == PER_PAGE else 1


def _last(rows: Sequence[Json], field: str) -> int | None:
    times = [whole(row.get(field)) for row in rows]
    known = [time for time in times if time is not None]
    sorted_ = len(known) == len(times) and all(earlier <= later for earlier, later in pairwise(known))
    return known[-1] if known and sorted_ else None


@dataclass(frozen=True, slots=True)
class _Edge:
    at: int | None
    total: int | None


async def _edge(client: Intercom, order: str, field: Literal["created_at", "updated_at"] = "created_at") -> _Edge:
    body = await client.post(_PATH, _search(Window(0, END_OF_TIME, field=field), 1, order=order))
    rows = rows_of(body, "conversations")
    return _Edge(whole(rows[0].get(field)) if rows else None, whole(body.get("total_count")))


def _search(window: Window, per_page: int, *, cursor: str | None = None, order: str = "ascending") -> Json:
    after = {"field": window.field, "operator": ">", "value": window.lo - 1}
    before = {"field": window.field, "operator": "<", "value": window.hi}
    if window.lo > 0 and window.hi < END_OF_TIME:
        query: Json = {"operator": "AND", "value": [after, before]}
    elif window.lo > 0:
        query = after
    elif window.hi < END_OF_TIME:
        query = before
    else:
        query = {"operator": "OR", "value": [{**after, "value": 0}, {**before, "value": 1}]}
    pagination: Json = {"per_page": per_page}
    if cursor is not None:
        pagination["starting_after"] = cursor
    return {"query": query, "sort": {"field": window.field, "order": order}, "pagination": pagination}


def _parts(window: Window, begin: int, end: int, pieces: int) -> list[Window]:
    """`window` cut at equal steps between `begin` and `end`."""
    begin, end = max(begin, window.lo), min(end, window.hi)
    cuts = sorted({begin + (end - begin) * i // pieces for i in range(1, pieces)} - {window.lo, window.hi})
    cuts = [cut for cut in cuts if window.lo < cut < window.hi]
    return [replace(window, lo=lo, hi=hi) for lo, hi in zip([window.lo, *cuts], [*cuts, window.hi], strict=True)]


def _pieces(count: int) -> int:
    return max(1, -(-count // _AIM))


def _regrown(per_page: int, page: _Page) -> int:
    """A page size that was shrunk grows by a step again after each page that came well."""
    larger = [size for size in _SIZES if size > per_page]
    return larger[-1] if larger and page.seconds < SLOW_PAGE_S / 4 else per_page
