"""The one HTTP client for Intercom's API: paced, retried, bounded, read-only."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import Enum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
import orjson

from ochre_tui.core.errors import UsageError
from ochre_tui.core.network import is_loopback
from ochre_tui.core.secret import Secret, redacted
from ochre_tui.core.text import clean_line
from ochre_tui.intercom import scopes
from ochre_tui.intercom.circuit_breaker import CircuitBreaker
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
from ochre_tui.intercom.hosts import split_url
from ochre_tui.intercom.json_codec import BadBodyError, Json, parse
from ochre_tui.intercom.pacing import MAX_WAIT_S, Pacer, PaceState
from ochre_tui.intercom.rate_limit import NO_ANSWER, RateLimitHeaders, read_rate_limit
from ochre_tui.intercom.transport import api_transport, read_body

API_VERSION = "2.16"
ATTEMPTS = 8
DEADLINE_S = 60.0
_REFUSALS = 60
_TOKEN_ATTEMPTS = 3
_CANONICAL = re.compile(r"<[^>]*/contacts/([^/>?]+)[^>]*>")


@dataclass(frozen=True, slots=True)
class Reply:
    """A usable body: its JSON and the bytes it was parsed from."""

    json: Json
    raw: bytes


@dataclass(frozen=True, slots=True)
class Budget:
    """What the client has spent so far, and the pace it keeps."""

    requests: int
    retries: int
    limited: int
    pace: PaceState


@dataclass(frozen=True, slots=True)
class _Answer:
    """One HTTP exchange; status 0 is none. `trouble` says what makes it unusable, None if it can be used."""

    status: int
    headers: httpx.Headers
    reply: Reply | None
    rate_limit: RateLimitHeaders
    trouble: str | None


class _Token(Enum):
    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


class Intercom:
    """Intercom's API at `base_url` with one token. Use as an async context manager, within one event loop.

    Requests raise the errors of `intercom.errors`; 429, 5xx, time-outs, lost connections and bodies that are no JSON
    are tried again, with growing random waits. While Intercom as a whole does not answer, all wait, `patience_s` at
    most.
    """

    def __init__(
        self,
        token: Secret,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pacer: Pacer | None = None,
        clock: Clock | None = None,
        attempts: int = ATTEMPTS,
        deadline_s: float = DEADLINE_S,
        patience_s: float = 0.0,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self.clock = clock or Clock()
        self.pacer = pacer or Pacer(clock=self.clock)
        self.breaker = CircuitBreaker(self._answers, self.clock, patience_s)
        self._token = token  # kept: only a secret that is in use is hidden in what others say
        self._attempts = attempts
        self._deadline_s = deadline_s
        self._http = httpx.AsyncClient(
            transport=transport or api_transport(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(deadline_s, connect=min(15.0, deadline_s)),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._headers = {
            "Authorization": f"Bearer {self._token.unwrap()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Intercom-Version": API_VERSION,
            "User-Agent": "ochre-tui",
        }
        self._requests = 0
        self._retries = 0
        self._limited = 0
        self._server_time: int | None = None
        self._token_lock = asyncio.Lock()
        self._token_checked: tuple[float, _Token] = (float("-inf"), _Token.UNKNOWN)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self.breaker.close()
        self.pacer.close()
        await self._http.aclose()

    @property
    def server_time(self) -> int | None:
        """Unix seconds by Intercom's clock, as of the latest answer."""
        return self._server_time

    def budget(self) -> Budget:
        return Budget(self._requests, self._retries, self._limited, self.pacer.state())

    async def get(self, path: str, params: dict[str, Any] | None = None, *, attempts: int | None = None) -> Json:
        """The JSON object that GET `path` answers."""
        return (await self._send(path, self._request("GET", path, params), attempts)).json

    async def read(self, path: str) -> Reply:
        """Like `get`, with the bytes as they came."""
        return await self._send(path, self._request("GET", path, None), None)

    async def post(self, path: str, body: Json, *, attempts: int | None = None) -> Json:
        """The JSON object that POST `path` answers; for searches only, nothing is ever written to Intercom."""
        return (await self._send(path, self._request("POST", path, None, orjson.dumps(body)), attempts)).json

    def _request(
        self, method: str, path: str, params: dict[str, Any] | None, content: bytes | None = None
    ) -> httpx.Request:
        headers = self._headers if content is None else {**self._headers, "Content-Type": "application/json"}
        url = httpx.URL(self.base_url + path)
        if params:
            url = url.copy_merge_params(params)
        timeout = self._http.timeout.as_dict()
        return httpx.Request(method, url, headers=headers, content=content, extensions={"timeout": timeout})

    async def outlast(self, since: float) -> None:
        """Wait until Intercom has answered anything after `since`, a time of the monotonic clock."""
        try:
            if await self._token_state(since) is _Token.UNKNOWN:
                raise IntercomUnavailable("the connection failed")
        except IntercomUnavailable as error:
            await self.breaker.outlast(error)

    async def _send(self, path: str, request: httpx.Request, attempts: int | None) -> Reply:
        """`_attempt`, again after each outage; what may be sent only once is given up then."""
        while True:
            await self.breaker.closed()
            try:
                return await self._attempt(path, request, attempts)
            except IntercomUnavailable as error:
                await self.breaker.outlast(error)
                if attempts == 1:
                    raise RecordUnavailable(path, error.detail) from None

    async def _attempt(self, path: str, request: httpx.Request, attempts: int | None) -> Reply:
        """Try until there is an answer, a definite refusal, or no more hope.

        A request is given up alone when it fails again after Intercom has answered another one, at the earliest with
        the last of `attempts`; while Intercom answers nothing, the client's own number of attempts holds. With one
        attempt it is sent only once, whatever happens.
        """
        patience = min(attempts or self._attempts, self._attempts)
        failures = 0
        suspected = False
        while True:
            sent = self.clock.monotonic()
            answer = await self._exchange_until_admitted(request)
            if answer.trouble is None:
                return await self._reply_or_error(answer, path, sent)
            failures += 1
            if patience == 1:
                await self._await_any_answer(answer.trouble)
            if suspected or patience == 1:
                raise RecordUnavailable(path, answer.trouble)
            if failures >= patience - 1:
                suspected = await self._token_state(sent) is not _Token.UNKNOWN
                if failures >= self._attempts and not suspected:
                    raise IntercomUnavailable(answer.trouble)
            await self._back_off(failures, answer.rate_limit)
            await self.breaker.closed()

    async def _await_any_answer(self, trouble: str) -> None:
        """Wait until Intercom answers anything again; IntercomUnavailable when it does not."""
        for failures in range(1, self._attempts):
            if await self._token_state(self.clock.monotonic()) is not _Token.UNKNOWN:
                return
            await self._back_off(failures, NO_ANSWER)
        raise IntercomUnavailable(trouble)

    async def _answers(self) -> bool:
        return (await self._exchange(self._request("GET", "/me", None))).trouble is None

    async def _back_off(self, failures: int, rate_limit: RateLimitHeaders) -> None:
        self._retries += 1
        retry_after = min(rate_limit.retry_after or 0.0, MAX_WAIT_S)
        await self.clock.sleep(max(self.clock.back_off(failures), retry_after))

    async def _exchange_until_admitted(self, request: httpx.Request) -> _Answer:
        """An answer other than 429; the pacer keeps the next try back."""
        for _ in range(_REFUSALS):
            answer = await self._exchange(request)
            if answer.status != 429:
                return answer
            self._retries += 1
        raise IntercomUnavailable("the rate limit is used up all the time, by this or other programs")

    async def _exchange(self, request: httpx.Request) -> _Answer:
        """One request and its answer, whatever that is."""
        ticket = await self.pacer.acquire()
        self._requests += 1
        rate_limit = NO_ANSWER
        try:
            answer = await self._transfer(request)
            rate_limit = answer.rate_limit
        finally:
            self.pacer.release(ticket, rate_limit)
        if rate_limit.limited:
            self._limited += 1
        if rate_limit.date is not None:
            self._server_time = rate_limit.date
        return answer

    async def _transfer(self, request: httpx.Request) -> _Answer:
        try:
            async with asyncio.timeout(self._deadline_s):
                response = await self._http.send(request, stream=True)
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            return _unanswered(f"no complete answer within {self._deadline_s:.0f} s")
        except httpx.TimeoutException as error:
            return _unanswered(unconnected(error.__cause__))
        except (httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError) as error:
            return _unanswered(_cleaned(str(error)) or type(error).__name__)

    async def _read(self, response: httpx.Response) -> _Answer:
        status, headers = response.status_code, response.headers
        rate_limit = read_rate_limit(status, headers)
        reply: Reply | None = None
        trouble: str | None = None
        try:
            raw = await read_body(response)
            reply = Reply(parse(raw), raw)
        except BadBodyError as error:
            trouble = f"{error} (HTTP {status})"
        if status >= 500 or status in (408, 429) or 300 <= status < 400:
            trouble = f"HTTP {status}"
            if reply is not None:
                trouble = f"{_cleaned(_first_error(reply.json)[1]) or 'an error'} (HTTP {status})"
        elif status >= 400:
            trouble = None
        return _Answer(status, headers, reply, rate_limit, trouble)

    async def _reply_or_error(self, answer: _Answer, path: str, sent: float) -> Reply:
        """The reply, or the error that a 4xx answer means."""
        if answer.status < 300 and answer.reply is not None:
            return answer.reply
        code, message = _first_error(answer.reply.json) if answer.reply is not None else ("", "")
        code, message = _cleaned(code), _cleaned(message)
        match answer.status:
            case 404:
                raise NotFound(path)
            case 410:
                raise Gone(path, _canonical_id(answer.headers.get("link", "")))
            case 401 | 403 if path == "/me":
                raise DeadToken(message)
            case 403 if code == "api_plan_restricted":
                raise PlanRestricted(path, message)
            case 401 | 403:
                state = await self._token_state(sent)
                if state is _Token.ALIVE:
                    raise MissingScope(path, scopes.name_for(path), message)
                raise DeadToken(message) if state is _Token.DEAD else IntercomUnavailable(f"{path} {message}")
            case status:
                raise RequestRefused(path, status, code, message)

    async def _token_state(self, since: float) -> _Token:
        """Whether `/me` is answered, asked once for all who doubt at the same time."""
        async with self._token_lock:
            asked_at, state = self._token_checked
            if asked_at >= since:
                return state
            for attempt in range(1, _TOKEN_ATTEMPTS + 1):
                asked_at = self.clock.monotonic()
                answer = await self._exchange_until_admitted(self._request("GET", "/me", None))
                if answer.trouble is None:
                    state = _Token.ALIVE if answer.status < 400 else _Token.DEAD
                    break
                state = _Token.UNKNOWN
                await self.clock.sleep(self.clock.back_off(attempt))
            self._token_checked = (asked_at, state)
            return state


