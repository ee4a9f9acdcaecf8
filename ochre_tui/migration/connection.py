"""Which workspaces a migration joins: pinned when it is connected, checked ever after."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace

from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.intercom import scopes
from ochre_tui.intercom.client import ATTEMPTS, Intercom
from ochre_tui.intercom.errors import DeadToken
from ochre_tui.intercom.hosts import APP_HOSTS, FileHosts
from ochre_tui.intercom.workspace import DEFAULT_URL, Workspace, open_workspace, probe_scopes
from ochre_tui.migration import audit
from ochre_tui.migration.credentials import tokens
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.embedded.workspace import open_workspace as open_ochre
from ochre_tui.ochre.target import Target
from ochre_tui.store import runs
from ochre_tui.store.store import Store

_PINNED = "intercom"
_DESTINATION = "ochre"


@dataclass(frozen=True, slots=True)
class Connected:
    """The Intercom workspace, each permission ("ok" or "missing"), and whether the token is another than last time."""

    workspace: Workspace
    scopes: dict[str, str]
    another_token: bool = False

    def refuse_without_needed(self) -> None:
        """Raise CredentialError naming the permissions that an import can't do without, where one is missing."""
        missing = [name for name in sorted(scopes.NEEDED) if self.scopes.get(name) == "missing"]
        if missing:
            names = ", ".join(f"“{name}”" for name in missing)
            raise CredentialError(
                f"The access token lacks {names}.",
                meaning="Nothing was imported; the workspace is remembered.",
                advice="In Intercom's Developer Hub open your app, Authentication, tick these, save, connect again.",
            )


@dataclass(frozen=True, slots=True)
class OchreServer:
    """A workspace on an Ochre server: where it answers, its id there, and its name."""

    url: str
    workspace: str
    name: str


def intercom_url() -> str | None:
    """The address that the environment gives for Intercom's API."""
    return os.environ.get("OCHRE_TUI_INTERCOM_URL") or None


def attachment_hosts() -> FileHosts:
    """Where files may be fetched from: Intercom's own hosts and those that the environment names."""
    return FileHosts.parse(os.environ.get("OCHRE_TUI_ATTACHMENT_HOSTS"))


def outage_timeout_s(default: float) -> float:
    """How many seconds an import waits for an Intercom that does not answer, as far as the environment says."""
    given = os.environ.get("OCHRE_TUI_PATIENCE_MINUTES")
    if not given:
        return default
    if not given.isdecimal():
        raise UsageError(
            f"“{clean_line(given, 80)}” is no number of minutes",
            advice="OCHRE_TUI_PATIENCE_MINUTES says how long an import waits for an Intercom that does not answer.",
        )
    return 60.0 * int(given)


async def connect(token: Secret) -> Connected:
    """Ask Intercom who the token is for and what it may do."""
    workspace = await open_workspace(token, intercom_url() or DEFAULT_URL)
    async with Intercom(token, workspace.base_url) as client:
        return Connected(workspace, dict(await probe_scopes(client)))


async def is_revoked(token: Secret, url: str, attempts: int = ATTEMPTS) -> bool:
    """Whether Intercom at `url` accepts the token no more; UnreachableError where it can't be asked."""
    async with Intercom(token, url, attempts=attempts) as client:
        try:
            await client.get("/me")
        except DeadToken:
            return True
    return False


def pin(store: Store, workspace: Workspace) -> None:
    """Make this the workspace of the migration; UsageError where it belongs to another one already."""
    _refuse_other(store, workspace)
    store.set(_PINNED, asdict(workspace))


def remember(paths: MigrationPaths, token: Secret, found: Connected, server: OchreServer | None = None) -> Connected:
    """Pin both sides, and remember what the token may do; `found` with whether it is another than last time."""
    with Store(paths.state_db) as store:
        if server is not None:
            pin_server(store, server)
        pin(store, found.workspace)
        store.set("scopes", found.scopes)
        another = tokens.is_another(store, token)
    workspace = found.workspace
    audit.note(
        paths,
        "connect",
        workspace=workspace.id_code,
        region=workspace.region,
        missing=[name for name, state in found.scopes.items() if state == "missing"],
        another_token=another,
        ochre=server.url if server else "embedded",
    )
    return replace(found, another_token=another)


