"""Which Intercom workspace a migration is of: pinned once, refused ever after where it is another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection
from ochre_tui.migration.connection import Connected
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.store.store import Store

URL = "OCHRE_TUI_INTERCOM_URL"


@pytest.fixture
def paths(tmp_path: Path) -> MigrationPaths:
    found = MigrationPaths("default", tmp_path / "default")
    found.create()
    return found


@pytest.fixture
def store(paths: MigrationPaths) -> Iterator[Store]:
    with Store(paths.state_db) as opened:
        yield opened


@pytest.fixture
def connected(source: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connected:
    monkeypatch.setenv(URL, source.url)
    return connection.connect(Session(MigrationPaths("other", tmp_path / "other")), Secret(source.token))


def test_connecting_tells_workspace_and_permissions(connected: Connected, source: Running) -> None:
    me = source.world.me()["app"]
    workspace = connected.workspace
    assert (workspace.id_code, workspace.name, workspace.timezone) == (me["id_code"], me["name"], me["timezone"])
    assert workspace.base_url == source.url
    assert set(connected.scopes.values()) == {"ok"}
    connected.refuse_without_needed()


def test_a_missing_permission_that_an_import_needs_is_named(connected: Connected) -> None:
    some = "Read conversations"
    assert some in connected.scopes
    lacking = replace(connected, scopes={**connected.scopes, some: "missing"})
    with pytest.raises(CredentialError, match=f"lacks “{some}”") as raised:
        lacking.refuse_without_needed()
    assert "Developer Hub" in raised.value.advice


def test_a_wrong_token_is_refused(source: Running, paths: MigrationPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, source.url)
    with pytest.raises(CredentialError) as raised:
        connection.connect(Session(paths), Secret("wrong-canary"))
    assert "canary" not in str(raised.value) + raised.value.meaning + raised.value.advice


def test_pinned_is_what_was_connected(store: Store, connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.pin(store, connected.workspace)
    assert connection.pinned(store) == connected.workspace
    monkeypatch.delenv(URL)
    assert connection.pinned(store) == connected.workspace
    monkeypatch.setenv(URL, "http://127.0.0.1:9/")
    assert connection.pinned(store) == replace(connected.workspace, base_url="http://127.0.0.1:9")


def test_nothing_is_pinned_before(store: Store) -> None:
    with pytest.raises(UsageError, match="not connected") as raised:
        connection.pinned(store)
    assert "connect" in raised.value.advice


def test_another_workspace_is_refused(store: Store, connected: Connected) -> None:
    connection.pin(store, connected.workspace)
    other = replace(connected.workspace, id_code="other123")
    with pytest.raises(UsageError, match="other123") as raised:
        connection.pin(store, other)
    assert connected.workspace.id_code in raised.value.title
    assert connection.pinned(store) == connected.workspace


def test_a_token_of_another_workspace_is_refused_before_work(
    store: Store, connected: Connected, source: Running
) -> None:
    token = Secret(source.token)
    connection.pin(store, connected.workspace)
    assert asyncio.run(connection.confirmed(store, token)).id_code == connected.workspace.id_code
    with Store(store.path.with_name("another.db")) as other:
        connection.pin(other, replace(connected.workspace, id_code="another1"))
        with pytest.raises(UsageError, match="another1"):
            asyncio.run(connection.confirmed(other, token))


def test_the_same_workspace_under_another_name_is_the_same(store: Store, connected: Connected) -> None:
    connection.pin(store, connected.workspace)
    renamed = replace(connected.workspace, name="Renamed")
    connection.pin(store, renamed)
    assert connection.pinned(store).name == "Renamed"


def test_the_target_is_made_once_and_keeps_its_name(paths: MigrationPaths) -> None:
    first = Session(paths).open_target()
    assert (first.slug, first.name) == ("default", "default")
    first.close()
    again = Session(paths).open_target()
    assert again.users() == []
    again.close()


def test_attachment_hosts_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", "127.0.0.1:8090")
    assert connection.attachment_hosts().allows("http://127.0.0.1:8090/a.png")
    monkeypatch.delenv("OCHRE_TUI_ATTACHMENT_HOSTS")
    assert not connection.attachment_hosts().allows("http://127.0.0.1:8090/a.png")
    monkeypatch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", "http://no")
    with pytest.raises(UsageError):
        connection.attachment_hosts()


def test_a_workspace_survives_being_kept(store: Store) -> None:
    odd = Workspace("abc123", "Ünïcode \u202e", "EU", "Europe/Dublin", "https://api.eu.intercom.io", 1)
    connection.pin(store, odd)
    assert connection.pinned(store) == odd
