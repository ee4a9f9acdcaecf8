"""Windows over real HTTP, against a search that behaves as Intercom's is known or suspected to."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import ListingStuck, RecordUnavailable
from ochre_tui.intercom.windows import END_OF_TIME, Window, WindowPage, first_windows, list_conversations

YEAR = 31_536_000
SINCE = 1_600_000_000
NewStage = Callable[[], Any]


@dataclass
class Search:
    """`POST /conversations/search` over (created_at, id) pairs."""

    rows: list[tuple[int | None, int]]
    inclusive: bool = False
    sorts: bool = True
    repeats: bool = False
    fails: Callable[[int, int], bool] = lambda low, size: False
    short: Callable[[int], bool] = lambda number: False
    takes_s: Callable[[int], float] = lambda size: 0.0
    requests: list[Any] = field(default_factory=list)
    spent: float = 0.0
    date: str = "Tue, 14 Nov 2034 22:13:20 GMT"

    def answer(self, request: Request, body: Any) -> Response:
        if request.url.path == "/me":
            return JSONResponse({"type": "admin"})
        self.requests.append(body)
        size, cursor = body["pagination"]["per_page"], int(body["pagination"].get("starting_after", "0"))
        found = [row for row in self.rows if self.matches(body["query"], row[0])]
        if self.sorts:
            found.sort(key=lambda row: (row[0] or 0, row[1]), reverse=body["sort"]["order"] == "descending")
        page = found[cursor : cursor + size]
        if self.fails(page[0][0] or 0 if page else 0, size):
            return Response(b"<html>504</html>", 504)
        self.spent += self.takes_s(size)
        more = cursor + size < len(found)
        following = str(cursor if self.repeats and cursor else cursor + size)
        if self.short(len(self.requests)):
            page = page[:-1]
        return JSONResponse(
            {
                "type": "conversation.list",
                "conversations": [{"id": str(ident), "created_at": created} for created, ident in page],
                "total_count": len(found),
                "pages": {"type": "pages", "next": {"starting_after": following} if more else None},
            },
            headers={"Date": self.date},
        )

    def matches(self, query: Any, created: int | None) -> bool:
        if query["operator"] in ("AND", "OR"):
            parts = [self.matches(part, created) for part in query["value"]]
            return all(parts) if query["operator"] == "AND" else any(parts)
        assert query["field"] == "created_at"
        if created is None:
            return False
        low, high = (created, query["value"]) if query["operator"] == "<" else (query["value"], created)
        return low <= high if self.inclusive else low < high


@dataclass
class Importer:
    """Keeps what arrived and which windows are pending, as the importer does."""

    search: Search
    stage: Any
    pending: list[Window] | None = None
    ids: set[str] = field(default_factory=set)
    rows: int = 0

    def run(self, *, stop_after: int = 10**9) -> None:
        asyncio.run(self._run(stop_after))

    async def _run(self, stop_after: int) -> None:
        self.stage.answer = self.search.answer
        clock = Clock(lambda: time.monotonic() + self.search.spent, lambda s: asyncio.sleep(0), random.Random(1))
        async with Intercom(Secret("token"), self.stage.url, clock=clock, attempts=4) as client:
            if self.pending is None:
                self.pending = await first_windows(client)
            pages = list_conversations(client, self.pending)
            try:
                async for page in pages:
                    self.take(page)
                    stop_after -= 1
                    if not stop_after:
                        break
            finally:
                await pages.aclose()

    def take(self, page: WindowPage) -> None:
        assert self.pending is not None
        assert page.window in self.pending
        self.rows += len(page.rows)
        self.ids |= {row["id"] for row in page.rows}
        if page.done:
            self.pending.remove(page.window)
            self.pending += page.replaced_by
        else:
            assert not page.replaced_by
        ordered = sorted(self.pending, key=lambda window: window.lo)
        assert all(a.hi <= b.lo for a, b in pairwise(ordered))


def spread(count: int, over: int = 4 * YEAR, seed: int = 1) -> list[tuple[int | None, int]]:
    rng = random.Random(seed)
    return [(SINCE + rng.randrange(over), 1000 + number) for number in range(count)]


def listed(new_stage: NewStage, search: Search) -> Importer:
    importer = Importer(search, new_stage())
    importer.run()
    assert importer.pending == []
    return importer


def ids(rows: Iterable[tuple[int | None, int]]) -> set[str]:
    return {str(ident) for created, ident in rows if created is not None}


@pytest.mark.parametrize("inclusive", [False, True])
def test_five_thousand_conversations_take_few_requests(new_stage: NewStage, inclusive: bool) -> None:
    search = Search(spread(5000), inclusive=inclusive)
    importer = listed(new_stage, search)
    assert importer.ids == ids(search.rows)
    assert len(search.requests) <= 5000 // 150 + 1 + 8
    assert importer.rows <= 5000 + 2 * len(search.requests)


def test_growth_skews_no_cost(new_stage: NewStage) -> None:
    """Twice as many conversations in each year than in the one before."""
    rows = [row for year in range(4) for row in spread(400 * 2**year, YEAR, year)]
    grown = [((created or 0) + (number // 400).bit_length() * YEAR, number) for number, (created, _) in enumerate(rows)]
    search = Search(list(grown))
    assert listed(new_stage, search).ids == ids(grown)
    assert len(search.requests) <= len(rows) // 150 + 1 + 10


def test_an_empty_workspace_takes_three_requests(new_stage: NewStage) -> None:
    search = Search([])
    assert listed(new_stage, search).ids == set()
    assert len(search.requests) == 3


times = st.one_of(
    st.integers(SINCE, SINCE + 3),
    st.integers(SINCE, SINCE + YEAR),
    st.sampled_from([0, -7, 1, SINCE * 1000, 2**40, SINCE + 10]),
)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), inclusive=st.booleans(), kills=st.lists(st.integers(1, 6), max_size=4))
def test_nothing_is_missed_whatever_the_times_and_wherever_it_is_killed(
    new_stage: NewStage, data: st.DataObject, inclusive: bool, kills: list[int]
) -> None:
    seconds = data.draw(st.lists(st.tuples(times, st.integers(1, 170)), max_size=6))
    numbers = iter(range(100_000))
    rows: list[tuple[int | None, int]] = [(at, next(numbers)) for at, count in seconds for _ in range(count)]
    importer = Importer(Search(rows, inclusive=inclusive), new_stage())
    for stop_after in kills:
        importer.run(stop_after=stop_after)
    importer.run()
    assert importer.pending == []
    assert importer.ids == ids(rows)


@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 4000), seed=st.integers(0, 99), broken=st.sampled_from([50, 10, 1]))
@example(count=1155, seed=24, broken=1)
@example(count=3354, seed=54, broken=1)
def test_pages_shrink_where_large_ones_fail_and_grow_again(
    new_stage: NewStage, count: int, seed: int, broken: int
) -> None:
    """A stretch of time that Intercom can't answer in pages of more than `broken`."""
    rows = spread(count, seed=seed)
    begin = SINCE + YEAR
    end = begin + YEAR // 30
    search = Search(rows, fails=lambda low, size: begin <= low < end and size > broken)
    assert listed(new_stage, search).ids == ids(rows)
    inside = sum(begin <= (created or 0) < end for created, _ in rows)
    assert len(search.requests) <= count / 148 + 20 + (2 * inside + 4) * 4


