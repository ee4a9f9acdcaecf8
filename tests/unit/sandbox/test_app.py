"""Faults as a client meets them on the wire."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running


@contextmanager
def faulty(*faults: str, **options: Any) -> Iterator[tuple[Running, httpx.Client]]:
    config = Sandbox(**{"conversations": 60, "rate_limit": 0, "faults": faults, **options})
    with running(config) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.token}", "Intercom-Version": "2.16", "Accept-Encoding": ""}
        with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, timeout=5) as client:
            yield sandbox, client


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=60, rate_limit=0)) as started:
        yield started


@pytest.fixture
def api(sandbox: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.token}", "Intercom-Version": "2.16"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, timeout=5) as client:
        yield client


def put(sandbox: Running, *faults: str) -> None:
    sandbox.control("faults", faults=list(faults))


def test_no_fault_unless_asked_for(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox)
    assert {api.get("/me").status_code for _ in range(20)} == {200}
    assert sandbox.control("state")["faults"]["active"] == []


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429", 429, "rate_limit_exceeded"),
        ("429-bare", 429, "rate_limit_exceeded"),
        ("429-past", 429, "rate_limit_exceeded"),
        ("429-retry-after", 429, "rate_limit_exceeded"),
        ("408", 408, "request_timeout"),
        ("500", 500, "server_error"),
        ("503", 503, "service_unavailable"),
    ],
)
def test_errors_that_pass(sandbox: Running, api: httpx.Client, fault: str, status: int, code: str) -> None:
    put(sandbox, f"{fault}=share=1")
    struck = api.get("/tags")
    assert (struck.status_code, struck.json()["errors"][0]["code"]) == (status, code)
    assert api.get("/tags").status_code == 200


def test_what_a_429_says_about_when(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox, "429-bare=share=1")
    bare = api.get("/me").headers
    assert not {"retry-after", "x-ratelimit-reset", "x-ratelimit-limit"} & bare.keys()
    put(sandbox, "429-retry-after=3,share=1")
    assert api.get("/me").headers["retry-after"] == "3"
    put(sandbox, "429-past=share=1")
    past = api.get("/me").headers
    assert int(past["x-ratelimit-reset"]) < time.time()
    assert past["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize("fault", ["502", "504"])
def test_a_proxy_answers_with_bare_html(sandbox: Running, api: httpx.Client, fault: str) -> None:
    put(sandbox, f"{fault}=share=1")
    struck = api.get("/me")
    assert struck.status_code == int(fault)
    assert "nginx" in struck.text
    assert "x-ratelimit-limit" not in struck.headers


def test_bodies_that_are_no_json(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox, "empty=share=1")
    assert (api.get("/me").status_code, api.get("/tags").content) == (200, b"")
    put(sandbox, "html=share=1")
    assert api.get("/me").text.startswith("<html>")
    put(sandbox, "truncated=share=1")
    cut = api.get("/me")
    with pytest.raises(json.JSONDecodeError):
        cut.json()
    put(sandbox, "gzip=share=1")
    with pytest.raises(httpx.DecodingError):
        api.get("/me")
    put(sandbox, "deep=share=1")
    with pytest.raises(RecursionError):
        api.get("/me").json()


def test_connections_that_break(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox, "cut=share=1")
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/me")
    put(sandbox, "reset=share=1")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        api.get("/me")
    assert api.get("/me").status_code == 200


def test_a_reset_is_a_reset(sandbox: Running) -> None:
    put(sandbox, "reset=share=1")
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 5, 0))
        request = f"GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sandbox.token}\r\n\r\n"
        connection.sendall(request.encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_stalled_body_ends_after_its_time(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox, "stall=30,share=1")
    with pytest.raises(httpx.ReadTimeout):
        api.get("/me", timeout=0.3)
    put(sandbox, "stall=0.1,share=1")
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/me")


def test_a_slow_body_arrives_whole(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox, "slow=0.3,share=1")
    before = time.monotonic()
    assert api.get("/me").json()["type"] == "admin"
    assert time.monotonic() - before > 0.2


def test_poisoned_conversations_stay_poisoned(sandbox: Running, api: httpx.Client) -> None:
    ids = [row.id for row in sandbox.world.conversation_index()]
    put(sandbox, f"poison={ids[0]}", f"malformed={ids[1]}", f"not-object={ids[2]}", f"gone={ids[3]}")
    for _ in range(3):
        assert api.get(f"/conversations/{ids[0]}").status_code == 500
        assert api.get(f"/conversations/{ids[1]}").json()["id"] is None
        assert api.get(f"/conversations/{ids[2]}").json() == ["conversation"]
        assert api.get(f"/conversations/{ids[3]}").status_code == 404
    assert api.get(f"/conversations/{ids[4]}").json()["id"] == ids[4]
    query = {"query": {"field": "id", "operator": "=", "value": ids[3]}}
    assert api.post("/conversations/search", json=query).json()["total_count"] == 1


def walk(api: httpx.Client, sort: str, pages: int = 100) -> list[list[str]]:
    seen: list[list[str]] = []
    body: dict[str, Any] = {"query": {"field": "created_at", "operator": ">", "value": 0}}
    body |= {"pagination": {"per_page": 10}, "sort": {"field": sort, "order": "ascending"}}
    for _ in range(pages):
        page = api.post("/conversations/search", json=body).json()
        seen.append([row["id"] for row in page["conversations"]])
        if not page["pages"].get("next"):
            break
        body["pagination"]["starting_after"] = page["pages"]["next"]["starting_after"]
    return seen


def test_pages_that_overlap_lose_nothing(sandbox: Running, api: httpx.Client) -> None:
    ids = [row.id for row in sandbox.world.conversation_index()]
    put(sandbox, "overlap=share=1")
    seen = walk(api, "created_at")
    assert [page[0] for page in seen[1:]] == [page[-1] for page in seen[:-1]]
    assert list(dict.fromkeys(ident for page in seen for ident in page)) == ids


def test_shifting_pages_lose_rows_of_a_mutable_order_only(sandbox: Running, api: httpx.Client) -> None:
    ids = {row.id for row in sandbox.world.conversation_index()}
    put(sandbox, "shift=share=1")
    assert {ident for page in walk(api, "created_at") for ident in page} == ids
    assert {ident for page in walk(api, "updated_at") for ident in page} < ids


def test_a_repeated_cursor_repeats_the_page(sandbox: Running, api: httpx.Client) -> None:
    put(sandbox, "repeat-cursor=share=1,times=0")
    seen = walk(api, "created_at", pages=4)
    assert seen[1] == seen[2] == seen[3]
    put(sandbox, "repeat-cursor=share=1")
    assert {ident for page in walk(api, "created_at") for ident in page} == {
        row.id for row in sandbox.world.conversation_index()
    }


def test_inclusive_bounds(sandbox: Running, api: httpx.Client) -> None:
    row = sandbox.world.conversation_index()[10]
    edge = {"query": {"field": "created_at", "operator": ">", "value": row.created_at}}
    put(sandbox)
    strict = api.post("/conversations/search", json=edge).json()["total_count"]
    put(sandbox, "inclusive")
    assert api.post("/conversations/search", json=edge).json()["total_count"] > strict


def test_scroll_faults() -> None:
    with faulty("scroll-500") as (sandbox, api):
        assert api.get("/companies/scroll").status_code == 500
        first = api.get("/companies/scroll").json()
        assert first["data"]
        put(sandbox, "scroll-lost")
        lost = api.get("/companies/scroll", params={"scroll_param": first["scroll_param"]})
        assert lost.status_code == 404
        put(sandbox, "scroll-stuck=times=2")
        stuck = [api.get("/companies/scroll").status_code for _ in range(3)]
        assert stuck == [400, 400, 200]


def test_a_scroll_that_never_ends() -> None:
    with faulty("scroll-loop") as (_, api):
        page = api.get("/companies/scroll").json()
        first = [row["id"] for row in page["data"]]
        brought = 0
        for _ in range(6):
            page = api.get("/companies/scroll", params={"scroll_param": page["scroll_param"]}).json()
            brought += len(page["data"])
        assert brought > len(first)
        assert page["data"]


def test_switches_come_in_their_time() -> None:
    with faulty("limit=83,after=2", "scope=read_tags,after=3", "revoke=after=4") as (_, api):
        assert api.get("/me").headers["x-ratelimit-limit"] == "1000000"
        assert api.get("/tags").status_code == 200
        assert api.get("/me").headers["x-ratelimit-limit"] == "83"
        assert api.get("/tags").status_code == 401
        assert api.get("/me").json()["errors"][0]["code"] == "token_revoked"


def test_file_faults() -> None:
    with faulty(conversations=200) as (sandbox, api), httpx.Client(trust_env=False, timeout=5) as files:
        url = next(url for url in file_urls(sandbox, api) if files.get(url).status_code == 200)
        size = len(files.get(url).content)
        for status in (403, 404, 410, 500):
            put(sandbox, f"file-{status}=share=1")
            assert files.get(url).status_code == status
        assert files.get(url).status_code == 200
        for fault, length in (("short", size // 2), ("long", size + 1000), ("zero", 0)):
            put(sandbox, f"file-{fault}=share=1")
            assert len(files.get(url).content) == length
        put(sandbox, "file-cut=share=1")
        with pytest.raises(httpx.RemoteProtocolError):
            files.get(url)
        put(sandbox, "file-redirect=share=1")
        assert files.get(url).headers["location"].startswith("http://169.254.169.254/")
        put(sandbox, "file-endless=share=1")
        with files.stream("GET", url) as endless:
            assert "content-length" not in endless.headers
            got = 0
            for chunk in endless.iter_raw():
                got += len(chunk)
                if got > 3_000_000:
                    break
        put(sandbox)
        assert len(files.get(url).content) == size


def file_urls(sandbox: Running, api: httpx.Client) -> list[str]:
    urls: list[str] = []
    for row in sandbox.world.conversation_index():
        full = api.get(f"/conversations/{row.id}").json()
        for part in [full["source"] or {}, *full["conversation_parts"]["conversation_parts"]]:
            urls += [attachment["url"] for attachment in part.get("attachments") or []]
    return [url for url in urls if url.startswith(sandbox.files_url)]


def test_the_mix_is_outlasted_by_trying_again() -> None:
    with faulty("mix", conversations=300, seed=5) as (sandbox, api):
        for row in sandbox.world.conversation_index():
            for _ in range(4):
                try:
                    answer = api.get(f"/conversations/{row.id}")
                    if answer.status_code == 200 and answer.json()["id"] == row.id:
                        break
                except (httpx.HTTPError, ValueError):
                    continue
            else:
                pytest.fail(f"conversation {row.id} can't be read")
        assert sum(sandbox.control("state")["faults"]["fired"].values()) > 5
