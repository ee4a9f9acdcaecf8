"""Downloads over real HTTP: what is written, and what is refused before a byte is asked for."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ochre_tui.core.errors import DiskFullError
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import FileUnavailable
from ochre_tui.intercom.files import Downloaded, Downloader
from ochre_tui.intercom.guarded_resolver import GuardedResolver, NotPublicError
from ochre_tui.intercom.hosts import FileHosts

BYTES = bytes(range(256)) * 3000


class Stage(Protocol):
    url: str
    seen: list[Request]
    answer: Callable[[Request, Any], Response]


class Waits(Protocol):
    slept: list[float]

    def clock(self) -> Clock: ...


def fetched(url: str, spool: Path, waits: Waits, *, expected: int | None = None, **options: Any) -> Downloaded:
    async def main() -> Downloaded:
        options.setdefault("hosts", FileHosts.parse(url.split("/")[2]))
        async with Downloader(clock=waits.clock(), **options) as downloader:
            return await downloader.download(url, spool, expected_size=expected)

    return asyncio.run(main())


def refused(url: str, spool: Path, waits: Waits, **options: Any) -> FileUnavailable:
    with pytest.raises(FileUnavailable) as caught:
        fetched(url, spool, waits, **options)
    assert not spool.exists()
    return caught.value


def test_a_file_is_written_and_hashed(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    stage.answer = lambda request, body: Response(BYTES, media_type="image/png")
    spool = tmp_path / "spool"
    before = os.umask(0)
    try:
        got = fetched(f"{stage.url}/i/o/1/a%20b%2Bc.png?expires=1&signature=a%2Fb", spool, waits)
    finally:
        os.umask(before)
    assert got == Downloaded(spool, hashlib.sha256(BYTES).hexdigest(), len(BYTES), "image/png")
    assert spool.read_bytes() == BYTES
    assert stat.S_IMODE(spool.stat().st_mode) == 0o600
    (request,) = stage.seen
    assert request.scope["raw_path"] == b"/i/o/1/a%20b%2Bc.png"
    assert request.scope["query_string"] == b"expires=1&signature=a%2Fb"
    assert "authorization" not in request.headers
    assert "cookie" not in request.headers
    assert waits.slept == []


def test_names_that_are_not_encoded(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    stage.answer = lambda request, body: Response(b"x")
    fetched(f"{stage.url}/Résumé 1.pdf?a=b", tmp_path / "spool", waits)
    assert stage.seen[0].scope["raw_path"] == b"/R%C3%A9sum%C3%A9%201.pdf"


def test_a_length_that_is_not_told(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"y" * 1000

    stage.answer = lambda request, body: StreamingResponse(chunks())
    assert fetched(f"{stage.url}/f", tmp_path / "spool", waits).size == 10_000


@pytest.mark.parametrize(
    ("status", "permanent", "expired", "requests"),
    [
        (403, False, True, 1),
        (401, False, True, 1),
        (404, True, False, 1),
        (410, True, False, 1),
        (400, True, False, 1),
        (500, False, False, 4),
        (503, False, False, 4),
        (429, False, False, 4),
    ],
)
def test_refusals(
    stage: Stage, waits: Waits, tmp_path: Path, status: int, permanent: bool, expired: bool, requests: int
) -> None:
    stage.answer = lambda request, body: Response(b"no", status)
    error = refused(f"{stage.url}/f", tmp_path / "spool", waits)
    assert (error.permanent, error.expired) == (permanent, expired)
    assert str(status) in error.reason
    assert len(stage.seen) == requests


def test_a_failure_that_passes(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    stage.answer = lambda request, body: Response(b"late", 200 if len(stage.seen) == 4 else 502)
    assert fetched(f"{stage.url}/f", tmp_path / "spool", waits).size == 4


def test_too_large(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    stage.answer = lambda request, body: Response(BYTES)
    error = refused(f"{stage.url}/f", tmp_path / "spool", waits, max_bytes=len(BYTES) - 1)
    assert error.permanent
    assert fetched(f"{stage.url}/f", tmp_path / "spool", waits, max_bytes=len(BYTES)).size == len(BYTES)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"z" * 65536
            await asyncio.sleep(0)

    stage.answer = lambda request, body: StreamingResponse(endless())
    assert refused(f"{stage.url}/f", tmp_path / "other", waits, max_bytes=10**6).permanent


def test_too_slow(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(0.02)

    stage.answer = lambda request, body: StreamingResponse(drops())
    error = refused(f"{stage.url}/f", tmp_path / "spool", waits, max_seconds=0.2)
    assert not error.permanent


@pytest.mark.parametrize("expected", [None, 5])
def test_an_empty_file_or_another_size_is_believed_when_it_comes_twice(
    stage: Stage, waits: Waits, tmp_path: Path, expected: int | None
) -> None:
    stage.answer = lambda request, body: Response(b"")
    assert fetched(f"{stage.url}/f", tmp_path / "spool", waits, expected=expected).size == 0
    assert len(stage.seen) == 2
    stage.answer = lambda request, body: Response(b"12345" if len(stage.seen) == 4 else b"123")
    got = fetched(f"{stage.url}/f", tmp_path / "spool", waits, expected=5)
    assert (got.size, len(stage.seen)) == (5, 4)


def test_redirects_are_followed_and_checked(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    def answer(request: Request, body: Any) -> Response:
        hop = int(request.url.path.strip("/"))
        return RedirectResponse(f"/{hop - 1}") if hop else Response(b"there")

    stage.answer = answer
    assert fetched(f"{stage.url}/3", tmp_path / "spool", waits).size == 5
    assert refused(f"{stage.url}/4", tmp_path / "spool", waits).permanent


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/",
        "http://127.0.0.1:1/x",
        "http://localhost/x",
        "https://example.com/x",
        "file:///etc/passwd",
        "//10.0.0.1/x",
        "http://[::1]/x",
        "https://user@downloads.intercomcdn.com/x",
        "",
    ],
)
def test_a_redirect_leads_nowhere_else(stage: Stage, waits: Waits, tmp_path: Path, target: str) -> None:
    stage.answer = lambda request, body: Response(status_code=302, headers={"Location": target} if target else {})
    assert refused(f"{stage.url}/f", tmp_path / "spool", waits).permanent
    assert len(stage.seen) <= 4


def test_hosts_that_are_not_allowed_are_never_asked(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    assert refused(f"{stage.url}/f", tmp_path / "spool", waits, hosts=FileHosts()).permanent
    assert stage.seen == []


class Names(AbstractResolver):
    """A name server that says what a test wants."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_is_refused(waits: Waits, tmp_path: Path, address: str) -> None:
    error = refused(
        "https://downloads.intercomcdn.com/i/o/1", tmp_path / "spool", waits, hosts=FileHosts(), resolver=Names(address)
    )
    assert error.permanent
    assert "public" in error.reason
    assert waits.slept == []


