"""The dashboard once an import is done: catching up, and trying quarantined records again, one or all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ochre_tui.migration.home import Home
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.screens.steps import Step
from ochre_tui.store import sync_passes
from tests.support.command_line import cli_at
from tests.support.staged_run import app_of, opened, run_app, shown, status_of, until

FAULT = "malformed=path=/conversations/*,share=0.2,times=0"


@pytest.fixture
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=30, seed=6, rate_limit=0, faults=(FAULT,))) as sandbox:
        yield sandbox


@pytest.fixture
def session(source: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Everything imported once, some of it in quarantine."""
    commands = cli_at(tmp_path, source)
    commands.do("connect")
    commands.do("plan")
    commands.run()
    for name, value in commands.environment.items():
        monkeypatch.setenv(name, value)
    return Home(tmp_path).open("default")


def in_quarantine(session: Session) -> int:
    return status_of(session).counts["conversations"]["quarantined"]


def test_one_record_is_tried_again_and_then_all(source: Running, session: Session) -> None:
    before = in_quarantine(session)
    assert before > 1
    source.control("faults", faults=[])
    listings = source.control("state")["requests"]["by_endpoint"]["POST /conversations/search"]
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        await until(pilot, lambda: str(screen.query_one("#primary", Button).label) == "Continue to Verify")
        await pilot.press("x")
        await until(pilot, lambda: "t tries it again, r all" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: in_quarantine(session) == before - 1)
        await until(pilot, lambda: "t tries it again, r all" in shown(app))
        await until(pilot, lambda: f"Quarantine ({before - 1})" in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: in_quarantine(session) == 0)
        await until(pilot, lambda: "Nothing is in quarantine" in shown(app))

    run_app(app, at_the_keys)
    assert source.control("state")["requests"]["by_endpoint"]["POST /conversations/search"] == listings


def test_catching_up_until_nothing_new_is_left(source: Running, session: Session) -> None:
    source.control("changes", changes=[{"change": "new_conversation"}])
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        catch_up = screen.query_one("#catch-up", Button)
        await until(pilot, lambda: catch_up.display)
        await pilot.press("c")
        await until(pilot, lambda: status_of(session).counts["conversations"]["found"] == 31)
        await until(pilot, lambda: catch_up.display)

    run_app(app, at_the_keys)
    with session.store() as store:
        assert sync_passes.quiet_since(store.conn) is not None
