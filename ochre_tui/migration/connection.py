"""Which workspaces a migration joins: pinned when it is connected, checked ever after."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass

from ochre_tui.errors import CredentialError, UsageError
from ochre_tui.home import Place
from ochre_tui.intercom import scopes
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.probe import probe
from ochre_tui.intercom.session import DEFAULT_URL, Workspace, open_workspace
from ochre_tui.ochre.workspace import EmbeddedWorkspace
from ochre_tui.ochre.workspace import open_workspace as open_ochre
from ochre_tui.secret import Secret
from ochre_tui.state.store import Store

_PINNED = "intercom"


@dataclass(frozen=True, slots=True)
class Connected:
    """The Intercom workspace, and each permission: "ok" or "missing"."""

    workspace: Workspace
    scopes: dict[str, str]

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


async def connect(token: Secret) -> Connected:
    """Ask Intercom who the token is for and what it may do."""
    workspace = await open_workspace(token, intercom_url() or DEFAULT_URL)
    async with Intercom(token, workspace.base_url) as client:
        return Connected(workspace, dict(await probe(client)))


def pin(store: Store, workspace: Workspace) -> None:
    """Make this the workspace of the migration; UsageError where it belongs to another one already."""
    _refuse_other(store, workspace)
    store.set(_PINNED, asdict(workspace))


def pinned(store: Store) -> Workspace:
    """The Intercom workspace of this migration, at the address that the environment gives, if it gives one.

    Raises UsageError before it is connected.
    """
    found = store.get(_PINNED)
    if found is None:
        raise UsageError("This migration is not connected to Intercom yet.", advice="Run `ochre-tui connect` first.")
    url = intercom_url()
    return Workspace(**{**found, "base_url": url.rstrip("/")} if url else found)


async def confirmed(store: Store, token: Secret) -> Workspace:
    """`pinned`, after asking Intercom that the token is still for it."""
    known = pinned(store)
    workspace = await open_workspace(token, known.base_url)
    _refuse_other(store, workspace)
    return workspace


def open_target(place: Place) -> EmbeddedWorkspace:
    """The embedded Ochre workspace of this migration, made where it is missing."""
    return open_ochre(place.workspace, slug=place.name, name=place.name)


def _refuse_other(store: Store, workspace: Workspace) -> None:
    found = store.get(_PINNED)
    if found is not None and found["id_code"] != workspace.id_code:
        raise UsageError(
            f"This token is for the Intercom workspace {workspace.id_code}, the migration is of {found['id_code']}.",
            advice="Use the token of that workspace, or begin another migration with -m NAME.",
        )
