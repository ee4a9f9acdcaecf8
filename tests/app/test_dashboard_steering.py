"""The dashboard at work: an import that this process does, steered by keys, against a simulated Intercom."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, DataTable

from ochre_tui.core.process import actor
from ochre_tui.migration.home import Home
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.screens.import_dashboard import ImportScreen
from ochre_tui.screens.steps import Step
from ochre_tui.store import control, runs
from ochre_tui.widgets.dialogs import ErrorDialog, MessageDialog, TokenErrorDialog
from ochre_tui.widgets.quarantine_list import QuarantineList
from tests.support.command_line import CommandLine, cli_at
from tests.support.staged_run import (
    app_of,
    connected,
    damage,
    open_unread,
    opened,
    run_app,
    shown,
    somebody_at_work,
    stage,
    status_of,
    still,
    until,
)


@pytest.fixture(scope="module")
def source() -> Iterator[Running]:
    fault = "malformed=path=/conversations/*,share=0.02,times=0"
    with running(Sandbox(conversations=500, seed=6, rate_limit=0, latency_s=0.2, faults=(fault,))) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ready(source: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    found = cli_at(tmp_path_factory.mktemp("ready"), source)
    found.ready()
    return found


@pytest.fixture
def session(ready: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    for name, value in ready.copied(tmp_path / "home").environment.items():
        monkeypatch.setenv(name, value)
    return Home(tmp_path / "home").open("default")


def state(session: Session) -> tuple[str, str | None]:
    now = status_of(session)
    return now.state, now.reason


def test_start_pause_slow_down_go_on_and_stop(session: Session) -> None:
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        primary = screen.query_one("#primary", Button)
        await until(pilot, lambda: str(primary.label) == "Start the import" and screen.focused is primary)
        await pilot.press("enter")
        await until(pilot, lambda: status_of(session).counts["conversations"]["found"] >= 5)
        await pilot.press("p")
        assert "Pausing" in shown(app) or "Paused" in shown(app)
        await until(pilot, lambda: f"Paused by {actor()}" in shown(app))
        await until(pilot, lambda: state(session)[0] == "paused" and str(primary.label) == "Go on")
        await pilot.press("minus", "minus", "minus")
        assert "pace 70 %" in shown(app)
        await until(pilot, lambda: status_of(session).rate.throttle_percent == 70)
        await pilot.press("plus")
        await until(pilot, lambda: status_of(session).rate.throttle_percent == 80)
        await pilot.press("p")
        await until(pilot, lambda: state(session)[0] == "importing")
        await pilot.press("s")
        await until(pilot, lambda: "Stopp" in shown(app))
        await until(pilot, lambda: app.importing.thread is not None and not app.importing.thread.alive)
        await until(pilot, lambda: f"Stopped by {actor()}" in shown(app))
        await until(pilot, lambda: str(primary.label) == "Take up the import")
        await pilot.press("enter")
        await until(pilot, lambda: state(session)[0] == "completed")
        await until(pilot, lambda: str(primary.label) == "Continue to Verify")
        assert "quarantined" in shown(app)

    run_app(app, at_the_keys)
    assert status_of(session).counts["conversations"]["found"] == 500


def test_a_second_stop_ends_it_at_once(session: Session) -> None:
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        await until(pilot, lambda: isinstance(screen.focused, Button))
        await pilot.press("enter")
        await until(pilot, lambda: status_of(session).counts["conversations"]["found"] >= 5)
        await pilot.press("s", "s")
        await until(pilot, lambda: app.importing.thread is not None and not app.importing.thread.alive)

    run_app(app, at_the_keys)
    assert f"Stopped by {actor()}" in str(state(session)[1])


def test_quarantined_records_open_and_are_tried_again(session: Session) -> None:
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        await until(pilot, lambda: isinstance(screen.focused, Button))
        await pilot.press("enter")
        await until(pilot, lambda: state(session)[0] == "completed")
        before = status_of(session).counts["conversations"]["quarantined"]
        assert before > 0
        await pilot.press("x")
        await until(pilot, lambda: screen.query_one(QuarantineList).query_one(DataTable).has_focus)
        await still(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "Tried once" in shown(app)
        assert "app.intercom.com/a/inbox" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await until(pilot, lambda: app.importing.thread is not None and not app.importing.thread.alive)
        await pilot.press("r")
        await until(pilot, lambda: app.importing.thread is not None and app.importing.thread.alive)
        await until(pilot, lambda: app.importing.thread is not None and not app.importing.thread.alive)
        with session.store() as store:
            rows = store.conn.execute("SELECT attempts FROM outcome WHERE outcome = 'quarantined'").fetchall()
        assert {row[0] for row in rows} == {2}

    run_app(app, at_the_keys)


def test_an_import_that_can_not_begin_says_why(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(session)
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", "revoked-canary")

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        await until(pilot, lambda: isinstance(screen.focused, Button))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TokenErrorDialog))
        assert "canary" not in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen and isinstance(screen.focused, Button))
        assert str(screen.query_one("#primary", Button).label) == "Start the import"

    run_app(app, at_the_keys)


def test_an_import_of_another_process_is_steered_as_ones_own(
    session: Session, ready: CommandLine, source: Running
) -> None:
    source.control("limit", limit=100)  # so that it lasts
    app = app_of(session)
    elsewhere = CommandLine(session.paths.home, {**ready.environment, "OCHRE_TUI_HOME": str(session.paths.home)})

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        primary = screen.query_one("#primary", Button)
        await until(
            pilot, lambda: "watching" in shown(app) and status_of(session).counts["conversations"]["found"] >= 5
        )
        await pilot.press("minus", "minus")
        assert "pace 80 %" in shown(app)
        await until(pilot, lambda: status_of(session).rate.throttle_percent == 80)
        await until(pilot, lambda: "At most 80 % of Intercom's limit" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: state(session)[0] == "paused" and str(primary.label) == "Go on")
        await pilot.press("enter")
        await until(pilot, lambda: state(session)[0] == "importing" and str(primary.label) == "Importing…")
        await pilot.press("s")
        await until(pilot, lambda: f"Stopped by {actor()}" in shown(app) and str(primary.label) == "Take up the import")
        assert app.importing.thread is None

    with elsewhere.start("run") as process:
        try:
            while status_of(session).pid is None:
                assert process.poll() is None
                time.sleep(0.05)
            run_app(app, at_the_keys)
            assert process.wait(20) == 7
        finally:
            process.kill()
            process.communicate()
            source.control("limit", limit=0)


def test_one_who_asks_too_late_is_told(tmp_path: Path) -> None:
    session = connected(tmp_path)
    stage(session)
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        assert isinstance(screen, ImportScreen)
        with somebody_at_work(session.paths):
            await until(pilot, lambda: screen.check_action("pause", ()))
        await pilot.press("p")
        await until(pilot, lambda: "No process imports this migration now." in shown(app))
        await until(pilot, lambda: not screen.check_action("pause", ()))

    run_app(app, at_the_keys)


def test_in_an_outage_one_can_have_it_asked_at_once_and_again(tmp_path: Path) -> None:
    session = connected(tmp_path)
    stage(session, state="paused", reason="Intercom does not answer.")
    with session.store() as store, store.transaction() as conn:
        pulse = runs.pulse(conn)
        assert pulse is not None
        runs.beat(conn, pulse[0], {**pulse[1], "outage": True})
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        primary = screen.query_one("#primary", Button)
        for often in (1, 2):
            await until(pilot, lambda: str(primary.label) == "Go on" and "Going on" not in shown(app))
            await pilot.press("p")
            await until(pilot, lambda: len(asked()) == often)  # noqa: B023 - used at once

    def asked() -> list[str]:
        with session.store() as store:
            return [command.action for command in control.after(store.conn, 0)]

    with somebody_at_work(session.paths):
        run_app(app, at_the_keys)
    assert asked() == ["resume", "resume"]


def test_nobody_reads_what_nobody_sees(tmp_path: Path) -> None:
    session = connected(tmp_path)
    stage(session, state="completed", quarantined=0)
    app = app_of(session)
    boards: list[object] = []
    every_s = 0.25  # as the dashboard reads

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.IMPORT)
        assert isinstance(screen, ImportScreen)
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not screen)
        app.set_interval(every_s, lambda: boards.append(screen._board))
        await until(pilot, lambda: len(boards) >= 6)
        assert len({id(board) for board in boards}) <= 2  # one was on its way
        await pilot.press("escape")
        await until(pilot, lambda: screen._board is not boards[5])

    run_app(app, at_the_keys)


def test_a_store_that_can_be_read_again(tmp_path: Path) -> None:
    session = connected(tmp_path)
    stage(session, state="completed", quarantined=0)
    app = app_of(session)
    aside = tmp_path / "aside"

    async def at_the_keys(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: app.screen.query("#primary"))
        session.paths.state_db.rename(aside)
        damage(session.paths.state_db)
        await open_unread(pilot, Step.IMPORT)
        await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        await pilot.press("escape")
        await until(pilot, lambda: "How the import stands can't be read." in shown(app))
        aside.replace(session.paths.state_db)
        await pilot.press("enter")
        await until(pilot, lambda: "Continue to Verify" in shown(app))
        assert "can't be read" not in shown(app)

    run_app(app, at_the_keys)
