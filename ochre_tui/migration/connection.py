"""Connecting a migration: the workspaces that it joins are pinned, and what it needs for them is kept where wanted."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace

from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.core.text import clean_line
from ochre_tui.intercom import scopes
from ochre_tui.intercom.client import ATTEMPTS, Intercom
from ochre_tui.intercom.errors import DeadToken
from ochre_tui.intercom.hosts import APP_HOSTS, FileHosts
from ochre_tui.intercom.workspace import DEFAULT_URL, Workspace, open_workspace, probe_scopes
from ochre_tui.migration.credentials import passphrase, tokens
from ochre_tui.migration.credentials.tokens import INTERCOM, OCHRE
from ochre_tui.migration.destination import OchreServer, ask_server, pin_server, pinned_server
from ochre_tui.migration.encrypt import encrypt
from ochre_tui.migration.session import Session
from ochre_tui.store.store import Store

_PINNED = "intercom"


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


def connect(
    session: Session, token: Secret, *, server: OchreServer | None = None, words: Secret | None = None
) -> Connected:
    """Ask Intercom who the token is for and what it may do, pin that workspace, and Ochre's `server` if there is one.

    The migration is made where it is missing, encrypted by `words` where there are any; UsageError where it is another
    workspace's.
    """
    found = in_loop(_ask_intercom(token))
    session.paths.create()
    if words is not None:
        encrypt(session, words)
    with session.store() as store:
        if server is not None:
            pin_server(store, server)
        pin(store, found.workspace)
        store.set("scopes", found.scopes)
        another = tokens.is_another(store, token)
    session.remember_token(INTERCOM, token)
    goes_to = pinned_server(session.paths)
    session.audit(
        "connect",
        workspace=found.workspace.id_code,
        region=found.workspace.region,
        missing=[name for name, state in found.scopes.items() if state == "missing"],
        another_token=another,
        ochre=goes_to.url if goes_to else "embedded",
    )
    return replace(found, another_token=another)


async def _ask_intercom(token: Secret) -> Connected:
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


def connect_server(session: Session, url: str, token: Secret) -> None:
    """Make the server's workspace for this token the destination; raises what `ask_server` and `pin_server` do."""
    server = ask_server(url, token)
    with session.store() as store:
        pin_server(store, server)
    session.remember_token(OCHRE, token)
    session.audit("connect", ochre=server.url)


def keep(session: Session) -> str | None:
    """Keep the tokens and the passphrase in the keyring, as far as they are needed; the reason where that failed."""
    name = session.paths.name
    problem = tokens.keep(name, session.token(INTERCOM))
    if problem is None and pinned_server(session.paths) is not None:
        problem = tokens.keep(name, session.token(OCHRE), OCHRE)
    words = passphrase.known(name) if passphrase.encrypted(session.paths) else None
    return problem or (passphrase.keep(name, words) if words else None)


def forget(session: Session) -> bool:
    """Take them out of the keyring and of this process's memory; whether the keyring had any."""
    return session.tokens.forget(session.paths.name) | passphrase.forget(session.paths.name)
