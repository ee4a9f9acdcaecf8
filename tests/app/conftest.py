"""The app in front of a simulated Intercom, with everything that moves by itself held still."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.keyboard import OpenApp
from tests.support.staged_run import import_all

# Textual reads this once, when it is imported.
os.environ["TEXTUAL_ANIMATIONS"] = "none"

import pytest
from textual.widgets import Input

from ochre_tui.app.app import OchreApp
from ochre_tui.core.secret import Secret
from ochre_tui.migration.connection import connect
from ochre_tui.migration.home import Home
from ochre_tui.migration.scan.result import AttachmentEstimate, Interval, last_scan
from ochre_tui.migration.scan.run import scan
from ochre_tui.migration.session import Session
from ochre_tui.ochre.embedded.administration import import_csv
from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from tests.support.staged_run import at_noon

NOON = 1_793_534_400
"""The time that every app of these tests is at: 2026-11-01T12:00:00Z, when the made-up history ends."""

_TEAM = """\
email,name,role
ana.silva@harbourlight.example,Ana Silva,owner
ben.oconnor@harbourlight.example,Ben O'Connor,admin
chiara@harbourlight.example,Chiara Rossi,agent
zoe@ochre.example,Zoë Müller,agent
"""
_OWN = ("HOME", "MIGRATION", "INTERCOM_TOKEN", "THEME")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=120, seed=3)) as one:
        yield one


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No blinking cursor, and nothing of the machine's own environment."""
    monkeypatch.setattr(Input, "cursor_blink", False)
    for name in ("NO_COLOR", "TEXTUAL_THEME", *(f"OCHRE_TUI_{own}" for own in _OWN)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wall clocks show UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def intercom(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The sandbox, without faults, as the Intercom that the environment names."""
    sandbox.control("faults", faults=[])
    sandbox.control("scopes", missing=[])
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_URL", sandbox.url)
    monkeypatch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", sandbox.attachment_host)
    return sandbox


@pytest.fixture(scope="session")
def scanned_home(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the migration `default`: connected, with a team, scanned. To be copied, not to be used."""
    home = tmp_path_factory.mktemp("scanned")
    team = tmp_path_factory.mktemp("team") / "team.csv"
    team.write_text(_TEAM, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCHRE_TUI_INTERCOM_URL", sandbox.url)
        patch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", sandbox.attachment_host)
        session = Home(home, rng=random.Random(1)).create("default")
        connect(session, Secret(sandbox.token))
        with session.embedded() as workspace:
            import_csv(workspace, team)
        scan(session)
        _without_timings(session)
    return home


def _without_timings(session: Session) -> None:
    """What depends on the order and speed of answers, made the same for every run."""
    with session.store() as store:
        found = last_scan(store)
        assert found is not None
        assert found.basis is not None
        basis = found.basis.model_copy(update={"latency_s": 0.05})
        files = AttachmentEstimate(count=58, bytes=Interval(low=400_000, likely=1_300_000, high=5_200_000), sampled=32)
        images = AttachmentEstimate(count=9, bytes=Interval(low=90_000, likely=300_000, high=900_000), sampled=32)
        same = found.model_copy(
            update={
                "attachments": files,
                "estimate_s": Interval(low=40, likely=75, high=190),
                "basis": basis.model_copy(update={"images": images}),
            }
        )
        store.set("scan", same.model_dump(mode="json"))


@pytest.fixture
def home(scanned_home: Path, intercom: Running, tmp_path: Path) -> Path:
    """A home of one's own with a migration that is connected and scanned."""
    shutil.copytree(scanned_home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def imported_home(scanned_home: Path, sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migration that was imported at noon, but for the second at which the clock stood."""
    home = tmp_path_factory.mktemp("imported") / "home"
    shutil.copytree(scanned_home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCHRE_TUI_INTERCOM_URL", sandbox.url)
        patch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", sandbox.attachment_host)
        patch.setenv("OCHRE_TUI_INTERCOM_TOKEN", sandbox.token)
        session = at_noon(home)
        import_all(session)
        with session.store() as store, store.transaction() as conn:
            conn.execute("UPDATE run SET started_at = ?, ended_at = ?", (NOON - 60, NOON - 10))
    return home


@pytest.fixture
def imported(imported_home: Path, intercom: Running, tmp_path: Path) -> Session:
    """That migration, of one's own, at noon."""
    shutil.copytree(imported_home, tmp_path / "home")
    return at_noon(tmp_path / "home")


@pytest.fixture
def imported_here(imported: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The same, below the folder that one is in: the paths that errors name are those of every run."""
    monkeypatch.chdir(tmp_path)
    return at_noon(imported.paths.home.relative_to(tmp_path))


@pytest.fixture
def open_app() -> OpenApp:
    """Makes the app on a home, at noon."""

    def made(home: Path) -> OchreApp:
        return OchreApp(Home(home, now=lambda: NOON, rng=random.Random(1)))

    return made
