"""Ochre over HTTP: which servers are refused, and what becomes of requests that fail on the way."""

from __future__ import annotations

import hashlib
import json
import random
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.core.errors import (
    CredentialError,
    DiskFullError,
    OchreTuiError,
    RecordError,
    UnreachableError,
    UsageError,
)
from ochre_tui.core.secret import Secret
from ochre_tui.ochre.columns import CUSTOMERS, TAGS
from ochre_tui.ochre.http.client import Waits, checked_url
from ochre_tui.ochre.http.target import open_http_target
from ochre_tui.ochre.records import Customer, Role, Tag
from ochre_tui.server.import_api.limits import Limits
from tests.support.faulty_servers import Answer, answering, losing
from tests.support.served_workspace import Served, served

TOKEN = Secret("ochre_some-token-or-other")
JSON = {"Content-Type": "application/json"}
CAPABLE: dict[str, Any] = {
    "contract": "ochre-import",
    "version": "1.0",
    "workspace": {"id": "wsp_1", "slug": "acme", "name": "Acme"},
    "role": "admin",
    "kinds": ["user", "custom_field", "tag", "company", "customer", "saved_reply", "thread"],
    "limits": {"records_per_batch": 10, "batch_bytes": 10_000, "file_bytes": 1000},
    "writes": 3,
    "back_dated": True,
    "sets_off": {"surveys": False},
}


