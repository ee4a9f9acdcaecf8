"""The client against the simulated Intercom with faults switched on; waiting puts both clocks forward."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ochre_tui.core.secret import Secret
from ochre_tui.intercom import companies, listing, windows
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import (
    DeadToken,
    FileUnavailable,
    IntercomUnavailable,
    MissingScope,
    NotFound,
    RecordUnavailable,
)
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.sandbox.server import Running, Sandbox, running

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bench:
    """A sandbox and a client whose waits cost no time: they put the sandbox's clock forward."""

    sandbox: Running

    def clock(self) -> Clock:
        clock = self.sandbox.site.clock
        began = clock.now() - time.monotonic()

        async def sleep(seconds: float) -> None:
            clock.advance(seconds)
            await asyncio.sleep(0)

        return Clock(lambda: clock.now() - began, sleep, random.Random(1))

    def run(self, ask: Callable[[Intercom], Awaitable[T]], **options: Any) -> T:
        async def main() -> T:
            secret = Secret(self.sandbox.token)
            async with Intercom(secret, self.sandbox.url, clock=self.clock(), **options) as client:
                return await ask(client)

        return asyncio.run(main())


@contextmanager
def bench(*faults: str, conversations: int = 60, rate_limit: int = 0) -> Iterator[Bench]:
    with running(Sandbox(conversations=conversations, rate_limit=rate_limit, faults=faults)) as sandbox:
        yield Bench(sandbox)


@pytest.fixture(scope="module")
def calm() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture
def faulty(calm: Bench) -> Iterator[Callable[..., Bench]]:
    """The module's sandbox with faults, until the test is over."""

    def put(*faults: str) -> Bench:
        calm.sandbox.control("faults", faults=list(faults))
        return calm

    yield put
    calm.sandbox.control("faults", faults=[])


async def everything(client: Intercom) -> dict[str, set[str]]:
    """The ids of all that is listed, and of the conversations that could be read."""
    found: dict[str, set[str]] = {name: set() for name in ("conversations", "contacts", "companies", "read")}
    for window_page in [page async for page in windows.list_conversations(client, await windows.first_windows(client))]:
        found["conversations"] |= {row["id"] for row in window_page.rows}
    async for page in listing.contacts(client):
        found["contacts"] |= {row["id"] for row in page.rows}
    async for page in companies.scroll(client):
        found["companies"] |= {row["id"] for row in page.rows}

    async def read(ident: str) -> None:
        found["read"].add(str((await client.read(f"/conversations/{ident}")).json["id"]))

    await asyncio.gather(*map(read, sorted(found["conversations"])))
    return found


def truth(sandbox: Running) -> dict[str, set[str]]:
    world = sandbox.world
    conversations = {str(row.id) for row in world.conversation_index()}
    return {
        "conversations": conversations,
        "read": conversations,
        "contacts": {ident for ident in world.contact_ids() if world.contact_state(ident) == "listed"},
        "companies": {ident for ident in world.company_ids() if world.company_in_scroll(ident)},
    }


@pytest.mark.parametrize(
    "faults", [(), ("mix",), ("mix", "inclusive"), ("overlap", "shift", "inclusive"), ("repeat-cursor=share=1",)]
)
def test_everything_is_found_and_read(faults: tuple[str, ...]) -> None:
    with bench(*faults, conversations=700) as made:
        assert made.run(everything) == truth(made.sandbox)


API_FAULTS = [
    *("429", "429-retry-after", "429-bare", "429-past", "408", "500", "502", "503", "504", "empty", "html"),
    *("truncated", "gzip", "cut", "reset", "stall=0.5", "slow=0.1", "huge", "deep"),
]


@pytest.mark.parametrize("fault", API_FAULTS)
def test_what_passes_is_outlasted(faulty: Callable[..., Bench], fault: str) -> None:
    made = faulty(f"{fault}{',' if '=' in fault else '='}share=1,times=2,path=/conversations/*")
    ident = str(made.sandbox.world.conversation_index()[0].id)
    assert made.run(lambda client: client.get(f"/conversations/{ident}"), deadline_s=10)["id"] == ident


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("gone", NotFound),
        ("gone-html", NotFound),
        ("poison", RecordUnavailable),
        ("not-object", RecordUnavailable),
        ("stall=9,share=1,times=0,path=/conversations/*", RecordUnavailable),
        ("reset=share=1,times=0,path=/conversations/*", RecordUnavailable),
        ("reset=share=1,times=0", IntercomUnavailable),
        ("502=share=1,times=0", IntercomUnavailable),
    ],
)
def test_what_stays_is_told_apart(faulty: Callable[..., Bench], fault: str, error: type[Exception]) -> None:
    ident = "*"
    made = faulty(fault if "=" in fault else f"{fault}={ident},share=1")
    ident = str(made.sandbox.world.conversation_index()[0].id)
    with pytest.raises(error):
        made.run(lambda client: client.get(f"/conversations/{ident}"), deadline_s=0.3, attempts=4)


