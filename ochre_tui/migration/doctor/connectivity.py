"""Whether both sides of a migration are reached, and how far this machine's clock is from Intercom's; no token is sent.

Whoever sends no token is refused in JSON: that answer is enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
import httpx

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.text import clean_line
from ochre_tui.intercom.client import checked_base_url, unconnected
from ochre_tui.intercom.transport import api_transport
from ochre_tui.migration import connection, destination
from ochre_tui.migration.doctor.machine import Fit
from ochre_tui.ochre.http import api_paths
from ochre_tui.ochre.http.client import checked_url
from ochre_tui.store.store import Store

PATIENCE_S = 10.0
_MOST_APART_S = 300
_ADVICE = "Try it from this machine: curl -I {address}. A proxy is named in OCHRE_TUI_PROXY, see docs/security.md."


async def sides(paths: MigrationPaths, now: Callable[[], float]) -> AsyncIterator[Fit]:
    """The checks of a migration that is connected; none before it is."""
    try:
        with Store(paths.state_db) as store:
            if not connection.is_connected(store):
                return
            intercom = checked_base_url(connection.pinned(store).base_url)
        server = destination.pinned_server(paths)
        ochre = None if server is None else checked_url(server.url)
    except OchreTuiError as error:
        yield Fit("store", False, clean_line(error.title, 300), clean_line(error.advice))
        return
    found, date = await _asked("intercom", f"{intercom}/me")
    yield found
    if ochre is not None:
        yield (await _asked("ochre", f"{ochre}{api_paths.CAPABILITIES}"))[0]
    if date is not None:
        yield _clock(date - now())


async def _asked(side: str, address: str) -> tuple[Fit, float | None]:
    """What the side answers, and the date of its answer in unix seconds."""
    host = clean_line(urlsplit(address).netloc, 80)
    try:
        async with (
            httpx.AsyncClient(transport=api_transport(), trust_env=False, timeout=PATIENCE_S) as client,
            asyncio.timeout(PATIENCE_S),
            client.stream("GET", address, headers={"Accept": "application/json"}) as answer,
        ):
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            status, date = answer.status_code, answer.headers.get("Date")
    except OchreTuiError as error:
        return Fit(side, False, clean_line(error.title, 300), clean_line(error.advice)), None
    except (TimeoutError, httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError) as error:
        return Fit(side, False, f"{host}: {unconnected(error.__cause__)}", _ADVICE.format(address=address)), None
    detail = f"{host} answers (HTTP {status})"
    if status >= 500 or kind != "application/json":
        return Fit(side, False, f"{detail}, but not as it should", _ADVICE.format(address=address)), None
    return Fit(side, True, detail), _seconds(date)


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None


def _clock(ahead: float) -> Fit:
    """The import orders nothing by this clock; ranges like "2y", logs and reports do."""
    apart = round(abs(ahead))
    if apart <= 2:
        return Fit("clock", True, "as Intercom's")
    detail = f"{apart:,} s {'behind' if ahead > 0 else 'ahead of'} Intercom's"
    advice = "Set the clock, or have it kept by NTP." if apart > _MOST_APART_S else ""
    return Fit("clock", not advice, detail, advice)