def test_a_window_that_fails_at_every_size_is_named(new_stage: NewStage) -> None:
    search = Search(spread(300), fails=lambda low, size: size > 0 and bool(low) and len(search.requests) > 3)
    with pytest.raises(RecordUnavailable):
        listed(new_stage, search)


def test_slow_pages_split_the_window(new_stage: NewStage) -> None:
    search = Search(spread(900), takes_s=lambda size: 25.0 if size > 1 else 0.0)
    importer = Importer(search, new_stage())
    importer.run(stop_after=1)
    assert importer.pending is not None
    assert len(importer.pending) == 2
    importer.run()
    assert importer.ids == ids(search.rows)


def test_a_page_that_shows_less_than_it_counts_is_asked_for_again(new_stage: NewStage) -> None:
    search = Search(spread(1200), short=lambda number: number % 3 == 0)
    assert listed(new_stage, search).ids == ids(search.rows)


def test_a_count_that_stays_too_high_is_not_waited_for(new_stage: NewStage) -> None:
    """Intercom may count what it does not show."""
    search = Search(spread(40), short=lambda number: number > 2)
    importer = listed(new_stage, search)
    assert len(importer.ids) == 39
    assert len(search.requests) <= 2 + 3


def test_without_sorting_cursors_are_followed(new_stage: NewStage) -> None:
    rows = spread(700)
    search = Search(rows, sorts=False)
    assert listed(new_stage, search).ids == ids(rows)


def test_thousands_in_one_second(new_stage: NewStage) -> None:
    rows: list[tuple[int | None, int]] = [*spread(400), *((SINCE + YEAR, 50_000 + n) for n in range(3100))]
    search = Search(rows)
    assert listed(new_stage, search).ids == ids(rows)
    assert len(search.requests) <= len(rows) / 150 + 20


def test_a_cursor_that_repeats_for_ever_is_no_endless_loop(new_stage: NewStage) -> None:
    search = Search([(SINCE, n) for n in range(700)], repeats=True)
    with pytest.raises(ListingStuck):
        listed(new_stage, search)
    assert len(search.requests) < 40


def test_a_conversation_of_the_far_future_costs_little(new_stage: NewStage) -> None:
    rows: list[tuple[int | None, int]] = [*spread(5000), (SINCE * 1000, 1), (-5, 2), (0, 3)]
    search = Search(rows)
    assert listed(new_stage, search).ids == ids(rows)
    assert len(search.requests) <= 5000 // 150 + 1 + 15


def test_first_windows_cover_all_time(new_stage: NewStage) -> None:
    importer = Importer(Search(spread(5000)), new_stage())
    importer.run(stop_after=1)
    windows = sorted(importer.pending or [], key=lambda window: window.lo)
    assert windows[-1].hi == END_OF_TIME
    assert 4 <= len(windows) <= 7
