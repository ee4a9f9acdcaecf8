"""Starting and stopping the simulated Intercom: two loopback ports, one process, one event loop."""

from __future__ import annotations

import asyncio
import json
import queue
import socket
import struct
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import uvicorn

from ochre_tui.sandbox.app import Api, Files
from ochre_tui.sandbox.config import DEFAULT_TOKEN, Addresses, Sandbox
from ochre_tui.sandbox.site import Site
from ochre_tui.sandbox.world import World

__all__ = ["DEFAULT_TOKEN", "Addresses", "Running", "Sandbox", "run", "running", "serve"]

HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    """A uvicorn server that leaves the process's signals alone and can drop single connections."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                access_log=False,
                log_config=None,
                log_level="critical",
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def drop(self, client: object, *, reset: bool) -> None:
        """Close the connection of `client`: reset at once, or after what was sent has left."""
        for protocol in list(self.server_state.connections):
            transport: Any = getattr(protocol, "transport", None)
            if transport is None or getattr(protocol, "client", None) != client:
                continue
            if not reset:
                transport.close()
                continue
            # No lingering: the kernel answers with RST in place of an orderly end.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


async def serve(
    config: Sandbox,
    started: Callable[[Addresses], None],
    stop: asyncio.Event,
    *,
    site_made: Callable[[Site], None] = lambda site: None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Serve until `stop` is set; `started` is called once both ports answer."""
    with _listening(config.port) as api_socket, _listening(config.files_port) as files_socket:
        url, files_url = (f"http://{HOST}:{bound.getsockname()[1]}" for bound in (api_socket, files_socket))
        site = Site(config, files_url, clock)
        site_made(site)
        servers = [_Server(None), _Server(None)]
        servers[0].config.app = Api(site, servers[0].drop)
        servers[1].config.app = Files(site, servers[1].drop)
        async with asyncio.TaskGroup() as group:
            for server, bound in zip(servers, (api_socket, files_socket), strict=True):
                group.create_task(server.serve(sockets=[bound]))
            for server in servers:
                await server.listening.wait()
            started(Addresses(url, files_url, config.token))
            await stop.wait()
            for server in servers:
                server.should_exit = True


def _listening(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    return bound


def run(main: Callable[[], Any]) -> None:
    """Run the coroutine that `main` makes on the fastest event loop there is."""
    with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
        runner.run(main())


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that runs in a thread of this process."""

    url: str
    files_url: str
    token: str
    attachment_host: str
    world: World
    site: Site

    def control(self, action: str, **body: Any) -> Any:
        """Call the control interface: without a body GET (`state`), with one POST (`faults=[…]`)."""
        data = orjson.dumps(body) if body or action not in {"state"} else None
        request = urllib.request.Request(f"{self.url}/_sandbox/{action}", data)  # noqa: S310 -- loopback http
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
            return json.loads(response.read())


@contextmanager
def running(config: Sandbox | None = None, *, clock: Callable[[], float] = time.time) -> Iterator[Running]:
    """A sandbox in a thread for as long as the block lasts."""
    config = config or Sandbox()
    ready: queue.Queue[Addresses | BaseException] = queue.Queue()
    sites: list[Site] = []
    ends: list[Callable[[], object]] = []

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        await serve(config, ready.put, stop, site_made=sites.append, clock=clock)

    def work() -> None:
        try:
            run(main)
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that waits for the start
            ready.put(error)

    thread = threading.Thread(target=work, name="sandbox", daemon=True)
    thread.start()
    addresses = ready.get()
    if isinstance(addresses, BaseException):
        raise addresses
    site = sites[0]
    try:
        yield Running(addresses.url, addresses.files_url, addresses.token, addresses.attachment_host, site.world, site)
    finally:
        ends[0]()
        thread.join()
