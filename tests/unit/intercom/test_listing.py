"""Lists by cursor and the companies scroll, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ochre_tui.core.secret import Secret
from ochre_tui.intercom import companies, listing
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import ListingIncomplete, ListingStuck, RequestRefused
from ochre_tui.intercom.listing import Page


class Stage(Protocol):
    url: str
    seen: list[Request]
    answer: Callable[[Request, Any], Response]

    def count(self, path: str) -> int: ...


class Waits(Protocol):
    slept: list[float]

    def clock(self) -> Clock: ...


def run(stage: Stage, waits: Waits, ask: Callable[[Intercom], Any]) -> Any:
    async def main() -> Any:
        async with Intercom(Secret("token"), stage.url, clock=waits.clock()) as client:
            return await ask(client)

    return asyncio.run(main())


async def gathered(pages: AsyncIterator[Page]) -> list[Page]:
    return [page async for page in pages]


def ids(pages: list[Page]) -> list[str]:
    return [row["id"] for page in pages for row in page.rows]


def refusal(status: int, code: str, message: str = "") -> Response:
    return JSONResponse({"type": "error.list", "errors": [{"code": code, "message": message}]}, status)


@dataclass
class Contacts:
    """`GET /contacts` with a cursor that is the number of the next row."""

    total: int
    wrong: Callable[[int, int], object] = lambda asked, start: None
    knows_history: bool = True
    asked: int = 0

    def answer(self, request: Request, body: Any) -> Response:
        query = request.query_params
        if "include_merge_history" in query and not self.knows_history:
            return refusal(400, "parameter_invalid", "include_merge_history")
        start = int(query.get("starting_after", "0"))
        self.asked += 1
        wrong = self.wrong(self.asked, start)
        if isinstance(wrong, Response):
            return wrong
        size = int(query["per_page"])
        following: Any = wrong if wrong is not None else start + size
        rows = [{"id": str(n)} for n in range(start, min(start + size, self.total))]
        more = start + size < self.total
        return JSONResponse({"data": rows, "pages": {"next": {"starting_after": str(following)} if more else None}})


def test_contacts_to_the_end(stage: Stage, waits: Waits) -> None:
    stage.answer = Contacts(1000).answer
    pages = run(stage, waits, lambda client: gathered(listing.contacts(client)))
    assert ids(pages) == [str(n) for n in range(1000)]
    assert [page.next_cursor for page in pages] == ["150", "300", "450", "600", "750", "900", None]
    assert stage.seen[0].query_params["include_merge_history"] == "true"


def test_contacts_go_on_at_a_cursor(stage: Stage, waits: Waits) -> None:
    stage.answer = Contacts(1000).answer
    pages = run(stage, waits, lambda client: gathered(listing.contacts(client, "750")))
    assert ids(pages) == [str(n) for n in range(750, 1000)]


def test_contacts_without_merge_history_where_it_is_refused(stage: Stage, waits: Waits) -> None:
    stage.answer = Contacts(400, knows_history=False).answer
    pages = run(stage, waits, lambda client: gathered(listing.contacts(client)))
    assert len(ids(pages)) == 400
    assert len(stage.seen) == 4


def test_a_cursor_that_repeats_once_is_asked_for_again(stage: Stage, waits: Waits) -> None:
    stage.answer = Contacts(1000, wrong=lambda asked, start: start if asked == 3 else None).answer
    pages = run(stage, waits, lambda client: gathered(listing.contacts(client)))
    assert ids(pages) == [str(n) for n in range(1000)]


def test_a_cursor_that_is_no_longer_accepted_begins_anew(stage: Stage, waits: Waits) -> None:
    refused = refusal(400, "parameter_invalid", "starting_after")
    stage.answer = Contacts(400, wrong=lambda asked, start: refused if start == 77 else None).answer
    pages = run(stage, waits, lambda client: gathered(listing.contacts(client, "77")))
    assert ids(pages) == [str(n) for n in range(400)]


@pytest.mark.parametrize("wrong", [lambda asked, start: 150, lambda asked, start: start])
def test_a_list_that_leads_back_for_ever_ends(stage: Stage, waits: Waits, wrong: Any) -> None:
    stage.answer = Contacts(1000, wrong=wrong).answer
    with pytest.raises(ListingStuck):
        run(stage, waits, lambda client: gathered(listing.contacts(client)))
    assert len(stage.seen) < 20


def test_the_same_rows_under_new_cursors_for_ever_end(stage: Stage, waits: Waits) -> None:
    numbers = iter(range(10**6))
    stage.answer = lambda request, body: JSONResponse(
        {"data": [{"id": "1"}], "pages": {"next": {"starting_after": str(next(numbers))}}}
    )
    with pytest.raises(ListingStuck):
        run(stage, waits, lambda client: gathered(listing.contacts(client)))


@pytest.mark.parametrize(
    "following",
    [
        lambda page: f"https://api.intercom.io/contacts/c1/tags?per_page=60&page={page}",
        lambda page: {"page": page, "starting_after": f"{page}"},
    ],
)
def test_a_sublist_follows_urls_and_objects_on_its_own_host(stage: Stage, waits: Waits, following: Any) -> None:
    def answer(request: Request, body: Any) -> Response:
        query = request.query_params
        page = int(query.get("page") or query.get("starting_after") or 1)
        rows = [{"id": str(n)} for n in range(60 * page - 60, min(60 * page, 130))]
        return JSONResponse(
            {"type": "list", "data": rows, "pages": {"next": following(page + 1) if page < 3 else None}}
        )

    stage.answer = answer
    rows = run(stage, waits, lambda client: listing.contact_sublist(client, "c1", "tags"))
    assert [row["id"] for row in rows] == [str(n) for n in range(130)]
    assert {request.url.path for request in stage.seen} == {"/contacts/c1/tags"}


def test_conversation_attributes_of_older_versions(stage: Stage, waits: Waits) -> None:
    def answer(request: Request, body: Any) -> Response:
        if request.url.path == "/conversations/attributes":
            return refusal(400, "intercom_version_invalid")
        assert dict(request.query_params) == {"model": "conversation", "include_archived": "true"}
        return JSONResponse({"type": "list", "data": [{"name": "Tier"}, "no object", None]})

    stage.answer = answer
    assert run(stage, waits, listing.conversation_attributes) == [{"name": "Tier"}]


def test_counts(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: JSONResponse({"total_count": "12", "asked": body})
    query = {"field": "state", "operator": "=", "value": "open"}
    assert run(stage, waits, lambda client: listing.total_count(client, query)) == 12
    assert run(stage, waits, listing.tickets_count) == 12
    assert [request.url.path for request in stage.seen] == ["/conversations/search", "/tickets/search"]


@dataclass
class Scroll:
    """`GET /companies/scroll`: one at a time, moving on with every request; `GET /companies` by pages."""

    total: int
    listed: int | None = None
    wrong: Callable[[int], Response | None] = lambda asked: None
    ends_with_404: bool = False
    loops: bool = False
    stuck: int = 0
    place: int | None = None
    asked: int = 0

    def answer(self, request: Request, body: Any) -> Response:
        if request.url.path == "/me":
            return JSONResponse({"type": "admin"})
        if request.url.path == "/companies":
            return self.page(int(request.query_params["page"]), int(request.query_params["per_page"]))
        self.asked += 1
        if request.query_params.get("scroll_param") is None:
            if self.stuck or self.place is not None:
                self.stuck -= 1
                self.place = None  # its minute is over when it is asked for the next time
                return refusal(400, "scroll_exists", "scroll already exists for this workspace")
            self.place = 0
        elif self.place is None:
            return refusal(404, "not_found", "scroll parameter not found")
        start = self.place
        self.place += 100
        if wrong := self.wrong(self.asked):
            return wrong
        rows = [{"id": str(n)} for n in range(start, min(start + 100, self.total))]
        if not rows and self.loops:
            self.place, rows = 100, [{"id": str(n)} for n in range(min(100, self.total))]
        if not rows:
            self.place = None
            if self.ends_with_404:
                return refusal(404, "not_found", "scroll parameter not found")
        return JSONResponse({"type": "list", "data": rows, "pages": None, "scroll_param": "constant"})

    def page(self, number: int, size: int) -> Response:
        total = self.total if self.listed is None else self.listed
        if number * size > 10_000:
            return refusal(400, "bad_request", "page limit reached, please use scroll API")
        rows = [{"id": str(n)} for n in range((number - 1) * size, min(number * size, total))]
        return JSONResponse({"type": "list", "data": rows, "total_count": total})


def scrolled(stage: Stage, waits: Waits, scroll: Scroll) -> set[str]:
    stage.answer = scroll.answer
    return set(ids(run(stage, waits, lambda client: gathered(companies.scroll(client)))))


def all_of(scroll: Scroll) -> set[str]:
    return {str(n) for n in range(scroll.total)}


@pytest.mark.parametrize("total", [0, 1, 100, 569])
def test_a_scroll_to_the_end(stage: Stage, waits: Waits, total: int) -> None:
    scroll = Scroll(total)
    assert scrolled(stage, waits, scroll) == all_of(scroll)
    assert scroll.asked == -(-total // 100) + 1


@pytest.mark.parametrize(
    "lost", [refusal(500, "server_error"), Response(b""), Response(b'{"data": [{'), Response(b"<html>", 502)]
)
@pytest.mark.parametrize("at", [1, 2, 4, 7])
def test_an_answer_that_is_lost_costs_no_company(stage: Stage, waits: Waits, lost: Response, at: int) -> None:
    """The scroll moves on with every request, answered or not, so it has to begin anew."""
    scroll = Scroll(569, wrong=lambda asked: lost if asked == at else None)
    assert scrolled(stage, waits, scroll) == all_of(scroll)


def test_a_scroll_that_ends_with_404_is_believed_the_second_time(stage: Stage, waits: Waits) -> None:
    scroll = Scroll(569, ends_with_404=True)
    assert scrolled(stage, waits, scroll) == all_of(scroll)
    assert scroll.asked == 14


def test_a_scroll_that_is_lost_in_the_middle_begins_anew(stage: Stage, waits: Waits) -> None:
    scroll = Scroll(569)

    def lose(asked: int) -> Response | None:
        if asked != 3:
            return None
        scroll.place = None
        return refusal(404, "not_found", "scroll parameter not found")

    scroll.wrong = lose
    assert scrolled(stage, waits, scroll) == all_of(scroll)


def test_another_scroll_is_waited_for(stage: Stage, waits: Waits) -> None:
    scroll = Scroll(569, stuck=8)
    assert scrolled(stage, waits, scroll) == all_of(scroll)
    assert 60 <= sum(waits.slept) <= 240


def test_a_lock_that_stays_leads_to_the_list(stage: Stage, waits: Waits) -> None:
    scroll = Scroll(569, stuck=10**6)
    assert scrolled(stage, waits, scroll) == all_of(scroll)
    assert 120 <= sum(waits.slept) <= 300


def test_a_scroll_that_goes_in_circles_ends(stage: Stage, waits: Waits) -> None:
    scroll = Scroll(569, loops=True)
    assert scrolled(stage, waits, scroll) == all_of(scroll)
    assert scroll.asked < 15
    assert stage.count("/companies") == 1


def test_a_scroll_stuck_on_one_page_is_completed_from_the_list(stage: Stage, waits: Waits) -> None:
    page = JSONResponse({"data": [{"id": "0"}], "scroll_param": "constant"})
    scroll = Scroll(569, wrong=lambda asked: page)
    assert scrolled(stage, waits, scroll) == all_of(scroll)


def test_too_many_for_the_list_is_said(stage: Stage, waits: Waits) -> None:
    scroll = Scroll(10_500, stuck=10**6)
    with pytest.raises(ListingIncomplete, match="10500"):
        scrolled(stage, waits, scroll)


def test_neither_scroll_nor_list(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: refusal(400, "parameter_invalid")
    with pytest.raises(RequestRefused):
        run(stage, waits, lambda client: gathered(companies.scroll(client)))
