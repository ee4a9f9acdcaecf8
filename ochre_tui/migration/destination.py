"""Where a migration goes: the embedded workspace in its folder, or one on an Ochre server."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass

from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.target import Target
from ochre_tui.store import runs
from ochre_tui.store.store import Store

_KEY = "ochre"


@dataclass(frozen=True, slots=True)
class OchreServer:
    """A workspace on an Ochre server: where it answers, its id there, and its name."""

    url: str
    workspace: str
    name: str


def ochre_url() -> str | None:
    """The address that the environment gives for Ochre."""
    return os.environ.get("OCHRE_TUI_OCHRE_URL") or None


def pinned_server(paths: MigrationPaths) -> OchreServer | None:
    """The server of this migration, at the address that the environment gives, if it gives one; None where it goes
    into the embedded workspace."""
    if not paths.exists():
        return None
    with Store(paths.state_db) as store:
        found = store.get(_KEY)
    return None if found is None else OchreServer(**{**found, "url": ochre_url() or found["url"]})


def ask_server(url: str, token: Secret) -> OchreServer:
    """Ask an Ochre server which workspace it has for this token; raises what `open_http_target` does."""
    from ochre_tui.ochre.http.target import open_http_target  # here and below, as most migrations stay on this machine

    server = open_http_target(url, token)
    try:
        return OchreServer(server.url, server.capabilities.workspace_id, server.name)
    finally:
        server.close()


def pin_server(store: Store, server: OchreServer) -> None:
    """Make this the destination; UsageError where something was imported into another one already."""
    found = store.get(_KEY)
    if (found is None or found["workspace"] != server.workspace) and runs.latest(store.conn) is not None:
        where = (
            f"{clean_line(found['name'], 40)} at {clean_line(found['url'], 80)}" if found else "its embedded workspace"
        )
        raise UsageError(
            f"This migration was imported into {where} already.",
            advice="Go on with that, or begin another migration with -m NAME.",
        )
    store.set(_KEY, asdict(server))


def open_target(paths: MigrationPaths, token: Callable[[], Secret]) -> Target:
    """The Ochre workspace of this migration, made where it is the embedded one and missing.

    `token` gives the token of a server, where it goes into one.
    """
    server = pinned_server(paths)
    return open_embedded(paths) if server is None else _open_server(server, token())


def open_embedded(paths: MigrationPaths, instead: str = "") -> EmbeddedWorkspace:
    """The embedded workspace; UsageError, advising what to do `instead`, where the migration goes to a server."""
    server = pinned_server(paths)
    if server is not None:
        raise UsageError(
            f"This migration goes into {clean_line(server.name, 40)} at {clean_line(server.url, 80)}, not into a"
            " workspace on this machine.",
            advice=instead,
        )
    return open_workspace(paths.workspace, slug=paths.name, name=paths.name)


def _open_server(server: OchreServer, token: Secret) -> Target:
    from ochre_tui.ochre.http.target import open_http_target

    target = open_http_target(server.url, token)
    if target.capabilities.workspace_id != server.workspace:
        target.close()
        raise UsageError(
            f"At {clean_line(server.url, 80)} is another Ochre workspace ({clean_line(target.name, 40)}) than the one"
            f" that this migration goes into ({clean_line(server.name, 40)}).",
            advice="Check OCHRE_TUI_OCHRE_URL and the token, or begin another migration with -m NAME.",
        )
    return target
