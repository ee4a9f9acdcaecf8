"""Requests to Ochre: signed, tried again with growing waits, their failures as errors that say what to do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from ochre_tui.core.errors import (
    CredentialError,
    DiskFullError,
    OchreTuiError,
    StoreError,
    UnreachableError,
    UsageError,
)
from ochre_tui.core.network import is_loopback, proxy, tls_context
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.ochre.http import api_paths

_ATTEMPTS = 7
_FIRST_ATTEMPTS = 4
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 15.0
_LONGEST_LIMITED_S = 600.0
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_TIMEOUT_OF_DOWNLOADS = httpx.Timeout(3600.0, connect=10.0)  # the server may have to make first what is downloaded
_CONNECTIONS = httpx.Limits(max_connections=16, keepalive_expiry=30.0)
UNKNOWN = "unknown"
_UNUSABLE = "workspace_unusable"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waits:
    """How time passes between attempts; replaced in tests."""

    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)

    def back_off(self, attempt: int) -> None:
        """Wait before the attempt after this one, longer each time."""
        longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (attempt - 1))
        self.sleep(longest * (0.5 + self.rng.random() / 2))


class RefusedError(OchreTuiError):
    """Ochre understood the request and does not do it; `code` says why, `status` is HTTP's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"Ochre refuses what it was sent: {clean_line(message, 300)}", advice="Report this.")
        self.status = status
        self.code = code
        self.message = message


class _ErrorBody(BaseModel):
    """A refusal, as far as it can be read."""

    class Error(BaseModel):
        code: str
        message: str

    error: Error


class HttpClient:
    """Asks one Ochre server; may be used from several threads."""

    def __init__(
        self, url: str, token: Secret, *, transport: httpx.BaseTransport | None = None, waits: Waits | None = None
    ) -> None:
        self.url = checked_url(url)
        self._token = token
        self._waits = waits or Waits()
        self._http = httpx.Client(
            base_url=self.url,
            headers={"User-Agent": "ochre-tui"},
            timeout=_TIMEOUT,
            limits=_CONNECTIONS,
            transport=transport or _transport(self.url),
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, read: TypeAdapter[T], **parameters: str | int) -> T | None:
        """What is at `path`; None where there is no such record."""
        return self._request("GET", path, read, params=parameters)

    def send(self, path: str, body: bytes, read: TypeAdapter[T]) -> T | None:
        """What is answered to this JSON; None where that is empty."""
        return self._request("POST", path, read, content=body, headers={"Content-Type": "application/json"})

    def upload(self, path: str, open_file: Callable[[], IO[bytes]], size: int) -> None:
        """Send a file's bytes; it is opened anew for each attempt."""

        def attempt() -> httpx.Response:
            with open_file() as file:
                headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
                return self._http.put(path, content=file, headers={**headers, **api_paths.auth_headers(self._token)})

        _refuse_failed(self._retried(attempt))

    def get_response(self, path: str) -> httpx.Response:
        """The answer at `path`, whatever it is, once there is one; soon, as somebody waits for it."""
        return self._retried(lambda: self._http.get(path, headers=api_paths.auth_headers(self._token)), _FIRST_ATTEMPTS)

    @contextmanager
    def download(self, path: str, **parameters: str) -> Iterator[Iterator[bytes]]:
        """The bytes at `path` as they come. UnreachableError where they end early."""
        try:
            headers, timeout = api_paths.auth_headers(self._token), _TIMEOUT_OF_DOWNLOADS
            with self._http.stream("GET", path, params=parameters, headers=headers, timeout=timeout) as answer:
                if answer.status_code != 200:
                    answer.read()
                    _refuse_failed(answer)
                yield answer.iter_bytes()
        except httpx.TransportError as error:
            raise _unreachable(self.url, _reason(error)) from error

    def _request(self, method: str, path: str, read: TypeAdapter[T], **request: Any) -> T | None:
        headers = {**request.pop("headers", {}), **api_paths.auth_headers(self._token)}
        value: T | None = None

        def attempt() -> httpx.Response:
            nonlocal value
            answer = self._http.request(method, path, headers=headers, **request)
            if answer.status_code == 200:
                value = _readable(answer, read)
            return answer

        answer = self._retried(attempt)
        if answer.status_code == 404 and error_of(answer)[0] == "not_found":
            return None
        _refuse_failed(answer)
        return value

    def _retried(self, attempt: Callable[[], httpx.Response], attempts: int = _ATTEMPTS) -> httpx.Response:
        """The first answer that another attempt would not change."""
        attempted, limited = 0, 0.0
        while True:
            attempted += 1
            try:
                answer = attempt()
            except (httpx.TransportError, httpx.DecodingError, _UnreadableError) as error:
                reason = _reason(error)
            else:
                wait = _retry_after(answer)
                if wait is not None and limited < _LONGEST_LIMITED_S:
                    limited += wait
                    attempted -= 1
                    self._waits.sleep(wait)
                    continue
                if answer.status_code not in (408, 429, 500, 502, 503, 504) or error_of(answer)[0] == _UNUSABLE:
                    return answer
                reason = f"it answers HTTP {answer.status_code}"
            if attempted >= attempts:
                raise _unreachable(self.url, reason)
            self._waits.back_off(attempted)


