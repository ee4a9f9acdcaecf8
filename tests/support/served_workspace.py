"""A real server on loopback, in a thread, for as long as a block lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from ochre_tui.core.secret import Secret
from ochre_tui.ochre.embedded import tokens
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.ochre.records import Role
from ochre_tui.server.app import create_app
from ochre_tui.server.import_api.limits import Limits
from ochre_tui.server.serving import Server, bound, url_of

PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Served:
    """A workspace that is served, and a token of an admin for it."""

    url: str
    folder: Path
    token: Secret

    @property
    def api(self) -> str:
        return f"{self.url}/import/v1"

    def client(self, token: Secret | None = None) -> httpx.Client:
        """A client that sends the token, or another one."""
        headers = {"Authorization": f"Bearer {(token or self.token).unwrap()}"}
        return httpx.Client(base_url=self.api, headers=headers, trust_env=False, timeout=PATIENCE_S)

    def new_token(self, role: Role) -> Secret:
        with closing(open_workspace(self.folder, "acme", "Acme")) as workspace:
            return tokens.add(workspace, role, "test", 0)


@contextmanager
def served(
    folder: Path,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.time,
    failed: Callable[[Exception], object] = lambda error: None,
    password: Secret | None = None,
) -> Iterator[Served]:
    """The workspace in `folder`, made where it is missing, on any free port."""
    with closing(open_workspace(folder, "acme", "Acme")) as workspace:
        token = tokens.add(workspace, "admin", "test", 0)
    ready = threading.Event()
    with bound("127.0.0.1", 0) as listening:
        server = Server(create_app(folder, clock=clock, limits=limits, failed=failed, password=password), ready.set)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]), name="server", daemon=True)
        thread.start()
        try:
            assert ready.wait(PATIENCE_S)
            yield Served(url_of(listening), folder, token)
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
