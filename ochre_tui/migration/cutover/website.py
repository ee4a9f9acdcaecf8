"""The site's page: whether Ochre's widget is on it, and Intercom's Messenger no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from ochre_tui.core.network import is_loopback, proxy, tls_context
from ochre_tui.core.text import clean_line
from ochre_tui.intercom.guarded_resolver import GuardedResolver, NotPublicError
from ochre_tui.intercom.hosts import FileHosts, is_address, is_public, split_url
from ochre_tui.migration.cutover.finding import CANT_TELL, DONE, NOT_YET, Finding

WIDGET, MESSENGER = "widget", "messenger"
LOADER = "ochrehq.com/api/widget/embed"
SNIPPETS = ("widget.intercom.io", "js.intercomcdn.com", "window.intercom")
_TAG_MANAGERS = (
    "googletagmanager.com/gtm.js",
    "googletagmanager.com/ns.html",
    "assets.adobedtm.com",
    "cdn.segment.com",
)
_MOST_BYTES = 4 * 1024 * 1024
_SECONDS = 20.0
_REDIRECTS = 5
_LOOPBACK = FileHosts.parse("localhost")


class PageUnavailableError(Exception):
    """The page can't be read; its text says why."""


async def check_site(url: str | None, resolver: AbstractResolver | None = None) -> list[Finding]:
    """What the page at `url` says about the chat widget and the Messenger; `resolver` looks its host up."""
    if url is None:
        return _unknown("No page of your site was entered.")
    try:
        html, complete = await fetch(url, resolver)
    except PageUnavailableError as error:
        return _unknown(f"{clean_line(url)} can't be looked at: {error}.")
    return judge(clean_line(url), html, complete=complete)


def judge(url: str, html: str, *, complete: bool = True) -> list[Finding]:
    """The same, of a page that was read; not `complete`: only its beginning was."""
    code = "\n".join(_code(html)).casefold()
    snippet = next((one for one in SNIPPETS if one in code), None)
    widget = LOADER in code
    unseen = _unseen(code, complete=complete)
    return [_widget(url, unseen, there=widget), _messenger(url, snippet, unseen, beside=widget)]


def _widget(url: str, unseen: str | None, *, there: bool) -> Finding:
    if there:
        return Finding(WIDGET, DONE, f"{url} loads {LOADER}.")
    if unseen:
        return Finding(WIDGET, CANT_TELL, f"{url} does not load {LOADER} itself, but {unseen}.")
    return Finding(WIDGET, NOT_YET, f"{url} does not load {LOADER}.")


def _messenger(url: str, snippet: str | None, unseen: str | None, *, beside: bool) -> Finding:
    if snippet:
        together = " beside Ochre's widget: side by side" if beside else ""
        return Finding(MESSENGER, NOT_YET, f"{url} still holds Intercom's snippet ({snippet}){together}.")
    if unseen:
        return Finding(MESSENGER, CANT_TELL, f"{url} holds no snippet of Intercom's itself, but {unseen}.")
    return Finding(MESSENGER, DONE, f"{url} holds no snippet of Intercom's any more.")


def _unseen(code: str, *, complete: bool) -> str | None:
    """What may hold either and was not looked at, as "but …"; None: nothing that shows."""
    if not complete:
        return f"only its first {_MOST_BYTES >> 20} MB were looked at"
    manager = next((one for one in _TAG_MANAGERS if one in code), None)
    return f"it loads a tag manager ({manager.partition('/')[0]}), which may add one" if manager else None


def _code(html: str) -> Iterator[str]:
    """What the page loads and runs; what is commented out is not."""
    for node in LexborHTMLParser(html).css("script, noscript, iframe, link"):
        for name in ("src", "href", "data-src"):
            yield node.attributes.get(name) or ""
        if node.tag in {"script", "noscript"}:
            lines = (node.html or "").splitlines()
            yield "\n".join(line for line in lines if not line.lstrip().startswith("//"))


def _unknown(why: str) -> list[Finding]:
    return [Finding(item, CANT_TELL, why) for item in (WIDGET, MESSENGER)]


async def fetch(url: str, resolver: AbstractResolver | None = None) -> tuple[str, bool]:
    """The page, and whether that is all of it: from the public internet by HTTPS, or from this machine.

    Redirects are followed as far as they keep to that. PageUnavailableError says why there is no page.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await _follow(url, resolver)
    except TimeoutError:
        raise PageUnavailableError(f"no answer within {_SECONDS:.0f} s") from None
    except NotPublicError:
        raise PageUnavailableError("its host leads to an address that is not public") from None
    except aiohttp.ClientConnectorDNSError as error:
        known = isinstance(error.os_error, NotPublicError)
        raise PageUnavailableError(
            "its host leads to an address that is not public" if known else "its host is not found"
        ) from None
    except aiohttp.ClientConnectorCertificateError:
        raise PageUnavailableError("its certificate is not valid") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise PageUnavailableError(f"no connection ({type(error).__name__})") from None


async def _follow(url: str, resolver: AbstractResolver | None) -> tuple[str, bool]:
    through = proxy()
    here = _is_here(url)
    guarded = GuardedResolver(_LOOPBACK if here else FileHosts(), resolver, proxy=through)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls_context(), resolver=guarded),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "ochre-tui", "Accept": "text/html"},
        auto_decompress=True,
    ) as session:
        for _ in range(_REDIRECTS + 1):
            _refuse_elsewhere(url, here=here)
            async with session.get(
                URL(url), allow_redirects=False, proxy=None if _is_here(url) else through
            ) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return await _page(response)
                url = urljoin(url, response.headers.get("Location", ""))
    raise PageUnavailableError("it is redirected too often")


def _is_here(url: str) -> bool:
    parts = split_url(url)
    return parts is not None and is_loopback(parts.hostname or "")


def _refuse_elsewhere(url: str, *, here: bool) -> None:
    """Every hop is checked like the first; a page of the internet leads nobody to this machine or its network."""
    parts = split_url(url)
    if parts is None or not parts.hostname:
        raise PageUnavailableError("it leads to no address of a page")
    host = parts.hostname
    if here and is_loopback(host):
        return
    if is_loopback(host) or (is_address(host) and not is_public(host)):
        raise PageUnavailableError("it leads to an address that is not public")
    if parts.scheme != "https":
        raise PageUnavailableError("it leads to an address that is not encrypted (http)")


async def _page(response: aiohttp.ClientResponse) -> tuple[str, bool]:
    if response.status != 200:
        raise PageUnavailableError(f"it answers HTTP {response.status}")
    found = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        found += chunk
        if len(found) > _MOST_BYTES:
            break
    return found[:_MOST_BYTES].decode("utf-8", "replace"), len(found) <= _MOST_BYTES
