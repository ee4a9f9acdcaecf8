"""A virtual clock for pacing, and a real HTTP server whose answers a test writes."""

from __future__ import annotations

import asyncio
import random
import selectors
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ochre_tui.intercom.clock import Clock

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, time jumps to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which sleeping takes no time; all of its time is virtual."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


@pytest.fixture(scope="session")
def virtual() -> Callable[[Callable[[Clock], Awaitable[Any]]], Any]:
    """Runs `main(clock)` in virtual time."""

    def run(main: Callable[[Clock], Awaitable[T]]) -> T:
        with closing(VirtualLoop()) as loop:
            clock = Clock(monotonic=loop.time, sleep=asyncio.sleep, rng=random.Random(1))

            async def wrapped() -> T:
                return await main(clock)

            return loop.run_until_complete(wrapped())

    return run


@dataclass(slots=True)
class Waits:
    """A clock whose sleeps take no time but are counted, for tests over real HTTP."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(monotonic=self._now, sleep=self._sleep, rng=random.Random(1))

    def _now(self) -> float:
        return time.monotonic() + sum(self.slept)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def waits() -> Waits:
    return Waits()


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Stage:
    """A real server on loopback: `answer` gets every request and makes its response; `seen` keeps them."""

    url: str = ""
    seen: list[Request] = field(default_factory=list)
    answer: Callable[[Request, Any], Response] = lambda request, body: JSONResponse({})

    def count(self, path: str) -> int:
        return sum(request.url.path == path for request in self.seen)

    async def handle(self, request: Request) -> Response:
        raw = await request.body()
        self.seen.append(request)
        return self.answer(request, orjson.loads(raw) if raw else None)


@dataclass(frozen=True, slots=True)
class Theatre:
    """A server whose last stage answers."""

    stages: list[Stage]
    server: uvicorn.Server

    def new_stage(self) -> Stage:
        # A client that was given up with requests under way leaves them to the server: not to the next stage.
        end = time.monotonic() + 1
        while self.server.server_state.connections and time.monotonic() < end:
            time.sleep(0.001)
        self.stages.append(Stage(self.stages[0].url))
        return self.stages[-1]


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    """A server in a thread."""
    stages = [Stage()]

    async def handle(request: Request) -> Response:
        return await stages[-1].handle(request)

    app = Starlette(routes=[Route("/{path:path}", handle, methods=["GET", "POST"])])
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", loop="asyncio", date_header=False)
    server = uvicorn.Server(config)
    # With the protocol named, asyncio switches Nagle's algorithm off: 40 ms less for every answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)  # connections wait in line until the server takes them
        stages[0].url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Theatre(stages, server)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def new_stage(theatre: Theatre) -> Callable[[], Stage]:
    """The server with a clean slate, for tests that need many."""
    return theatre.new_stage


@pytest.fixture
def stage(new_stage: Callable[[], Stage]) -> Stage:
    """The server, for one test."""
    return new_stage()
