"""The client over real HTTP: what it sends, what it tries again, what it makes of refusals."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import (
    DeadToken,
    Gone,
    IntercomUnavailable,
    MissingScope,
    NotFound,
    PlanRestricted,
    RecordUnavailable,
    RequestRefused,
)
from ochre_tui.intercom.json_codec import BadBodyError
from ochre_tui.intercom.transport import read_body

TOKEN = "dG9rOmNhbmFyeQ=="
GOOD = {"type": "conversation", "id": "1"}


class Stage(Protocol):
    url: str
    seen: list[Request]
    answer: Callable[[Request, Any], Response]

    def count(self, path: str) -> int: ...


class Waits(Protocol):
    slept: list[float]

    def clock(self) -> Clock: ...


def asked(
    stage: Stage, waits: Waits, ask: Callable[[Intercom], Coroutine[Any, Any, Any]], **options: Any
) -> tuple[Any, Intercom]:
    """What `ask` returns, and the client it used."""

    async def main() -> tuple[Any, Intercom]:
        async with Intercom(Secret(TOKEN), stage.url, clock=waits.clock(), **options) as client:
            return await ask(client), client

    return asyncio.run(main())


def refusal(status: int, code: str = "some_code", message: str = "some words", **headers: str) -> Response:
    body = {"type": "error.list", "request_id": None, "errors": [{"code": code, "message": message}]}
    return JSONResponse(body, status, headers=headers)


def after(*first: Response, then: Response | None = None) -> Callable[[Request, Any], Response]:
    """Answers in turn; `/me` is always well."""
    turn = list(first)

    def answer(request: Request, body: Any) -> Response:
        if request.url.path == "/me":
            return JSONResponse({"type": "admin"})
        return turn.pop(0) if turn else then or JSONResponse(GOOD)

    return answer


def test_every_request_says_who_and_which_version(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: JSONResponse({"got": body}, headers={"Set-Cookie": "a=b; Path=/"})
    query = {"query": {"field": "id", "operator": "=", "value": "1"}}

    async def ask(client: Intercom) -> Any:
        await client.get("/contacts", {"starting_after": "a+b/c==", "per_page": 150})
        return await client.post("/conversations/search", query)

    assert asked(stage, waits, ask)[0] == {"got": query}
    for request in stage.seen:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["intercom-version"] == "2.16"
        assert request.headers["accept"] == "application/json"
        assert "cookie" not in request.headers
    assert dict(stage.seen[0].query_params) == {"starting_after": "a+b/c==", "per_page": "150"}
    assert stage.seen[1].headers["content-type"] == "application/json"


def test_raw_bytes_come_as_they_were_sent(stage: Stage, waits: Waits) -> None:
    raw = b'{"id": "1", "body": "\\ud83d half", "n": 1.50}'
    stage.answer = lambda request, body: Response(gzip.compress(raw), headers={"Content-Encoding": "gzip"})
    assert asked(stage, waits, lambda client: client.read("/conversations/1"))[0].raw == raw


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(408),
        refusal(500),
        HTMLResponse("<html>502</html>", 502),
        refusal(503, **{"Retry-After": "3"}),
        HTMLResponse("<html>504</html>", 504),
        refusal(429),
        Response(b""),
        Response(b"  \n "),
        HTMLResponse("<html>maintenance</html>"),
        Response(b'{"id": "1", "body": "half'),
        Response(b"[1, 2]"),
        Response(b"null"),
        Response(b'{"a":' * 5000 + b"1" + b"}" * 5000),
        Response(b'{"a":' * 300 + b"1" + b"}" * 300),
        Response(b"\xff\xfe{}"),
        Response(b"no gzip", headers={"Content-Encoding": "gzip"}),
        Response(gzip.compress(b'{"id": "1"}')[:-9], headers={"Content-Encoding": "gzip"}),
        Response(b"{}", headers={"Content-Encoding": "br"}),
        RedirectResponse("https://example.com/login", 302),
    ],
)
def test_what_is_no_answer_is_asked_for_again(stage: Stage, waits: Waits, trouble: Response) -> None:
    stage.answer = after(trouble, trouble)
    got, client = asked(stage, waits, lambda client: client.get("/conversations/1"))
    assert got == GOOD
    assert stage.count("/conversations/1") == 3
    budget = client.budget()
    assert (budget.requests, budget.retries) == (3, 2)
    assert budget.limited == (2 if trouble.status_code == 429 else 0)


def test_waits_grow_at_random_and_heed_retry_after(stage: Stage, waits: Waits) -> None:
    stage.answer = after(*[refusal(500)] * 6, refusal(503, **{"Retry-After": "77"}))
    asked(stage, waits, lambda client: client.get("/conversations/1"))
    *grown, told = waits.slept
    assert all(wait <= 0.5 * 2**n for n, wait in enumerate(grown))
    assert sum(grown) > 1
    assert told == 77


def test_a_poisoned_record_is_told_from_an_unreachable_side(stage: Stage, waits: Waits) -> None:
    stage.answer = after(then=refusal(500, message="Internal \x1b[31merror"))
    with pytest.raises(RecordUnavailable) as caught:
        asked(stage, waits, lambda client: client.get("/conversations/7"))
    assert "/conversations/7" in caught.value.title
    assert "\x1b" not in caught.value.title
    assert stage.count("/conversations/7") == 8
    assert stage.count("/me") == 1

    stage.answer = lambda request, body: HTMLResponse("<html>503</html>", 503)
    with pytest.raises(IntercomUnavailable):
        asked(stage, waits, lambda client: client.get("/conversations/7"))


def test_fewer_attempts_give_a_request_up_but_not_the_side(stage: Stage, waits: Waits) -> None:
    stage.answer = after(then=refusal(502))
    with pytest.raises(RecordUnavailable):
        asked(stage, waits, lambda client: client.get("/x", attempts=2))
    assert stage.count("/x") == 2
    assert stage.count("/me") == 1


@pytest.mark.parametrize("outage", range(1, 20))
def test_a_request_is_not_blamed_for_an_outage_that_ends(stage: Stage, waits: Waits, outage: int) -> None:
    silent = [True] * outage

    def answer(request: Request, body: Any) -> Response:
        return refusal(502) if silent and silent.pop() else JSONResponse(GOOD)

    stage.answer = answer
    assert asked(stage, waits, lambda client: client.get("/y", attempts=2))[0] == GOOD


def test_one_attempt_is_one_request_whatever_happens(stage: Stage, waits: Waits) -> None:
    silent = [True] * 9

    def answer(request: Request, body: Any) -> Response:
        return refusal(502) if silent and silent.pop() else JSONResponse(GOOD)

    stage.answer = answer
    with pytest.raises(RecordUnavailable):
        asked(stage, waits, lambda client: client.get("/once", attempts=1))
    assert stage.count("/once") == 1


def test_nobody_there(waits: Waits) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        async def main() -> None:
            async with Intercom(Secret(TOKEN), url, clock=waits.clock()) as client:
                await client.get("/me")

        with pytest.raises(IntercomUnavailable) as caught:
            asyncio.run(main())
    assert caught.value.exit_code == 5
    assert caught.value.retryable
    assert "the connection was refused" in str(caught.value)


def test_a_name_that_is_nobodys(waits: Waits) -> None:
    async def main() -> None:
        async with Intercom(Secret(TOKEN), "https://nobody.invalid", clock=waits.clock()) as client:
            await client.get("/me")

    with pytest.raises(IntercomUnavailable, match="its name was not found"):
        asyncio.run(main())


def test_an_answer_that_never_ends_meets_the_deadline(waits: Waits) -> None:
    """Header and half a body, then silence: the slot is free again and the next try gets through."""

    async def main() -> tuple[Any, int]:
        served = 0

        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal served
            served += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + (b'{"id"' if served < 3 else b'{"id": "1"}')
            )
            await writer.drain()
            await reader.read()
            writer.close()

        server = await asyncio.start_server(stall, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with Intercom(Secret(TOKEN), url, clock=waits.clock(), deadline_s=0.3) as client:
                return await client.get("/conversations/1"), client.budget().pace.in_flight

    assert asyncio.run(main()) == ({"id": "1"}, 0)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(404, "not_found"), NotFound),
        (HTMLResponse("<html>404</html>", 404), NotFound),
        (refusal(410, "contact_merged", Link='</contacts/65f0>; rel="canonical"'), Gone),
        (refusal(400, "parameter_invalid"), RequestRefused),
        (refusal(422, "parameter_invalid"), RequestRefused),
        (refusal(409, "conflict"), RequestRefused),
        (refusal(401, "token_unauthorized"), MissingScope),
        (refusal(403, "forbidden", "read_conversations"), MissingScope),
        (refusal(403, "api_plan_restricted", "Active subscription needed."), PlanRestricted),
    ],
)
def test_refusals_are_final(stage: Stage, waits: Waits, answer: Response, error: type[OchreTuiError]) -> None:
    stage.answer = after(answer)
    with pytest.raises(error) as caught:
        asked(stage, waits, lambda client: client.get("/conversations/1"))
    assert stage.count("/conversations/1") == 1
    assert caught.value.title
    if isinstance(caught.value, Gone):
        assert caught.value.canonical_id == "65f0"
    if isinstance(caught.value, RequestRefused):
        assert (caught.value.status, caught.value.code) == (answer.status_code, caught.value.code)
    if isinstance(caught.value, MissingScope):
        assert caught.value.scope == "Read conversations"
        assert caught.value.exit_code == 4


def test_a_dead_token_is_found_out_once_for_all(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: refusal(401, "token_revoked", f"Token {TOKEN} was revoked")

    async def ask(client: Intercom) -> list[Any]:
        return await asyncio.gather(*(client.get(f"/conversations/{n}") for n in range(30)), return_exceptions=True)

    errors, _ = asked(stage, waits, ask)
    assert all(isinstance(error, DeadToken) for error in errors)
    assert all(TOKEN not in f"{error.title}{error.meaning}{error.advice}{error!r}" for error in errors)
    assert 1 <= stage.count("/me") <= 30 / 4 + 1


def test_me_itself_refused_is_a_dead_token(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: refusal(401, "unauthorized", "Access Token Invalid")
    with pytest.raises(DeadToken, match="Access Token Invalid") as caught:
        asked(stage, waits, lambda client: client.get("/me"))
    assert caught.value.exit_code == 4


def test_the_token_never_leaves_in_words(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: refusal(500, message=f"Bearer {TOKEN} made a mess")
    with pytest.raises(IntercomUnavailable) as caught:
        asked(stage, waits, lambda client: client.get("/x"))
    assert TOKEN not in str(caught.value.__dict__) + str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.intercom.io",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "api.intercom.io",
        "",
        "https://",
        "https://a@b.c",
        "https://api.intercom.io?x=1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
    ],
)
def test_the_token_goes_nowhere_in_the_clear(url: str) -> None:
    with pytest.raises(UsageError):
        Intercom(Secret(TOKEN), url)


def test_a_base_path_is_kept(stage: Stage, waits: Waits) -> None:
    stage.answer = lambda request, body: JSONResponse({})

    async def main() -> None:
        async with Intercom(Secret(TOKEN), stage.url + "/intercom/", clock=waits.clock()) as client:
            await client.get("/tags")

    asyncio.run(main())
    assert [request.url.path for request in stage.seen] == ["/intercom/tags"]


def test_the_budget_shows_the_window(stage: Stage, waits: Waits) -> None:
    headers = {"X-RateLimit-Limit": "166", "X-RateLimit-Remaining": "100", "X-RateLimit-Reset": "1700000010"}
    stage.answer = lambda request, body: JSONResponse({}, headers={**headers, "Date": "Tue, 14 Nov 2023 22:13:24 GMT"})
    _, client = asked(stage, waits, lambda client: client.get("/tags"))
    pace = client.budget().pace
    assert (pace.limit, pace.used) == (166, 66)
    assert pace.resets_in is not None
    assert 5 < pace.resets_in <= 6
    assert client.server_time == 1_700_000_004


def response(content: bytes, coding: str | None = None) -> httpx.Response:
    async def chunks() -> Any:
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    return httpx.Response(200, content=chunks(), headers={"Content-Encoding": coding} if coding else {})


def test_bodies_have_a_bound() -> None:
    assert asyncio.run(read_body(response(b"x" * 5000), 5000)) == b"x" * 5000
    with pytest.raises(BadBodyError, match="more than"):
        asyncio.run(read_body(response(b"x" * 5001), 5000))
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(BadBodyError, match="more than"):
        asyncio.run(read_body(response(bomb, "gzip"), 5_000_000))
    assert asyncio.run(read_body(response(gzip.compress(b"y" * 70_000), "gzip"))) == b"y" * 70_000
