"""Signed addresses: where they are found, how they are joined, and when they stop working."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ochre_tui.sandbox.files import Signer
from ochre_tui.sandbox.limits import Clock, Windows
from ochre_tui.sandbox.site import Cache

FILES = "http://127.0.0.1:9"


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def signer(life_s: int = 1800, now: float = 10_000) -> tuple[Signer, Hands]:
    hands = Hands(now)
    return Signer(FILES, life_s, Clock(hands), seed=1), hands


def signed(value: Any, tool: Signer) -> Any:
    return json.loads(tool.sign(json.dumps(value, separators=(",", ":")).encode()))


def verdict(tool: Signer, url: str) -> str | None:
    split = urlsplit(url)
    return tool.verdict(split.path, dict(parse_qsl(split.query)))


def test_an_attachment_is_signed_with_plain_ampersands() -> None:
    tool, _ = signer()
    url = signed({"url": f"{FILES}/i/o/app/1/ab/a%20b.png"}, tool)["url"]
    assert re.fullmatch(re.escape(FILES) + r"/i/o/app/1/ab/a%20b\.png\?expires=\d+&signature=[0-9a-f]{64}&req=.+", url)
    assert verdict(tool, url) is None


@pytest.mark.parametrize(
    "body",
    [
        '<img src="{url}">',
        "<img src='{url}'>",
        '<a href="{url}">{url}</a>',
        "see {url} please",
    ],
)
def test_html_is_signed_with_escaped_ampersands(body: str) -> None:
    tool, _ = signer()
    text = signed({"body": body.format(url=f"{FILES}/i/o/app/1/ab/x.png")}, tool)["body"]
    urls = re.findall(re.escape(FILES) + r"[^\"'<>\s]*", text)
    assert len(urls) == body.count("{url}")
    for url in urls:
        assert "&amp;signature=" in url
        assert verdict(tool, html.unescape(url)) is None


def test_a_query_that_is_there_already_stays() -> None:
    tool, _ = signer()
    url = signed({"url": f"{FILES}/i/o/a.png?size=2"}, tool)["url"]
    assert "?size=2&expires=" in url
    assert verdict(tool, url) is None


def test_other_addresses_stay_as_they_are() -> None:
    tool, _ = signer()
    value = {"url": "https://example.com/i/o/a.png", "body": '<img src="http://127.0.0.1:80/a.png">'}
    assert signed(value, tool) == value


def test_a_client_may_write_the_path_in_another_way() -> None:
    tool, _ = signer()
    url = signed({"url": f"{FILES}/i/o/%E2%80%AEgnp.exe%20(1)"}, tool)["url"]
    assert verdict(tool, url.replace("(1)", "%281%29")) is None
    assert verdict(tool, url.replace("(1)", "(2)")) == "Wrong signature"


def test_addresses_expire_on_a_quarter_hour_within_their_life() -> None:
    tool, hands = signer(now=10_000)
    url = signed({"url": f"{FILES}/a"}, tool)["url"]
    expires = int(dict(parse_qsl(urlsplit(url).query))["expires"])
    assert expires % 900 == 0
    assert 900 <= expires - hands.now <= 1800
    hands.now = expires - 1
    assert verdict(tool, url) is None
    hands.now = expires
    assert verdict(tool, url) == "Expired"


def test_a_short_life_is_exact() -> None:
    tool, hands = signer(life_s=5)
    url = signed({"url": f"{FILES}/a"}, tool)["url"]
    hands.now += 5
    assert verdict(tool, url) == "Expired"


def test_unsigned_addresses_are_refused() -> None:
    tool, _ = signer()
    assert verdict(tool, f"{FILES}/a") == "Missing signature"
    assert verdict(tool, f"{FILES}/a?expires=99999999999&signature=0") == "Wrong signature"


def test_a_cache_keeps_no_more_than_it_may() -> None:
    made: list[str] = []
    cache = Cache(lambda content: len(content) if content else 0, 100)

    def get(path: str) -> bytes | None:
        return cache.get(path, lambda: make(path))

    def make(path: str) -> bytes | None:
        made.append(path)
        return None if path == "gone" else b"x" * 40

    for path in ("a", "b", "a", "gone", "gone", "c", "a"):
        get(path)
    assert made == ["a", "b", "gone", "c"]
    assert get("gone") is None


def test_windows_refuse_beyond_the_limit_and_start_anew() -> None:
    hands = Hands(1_000_003)
    windows = Windows(3, Clock(hands))
    taken = [windows.take() for _ in range(5)]
    assert [quota.remaining for quota in taken] == [2, 1, 0, 0, 0]
    assert [quota.exceeded for quota in taken] == [False, False, False, True, True]
    assert {quota.reset for quota in taken} == {1_000_010}
    hands.now = 1_000_010
    fresh = windows.take()
    assert (fresh.remaining, fresh.reset, fresh.exceeded) == (2, 1_000_020, False)
    assert windows.refused == {1_000_010: 2}


def test_no_limit_still_announces_one() -> None:
    windows = Windows(0, Clock(Hands(0)))
    assert windows.take().limit == 1_000_000
