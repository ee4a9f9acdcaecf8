"""Downloads of attachments and inline images: from allowed hosts only, bounded, hashed while they are written."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from ochre_tui.core.encryption import Spooling, plain_spooling
from ochre_tui.core.failpoints import reach
from ochre_tui.core.files import needing_room
from ochre_tui.core.network import is_loopback, proxy, tls_context
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import FileUnavailable
from ochre_tui.intercom.guarded_resolver import GuardedResolver, NotPublicError
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.transport import KEEP_ALIVE_S

MAX_BYTES = 512 * 1024 * 1024
MAX_SECONDS = 1800.0
PARALLEL = 16
_STALLED_S = 60.0
_ATTEMPTS = 4
_REDIRECTS = 3
_CHUNK = 256 * 1024
_ASCII = "".join(map(chr, range(33, 127)))


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file's bytes at `path`; `sha256` in hex, `size` in bytes, `content_type` as served."""

    path: Path
    sha256: str
    size: int
    content_type: str | None


class Downloader:
    """Downloads files, some at a time, apart from the API's rate limit. Use as an async context manager."""

    def __init__(
        self,
        hosts: FileHosts,
        *,
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
        parallel: int = PARALLEL,
        clock: Clock | None = None,
        spooling: Spooling = plain_spooling,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._hosts = hosts
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._turn = asyncio.Semaphore(parallel)
        self._clock = clock or Clock()
        self._spooling = spooling
        self._resolver = resolver
        self._proxy = proxy()
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def download(self, url: str, spool: Path, *, expected_size: int | None = None) -> Downloaded:
        """Write what `url` serves to `spool`, a new private file that is gone again if this fails.

        Nothing, or another size than expected, is believed only when it comes twice. FileUnavailable says whether
        another try, or a fresh URL, could help; DiskFullError when the disk is full.
        """
        doubted: int | None = None
        async with self._turn:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    got = await self._within_time(url, spool)
                    if got.size == doubted or got.size == (expected_size or got.size or -1):
                        return got
                    doubted = got.size
                    if attempt == _ATTEMPTS:
                        raise FileUnavailable("its size is another each time")
                except FileUnavailable as error:
                    _drop(spool)
                    if error.permanent or error.expired or attempt == _ATTEMPTS:
                        raise
                except BaseException:
                    _drop(spool)
                    raise
                await self._clock.sleep(self._clock.back_off(attempt))
        raise AssertionError("the last attempt raises")

    async def _within_time(self, url: str, spool: Path) -> Downloaded:
        try:
            with needing_room(spool.parent):
                async with asyncio.timeout(self._max_seconds):
                    return await self._follow(url, spool)
        except TimeoutError:
            raise FileUnavailable("it takes too long") from None
        except NotPublicError:
            raise FileUnavailable("its host leads to an address that is not public", permanent=True) from None
        except aiohttp.ClientConnectorDNSError as error:
            if isinstance(error.os_error, NotPublicError):
                raise FileUnavailable("its host leads to an address that is not public", permanent=True) from None
            raise FileUnavailable("its host is not found") from None
        except aiohttp.ClientConnectorCertificateError:
            raise FileUnavailable("its host's certificate can't be verified") from None
        except aiohttp.ClientPayloadError:
            raise FileUnavailable("the download broke off") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise FileUnavailable(f"no connection ({type(error).__name__})") from None

    async def _follow(self, url: str, spool: Path) -> Downloaded:
        """Follow redirects by hand: every hop is checked like the first."""
        for _ in range(_REDIRECTS + 1):
            checked = self._checked(url)
            through = None if is_loopback(checked.host or "") else self._proxy
            async with self._open().get(checked, allow_redirects=False, proxy=through) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    _judge(response.status)
                    return await self._write(response, spool)
                url = urljoin(url, response.headers.get("Location", ""))
        raise FileUnavailable("it is redirected too often", permanent=True)

    def _checked(self, url: str) -> URL:
        if refusal := self._hosts.refusal(url):
            raise FileUnavailable(refusal, permanent=True)
        return URL(quote(url.strip(), safe=_ASCII), encoded=True)

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:  # a download that others waited for may outlast them
            raise FileUnavailable("the run has ended", permanent=True)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=tls_context(),
                    limit=0,
                    keepalive_timeout=KEEP_ALIVE_S,
                    resolver=GuardedResolver(self._hosts, self._resolver, proxy=self._proxy),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=15.0, sock_read=_STALLED_S),
                headers={"Accept-Encoding": "identity", "User-Agent": "ochre-tui"},
            )
        return self._session

    async def _write(self, response: aiohttp.ClientResponse, spool: Path) -> Downloaded:
        declared = response.content_length
        if declared is not None and declared > self._max_bytes:
            raise FileUnavailable(f"it is larger than {self._max_bytes >> 20} MB", permanent=True)
        digest = hashlib.sha256()
        size = 0
        with self._spooling(spool) as file:
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > self._max_bytes:
                    raise FileUnavailable(f"it is larger than {self._max_bytes >> 20} MB", permanent=True)
                digest.update(chunk)
                reach("spool.write")
                file.write(chunk)
        if declared is not None and size != declared and "Content-Encoding" not in response.headers:
            raise FileUnavailable(f"{size} of {declared} bytes came")
        content_type = response.headers.get("Content-Type", "").strip() or None
        return Downloaded(spool, digest.hexdigest(), size, content_type)


def _judge(status: int) -> None:
    if status == 200:
        return
    if status in (401, 403):
        raise FileUnavailable(f"its link has expired (HTTP {status})", expired=True)
    if status in (404, 410):
        raise FileUnavailable(f"Intercom no longer has it (HTTP {status})", permanent=True)
    transient = status >= 500 or status in (408, 425, 429)
    raise FileUnavailable(f"its host answers HTTP {status}", permanent=not transient)


def _drop(spool: Path) -> None:
    spool.unlink(missing_ok=True)