def checked_base_url(url: str) -> str:
    """`url` without a trailing slash; UsageError unless it is HTTPS, or HTTP to this machine."""
    parts = split_url(url)
    if parts is None or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(
            f"“{clean_line(url, 80)}” is no address of an API", advice="Give something like https://api.intercom.io."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageError(
            f"The token is not sent to {clean_line(parts.hostname, 80)} without encryption",
            advice="Use https:// in the address.",
        )
    return url.strip().rstrip("/")


def _cleaned(text: str) -> str:
    """Text from outside as it may be shown: cleaned, short, without the token."""
    return clean_line(redacted(text))


def unconnected(cause: BaseException | None) -> str:
    """Why there is no answer, by what lies under httpx's own error."""
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return "its certificate can't be verified, so nothing was sent"
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "its name was not found"
    if isinstance(cause, aiohttp.ClientConnectorError) and isinstance(cause.os_error, ConnectionRefusedError):
        return "the connection was refused"
    return "the connection was lost or not made in time"


def _unanswered(trouble: str) -> _Answer:
    return _Answer(0, httpx.Headers(), None, NO_ANSWER, trouble)


def _first_error(body: Json) -> tuple[str, str]:
    """Code and message of Intercom's error envelope, "" where there is none."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("code") or ""), str(first.get("message") or "")


def _canonical_id(link: str) -> str | None:
    match = _CANONICAL.search(link)
    return match[1] if match and "canonical" in link else None