def is_connected(store: Store) -> bool:
    return store.get(_PINNED) is not None


def pinned(store: Store) -> Workspace:
    """The Intercom workspace of this migration, at the address that the environment gives, if it gives one.

    Raises UsageError before it is connected.
    """
    found = store.get(_PINNED)
    if found is None:
        raise UsageError("This migration is not connected to Intercom yet.", advice="Run `ochre-tui connect` first.")
    url = intercom_url()
    return Workspace(**{**found, "base_url": url.rstrip("/")} if url else found)


def inbox_address(workspace: Workspace, conversation: str) -> str:
    """Where a conversation can be looked at in Intercom."""
    region = workspace.region.lower()
    host = f"app.{region}.intercom.com" if region in {"eu", "au"} else "app.intercom.com"
    assert host in APP_HOSTS
    return f"https://{host}/a/inbox/{workspace.id_code}/inbox/conversation/{conversation}"


async def confirmed(store: Store, token: Secret) -> Workspace:
    """`pinned`, after asking Intercom that the token is still for it."""
    known = pinned(store)
    workspace = await open_workspace(token, known.base_url)
    _refuse_other(store, workspace)
    return workspace


def _refuse_other(store: Store, workspace: Workspace) -> None:
    found = store.get(_PINNED)
    if found is not None and found["id_code"] != workspace.id_code:
        raise UsageError(
            f"This token is for the Intercom workspace {workspace.id_code}, the migration is of {found['id_code']}.",
            advice="Use the token of that workspace, or begin another migration with -m NAME.",
        )


def ochre_url() -> str | None:
    """The address that the environment gives for Ochre."""
    return os.environ.get("OCHRE_TUI_OCHRE_URL") or None


def pinned_server(paths: MigrationPaths) -> OchreServer | None:
    """The server of this migration, at the address that the environment gives, if it gives one; None where it goes
    into the embedded workspace."""
    if not paths.exists():
        return None
    with Store(paths.state_db) as store:
        found = store.get(_DESTINATION)
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
    found = store.get(_DESTINATION)
    if (found is None or found["workspace"] != server.workspace) and runs.latest(store.conn) is not None:
        where = (
            f"{clean_line(found['name'], 40)} at {clean_line(found['url'], 80)}" if found else "its embedded workspace"
        )
        raise UsageError(
            f"This migration was imported into {where} already.",
            advice="Go on with that, or begin another migration with -m NAME.",
        )
    store.set(_DESTINATION, asdict(server))


def open_target(paths: MigrationPaths) -> Target:
    """The Ochre workspace of this migration, made where it is the embedded one and missing."""
    server = pinned_server(paths)
    return open_embedded(paths) if server is None else _open_server(paths, server)


def open_embedded(paths: MigrationPaths, instead: str = "") -> EmbeddedWorkspace:
    """The embedded workspace; UsageError, advising what to do `instead`, where the migration goes to a server."""
    server = pinned_server(paths)
    if server is not None:
        raise UsageError(
            f"This migration goes into {clean_line(server.name, 40)} at {clean_line(server.url, 80)}, not into a"
            " workspace on this machine.",
            advice=instead,
        )
    return open_ochre(paths.workspace, slug=paths.name, name=paths.name)


def _open_server(paths: MigrationPaths, server: OchreServer) -> Target:
    from ochre_tui.ochre.http.target import open_http_target

    secret = tokens.known(paths.name, tokens.OCHRE)
    if secret is None:
        raise CredentialError(
            "No token for Ochre was given.",
            advice=f"Set {tokens.OCHRE.environment}, or keep it with `ochre-tui connect --keep-token`.",
        )
    target = open_http_target(server.url, secret)
    if target.capabilities.workspace_id != server.workspace:
        target.close()
        raise UsageError(
            f"At {clean_line(server.url, 80)} is another Ochre workspace ({clean_line(target.name, 40)}) than the one"
            f" that this migration goes into ({clean_line(server.name, 40)}).",
            advice="Check OCHRE_TUI_OCHRE_URL and the token, or begin another migration with -m NAME.",
        )
    return target