def test_only_public_addresses_are_connected_to() -> None:
    async def resolved(hosts: FileHosts, *addresses: str) -> list[str]:
        found = await GuardedResolver(hosts, Names(*addresses)).resolve("files.example.com", 443)
        return [result["host"] for result in found]

    mixed = ("10.0.0.1", "93.184.216.34", "::1", "2606:2800:220:1::1")
    assert asyncio.run(resolved(FileHosts(), *mixed)) == ["93.184.216.34", "2606:2800:220:1::1"]
    assert asyncio.run(resolved(FileHosts.parse("files.example.com"), *mixed)) == list(mixed)
    assert asyncio.run(resolved(FileHosts.parse("files.example.com:443"), *mixed)) == list(mixed)
    with pytest.raises(NotPublicError):
        asyncio.run(resolved(FileHosts.parse("files.example.com:444"), "10.0.0.1"))


def test_nobody_there(waits: Waits, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = refused(f"http://127.0.0.1:{unused.getsockname()[1]}/f", tmp_path / "spool", waits)
    assert not error.permanent
    assert len(waits.slept) == 3


def test_a_full_disk_is_said(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    stage.answer = lambda request, body: Response(BYTES)
    spool = tmp_path / "spool"
    spool.symlink_to("/dev/full")
    with pytest.raises(DiskFullError):
        fetched(f"{stage.url}/f", spool, waits)
    assert not spool.is_symlink()


def test_no_more_at_a_time_than_asked_for(stage: Stage, waits: Waits, tmp_path: Path) -> None:
    under_way = most = 0

    async def slow() -> AsyncIterator[bytes]:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        yield b"a"
        await asyncio.sleep(0.01)
        under_way -= 1

    stage.answer = lambda request, body: StreamingResponse(slow())

    async def main() -> list[Downloaded]:
        async with Downloader(FileHosts.parse("127.0.0.1"), parallel=3, clock=waits.clock()) as downloader:
            return await asyncio.gather(
                *(downloader.download(f"{stage.url}/{n}", tmp_path / str(n)) for n in range(20))
            )

    assert len(asyncio.run(main())) == 20
    assert most == 3