def test_the_scroll_outlasts_its_faults() -> None:
    for fault in ("scroll-500", "scroll-lost", "scroll-stuck", "scroll-stuck=times=0", "scroll-loop"):
        with bench(fault, conversations=500) as made:

            async def ids(client: Intercom) -> set[str]:
                return {row["id"] async for page in companies.scroll(client) for row in page.rows}

            assert made.run(ids) == truth(made.sandbox)["companies"], fault


def test_a_token_that_dies_and_a_scope_that_is_taken_away() -> None:
    with bench() as made:
        made.sandbox.control("scopes", missing=["read_tags"])
        with pytest.raises(MissingScope, match="Read tags"):
            made.run(listing.tags)
        made.run(listing.admins)
        made.sandbox.control("revoke")
        with pytest.raises(DeadToken):
            made.run(listing.admins)


async def file_urls(client: Intercom) -> list[tuple[str, int]]:
    """Address and declared size of attachments."""
    found = []
    for page in [page async for page in listing.conversations(client)]:
        for row in page.rows:
            conversation = await client.get(f"/conversations/{row['id']}")
            parts = (conversation.get("conversation_parts") or {}).get("conversation_parts") or []
            for holder in [conversation.get("source") or {}, *parts]:
                found += [(item["url"], item["filesize"]) for item in holder.get("attachments") or []]
    return found


def downloads(made: Bench, folder: Path, **options: Any) -> list[tuple[str, bytes | FileUnavailable]]:
    """What comes of every attachment: its bytes, or why not."""
    urls = made.run(file_urls)[:40]

    async def main() -> list[tuple[str, bytes | FileUnavailable]]:
        hosts = FileHosts.parse(made.sandbox.attachment_host)
        async with Downloader(hosts, clock=made.clock(), **options) as downloader:

            async def one(number: int, url: str, size: int) -> tuple[str, bytes | FileUnavailable]:
                spool = folder / str(number)
                try:
                    got = await downloader.download(url, spool, expected_size=size)
                except FileUnavailable as error:
                    assert not spool.exists()
                    return url, error
                content = spool.read_bytes()
                assert (got.size, got.sha256) == (len(content), hashlib.sha256(content).hexdigest())
                return url, content

            return await asyncio.gather(*(one(n, url, size) for n, (url, size) in enumerate(urls)))

    return asyncio.run(main())


def expected(made: Bench, url: str) -> bytes | None:
    known = made.sandbox.world.file(url.removeprefix(made.sandbox.files_url).partition("?")[0])
    return known[0] if known else None


PASSING = [
    "file-500",
    "file-cut",
    "file-reset",
    "file-stall=0.2",
    "file-slow=0.2",
    "file-short",
    "file-long",
    "file-zero",
]


@pytest.mark.parametrize("fault", PASSING)
def test_files_outlast_what_passes(faulty: Callable[..., Bench], tmp_path: Path, fault: str) -> None:
    made = faulty(f"{fault}{',' if '=' in fault else '='}share=1")
    got = downloads(made, tmp_path)
    assert len(got) >= 10
    for url, content in got:
        if isinstance(content, FileUnavailable):
            assert expected(made, url) is None
            assert content.permanent
        else:
            assert content == expected(made, url)
    assert made.sandbox.control("state")["files"]["bearer_leaks"] == 0


@pytest.mark.parametrize(
    ("fault", "permanent", "expired"),
    [
        ("file-404=share=1", True, False),
        ("file-410=share=1", True, False),
        ("file-403=share=1,times=0", False, True),
        ("file-500=share=1,times=0", False, False),
        ("file-endless=share=1", True, False),
        ("file-redirect=share=1", True, False),
    ],
)
def test_files_that_stay_away(
    faulty: Callable[..., Bench], tmp_path: Path, fault: str, permanent: bool, expired: bool
) -> None:
    made = faulty(fault)
    for url, error in downloads(made, tmp_path, max_bytes=2_000_000):
        assert isinstance(error, FileUnavailable), url
        if expected(made, url) is not None:
            assert (error.permanent, error.expired) == (permanent, expired), error.reason


def test_links_that_expired_are_told_as_such(calm: Bench, tmp_path: Path) -> None:
    urls = calm.run(file_urls)[:5]
    calm.sandbox.site.clock.advance(3600)

    async def main() -> list[FileUnavailable]:
        async with Downloader(FileHosts.parse(calm.sandbox.attachment_host), clock=calm.clock()) as downloader:
            got = await asyncio.gather(
                *(downloader.download(url, tmp_path / str(n)) for n, (url, _) in enumerate(urls)),
                return_exceptions=True,
            )
            return [error for error in got if isinstance(error, FileUnavailable)]

    errors = asyncio.run(main())
    assert len(errors) == len(urls) > 0
    assert all(error.expired for error in errors)