class _UnreadableError(Exception):
    """An answer that says it is one and is not: cut short, or from somebody in between."""


def checked_url(url: str) -> str:
    """The address of a server, without a slash at its end; UsageError where it is none, or not private enough."""
    wrong = UsageError(
        f"“{clean_line(url, 80)}” is no address of an Ochre server.", advice="Give something like https://HOST[:PORT]."
    )
    address = url.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        parts.port, (parts.hostname or "").encode("idna"), httpx.URL(address)
    except (ValueError, httpx.InvalidURL) as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or not parts.hostname or set(address) & set("@?# "):
        raise wrong
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageError(
            f"{clean_line(url, 80)} is not encrypted: the token could be read on the way.",
            advice="Use https:// in the address.",
        )
    return address


def _transport(url: str) -> httpx.BaseTransport:
    """A proxy only where one is asked for, and not to this machine."""
    through = None if is_loopback(httpx.URL(url).host) else proxy()
    return httpx.HTTPTransport(verify=tls_context(), trust_env=False, limits=_CONNECTIONS, proxy=through)


def _readable(answer: httpx.Response, read: TypeAdapter[T]) -> T:
    try:
        return read.validate_json(answer.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise _UnreadableError(f"its answer can't be read: {first['msg']}") from error


def _retry_after(answer: httpx.Response) -> float | None:
    """How long a server that is asked too much wants to be left alone."""
    if answer.status_code != 429:
        return None
    seconds = answer.headers.get("Retry-After", "")
    return min(float(seconds), 60.0) if seconds.isdecimal() else 1.0


def refuse_token(answer: httpx.Response) -> None:
    """Raise CredentialError where the answer is about the token."""
    if answer.status_code == 401:
        raise CredentialError(
            "Ochre does not accept the token.",
            meaning="What is imported stays; nothing more can be written or read there.",
            advice="Make a new one in Ochre and set OCHRE_TUI_OCHRE_TOKEN, then run the same command again.",
        )
    if answer.status_code == 403:
        raise CredentialError(
            f"Ochre does not let the token import: {clean_line(error_of(answer)[1], 200)}.",
            meaning="What is imported stays; nothing more can be written or read there.",
            advice="Use the token of an owner or admin.",
        )


def _refuse_failed(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    refuse_token(answer)
    if answer.status_code == 507:
        raise DiskFullError(
            "No room is left on Ochre's server.",
            meaning="What is imported stays; nothing half-written is kept.",
            advice="Make room there, then run again.",
        )
    code, message = error_of(answer)
    if code == _UNUSABLE:
        raise StoreError(f"Ochre's workspace can't be used: {clean_line(message, 300)}.", advice="Mend it there first.")
    raise RefusedError(answer.status_code, code, message)


def error_of(answer: httpx.Response) -> tuple[str, str]:
    """Code and message of a refusal; UNKNOWN where it is none of this API."""
    try:
        error = _ErrorBody.model_validate_json(answer.content).error
    except ValidationError:
        return UNKNOWN, f"HTTP {answer.status_code}"
    return error.code, error.message


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _unreachable(url: str, reason: str) -> UnreachableError:
    return UnreachableError(
        f"Ochre at {clean_line(url, 80)} can't be reached: {clean_line(reason, 200)}.",
        meaning="What is imported stays.",
        advice="Check the address and the network, then run the same command again: it goes on.",
    )