class Waited:
    """Waits that take no time, and what they would have taken."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def waits(self) -> Waits:
        return Waits(self.seconds.append, random.Random(1))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "workspace") as running:
        yield running


def capable(**changes: Any) -> Answer:
    return Answer(200, JSON, json.dumps({**CAPABLE, **changes}).encode())


def tag(number: int, name: str = "bug") -> Tag:
    return Tag(f"tag_{number:04}", name)


def customer(**changes: Any) -> Customer:
    blank = Customer("cus_1", "Zoë", None, (), None, (), (), True, False, (), (), {}, {}, None, None)
    return replace(blank, **changes)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(200, {"Content-Type": "text/html"}, b"<h1>Welcome</h1>"), "HTTP 200 and an HTML page"),
        (Answer(404, {"Content-Type": "text/html"}, b"nothing"), "HTTP 404 and an HTML page"),
        (Answer(401, {"Content-Type": "text/html"}, b"log in"), "HTTP 401 and an HTML page"),
        (Answer(404, JSON, b'{"error": "no"}'), "HTTP 404"),
        (Answer(401, JSON, b'{"type": "error.list", "errors": []}'), "HTTP 401"),
        (Answer(302, {"Location": "https://elsewhere.example/"}), "a redirect to https://elsewhere.example/"),
        (Answer(200, {}, b""), "HTTP 200 and no content type"),
        (Answer(200, JSON, b""), "other JSON"),
        (Answer(200, JSON, b'{"type": "app", "id": 1}'), "other JSON (contract: Field required)"),
        (Answer(200, JSON, b"[" * 100_000), "other JSON"),
        (capable(contract="ochre-sail"), "a server of the contract ochre-sail"),
        (capable(version="2.0"), "version 2.0 of the contract"),
        (capable(version=1), "other JSON (version: "),
        (capable(kinds=["user"]), "a server that takes no company"),
        (capable(back_dated=False), "the time of the import"),
        (capable(sets_off={"surveys": True, "routing": True}), "importing sets off routing, surveys"),
        (capable(limits={"records_per_batch": 0, "batch_bytes": 1, "file_bytes": 1}), "takes nothing"),
        (capable(workspace={"id": "x"}), "other JSON (workspace.slug: Field required)"),
        (capable(contract="\x1b[2J\u202e"), "a server of the contract "),
    ],
)
def test_a_server_that_does_not_speak_it_is_refused_with_what_was_found(answer: Answer, found: str) -> None:
    with answering(answer) as url, pytest.raises(UsageError) as raised:
        open_http_target(url, TOKEN)
    assert found in raised.value.title
    assert raised.value.title.isprintable()
    assert raised.value.meaning == "Nothing was written there."


@pytest.mark.parametrize("role", ["agent", "light_agent"])
def test_a_token_that_may_not_import_is_refused(server: Served, role: Role) -> None:
    with pytest.raises(CredentialError, match="import"):
        open_http_target(server.url, server.new_token(role))
    with answering(capable(role=role)) as url, pytest.raises(CredentialError, match=role):
        open_http_target(url, TOKEN)


def test_an_unknown_token_is_refused_and_not_repeated(server: Served) -> None:
    with pytest.raises(CredentialError, match="does not accept the token") as raised:
        open_http_target(server.url, TOKEN)
    assert TOKEN.unwrap() not in str(raised.value.__dict__)


def test_a_token_that_dies_on_the_way_is_a_credential_error() -> None:
    with (
        answering(capable(), Answer(401, JSON, b'{"error": {"code": "unauthorized", "message": "gone"}}')) as url,
        closing(open_http_target(url, TOKEN)) as target,
        pytest.raises(CredentialError) as raised,
    ):
        target.put(1, [tag(1)])
    assert raised.value.exit_code == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://ochre.example",
        "ftp://127.0.0.1",
        "https://",
        "https://a:b@ochre.example",
        "https://ochre.example/?a=b",
        "https://ochre.example:port",
        "ochre.example",
        "https://a b.example",
        "https://a\0b.example",
        "https://[::1",
        "https://ochre..example",
        f"https://{'a' * 64}.example",
        "http://127.0.0.1.example",
        "",
        "\x1b[2J",
    ],
)
def test_addresses_that_are_not_private_or_none_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        checked_url(url)
    assert raised.value.title.isprintable()


@pytest.mark.parametrize(
    "url", ["https://ochre.example", "https://ochre.example:8443/desk/", "http://localhost:1", "http://[::1]:8320"]
)
def test_addresses_that_are_accepted(url: str) -> None:
    assert checked_url(f" {url} ") == url.rstrip("/")


def test_nobody_there_is_unreachable_after_growing_waits() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        waited = Waited()
        with pytest.raises(UnreachableError, match="can't be reached") as raised:
            open_http_target(f"http://127.0.0.1:{port}", TOKEN, waits=waited.waits())
    assert raised.value.exit_code == 5
    assert len(waited.seconds) == 3
    assert waited.seconds == sorted(waited.seconds)


@pytest.mark.parametrize(
    "failure",
    [
        Answer(503, JSON, b"{}"),
        Answer(502, {"Content-Type": "text/html"}, b"bad gateway"),
        Answer(200, {"Content-Type": "text/html"}, b"<h1>Log in to the Wi-Fi</h1>"),
        Answer(200, JSON, b'{"results": ['),
        Answer(200, JSON, b'{"results": [{"outcome": "perhaps"}], "writes": 4}'),
    ],
)
def test_failures_that_pass_are_tried_again(failure: Answer) -> None:
    done = Answer(200, JSON, b'{"results": [{"outcome": "created"}], "writes": 4}')
    waited = Waited()
    with (
        answering(capable(), failure, failure, done) as url,
        closing(open_http_target(url, TOKEN, waits=waited.waits())) as target,
    ):
        assert target.put(1, [tag(1)]) == ["created"]
    assert len(waited.seconds) == 2


def test_a_failure_that_stays_is_unreachable() -> None:
    waited = Waited()
    with (
        answering(capable(), Answer(503, JSON, b"{}")) as url,
        closing(open_http_target(url, TOKEN, waits=waited.waits())) as target,
        pytest.raises(UnreachableError, match="HTTP 503"),
    ):
        target.users()
    assert len(waited.seconds) == 6


def test_an_answer_for_other_records_is_not_believed() -> None:
    with (
        answering(capable(), Answer(200, JSON, b'{"results": [], "writes": 4}')) as url,
        closing(open_http_target(url, TOKEN)) as target,
        pytest.raises(OchreTuiError, match="what became of each record"),
    ):
        target.put(1, [tag(1)])


def test_a_full_disk_there_is_said(server: Served) -> None:
    with (
        answering(capable(), Answer(507, JSON, b'{"error": {"code": "disk_full", "message": "full"}}')) as url,
        closing(open_http_target(url, TOKEN)) as target,
        pytest.raises(DiskFullError),
    ):
        target.put(1, [tag(1)])


def test_a_rate_limit_is_waited_for(tmp_path: Path) -> None:
    now = 1000.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    limits = Limits(requests_per_window=5)
    with (
        served(tmp_path / "workspace", limits=limits, clock=lambda: now) as server,
        closing(open_http_target(server.url, server.token, waits=Waits(sleep))) as target,
    ):
        for number in range(20):
            assert target.put(1, [tag(number)]) == ["created"]
    assert now == 1040.0, "whole windows, not one request more"


@pytest.mark.parametrize("limits", [Limits(batch_bytes=3000), Limits(batch_bytes=1200)])
def test_batches_are_as_large_as_the_server_takes_them(tmp_path: Path, limits: Limits) -> None:
    records = [tag(number, "n" * (number % 150)) for number in range(200)]
    with (
        served(tmp_path / "workspace", limits=limits) as server,
        closing(open_http_target(server.url, server.token)) as target,
    ):
        assert target.put(1, records) == ["created"] * 200
        assert list(target.records(TAGS)) == records
        with pytest.raises(RecordError, match="bytes"):
            target.put(1, [tag(999, "n" * 5000)])


def test_more_records_than_a_batch_takes(server: Served) -> None:
    records = [tag(number) for number in range(2500)]
    with closing(open_http_target(server.url, server.token)) as target:
        assert target.put(1, records) == ["created"] * 2500
        assert list(target.records(TAGS)) == records
        target.remove((Tag, record.id) for record in records)
        assert list(target.records(TAGS)) == []


def test_what_is_too_deep_for_the_api_is_a_record_of_its_own(server: Served) -> None:
    deep: Any = []
    for _ in range(240):
        deep = [deep]
    with closing(open_http_target(server.url, server.token)) as target:
        with pytest.raises(RecordError):
            target.put(1, [customer(unmapped={"deep": deep})])
        assert target.put(1, [customer()]) == ["created"]


def test_a_file_larger_than_the_server_takes_is_known_before(tmp_path: Path) -> None:
    with (
        served(tmp_path / "workspace", limits=Limits(file_bytes=1000)) as server,
        closing(open_http_target(server.url, server.token)) as target,
    ):
        assert target.largest_file == 1000


@pytest.mark.parametrize("every", [1, 2])
def test_lost_answers_double_nothing(server: Served, every: int) -> None:
    """Each request is done, and its answer lost, before it is heard at the next attempt."""
    asked: dict[str, int] = {}

    def cut(method: str, path: str) -> bool:
        key = f"{method} {path}"
        asked[key] = asked.get(key, 0) + 1
        return method != "GET" and asked[key] <= every

    waited = Waited()
    content = b"hello" * 1000
    spool = server.folder.parent / "spool"
    spool.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    with (
        losing(server.url, cut) as url,
        closing(open_http_target(url, server.token, waits=waited.waits())) as target,
    ):
        target.add_files([(spool, sha256)])
        assert target.put(7, [customer(), tag(1)]) == ["created", "created"]
        asked.clear()
        assert target.put(7, [customer(), tag(1)]) == ["created", "created"]
        asked.clear()
        assert target.put(8, [customer(name="Zoe"), tag(1)]) == ["changed", "unchanged"]
        assert [found.name for found in target.records(CUSTOMERS)] == ["Zoe"]
        asked.clear()
        target.remove([(Tag, tag(1).id)])
        assert list(target.records(TAGS)) == []
        assert target.has_file(sha256)
    assert len(waited.seconds) == 7 * every, "files asked for and sent, three batches, a removal, a file asked for"
    assert not spool.exists()


def test_an_export_that_breaks_off_leaves_what_was_there(server: Served, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    out.write_bytes(b"an older export")
    with (
        losing(server.url, lambda method, path: "export" in path) as url,
        closing(open_http_target(url, server.token)) as target,
        pytest.raises(UnreachableError),
    ):
        target.export(out, exported_at=0, tool_version="", migration="")
    assert out.read_bytes() == b"an older export"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zip", "workspace"]
