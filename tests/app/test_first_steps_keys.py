"""The way from the start to the import, by keyboard alone, and what can go wrong on it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import DataTable, Input

from ochre_tui.core.paths import migrations
from ochre_tui.migration.home import Home
from ochre_tui.migration.mapping.admins import team
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.connect import ConnectScreen
from ochre_tui.screens.ochre_server import OchreServerDialog
from ochre_tui.screens.steps import Step
from ochre_tui.store import lease
from ochre_tui.widgets.controls import TokenInput
from ochre_tui.widgets.dialogs import ConfirmDialog, ErrorDialog, MessageDialog, TokenErrorDialog
from ochre_tui.widgets.header import Header
from tests.support.keyboard import OpenApp, at, at_step, press, settled, shown, until
from tests.support.served_workspace import served
from tests.support.staged_run import status_of

pytestmark = pytest.mark.anyio


def plan(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "default" / "plan.toml").read_text("utf-8"))


def written(folder: Path, secret: str) -> list[Path]:
    """The files that hold a secret."""
    return [file for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


async def test_from_nothing_to_a_running_import(
    open_app: OpenApp, tmp_path: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    app = open_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        assert at(pilot, Step.CONNECT)
        assert "Harbourlight" in shown(pilot)
        await press(pilot, "enter")
        assert at(pilot, Step.SCAN)
        await press(pilot, "enter")
        await until(pilot, lambda: app.standing.scanned, "the scan")
        app.go(Step.CHOOSE)
        await settled(pilot)
        await press(pilot, "greater_than_sign")
        assert at(pilot, Step.REVIEW)
        await press(pilot, "a", "enter")
        await pilot.press("y")  # from here on the dashboard never rests
        await until(pilot, lambda: app.importing.thread is not None, "the import")
        running = app.importing.thread
        assert running is not None
        await until(pilot, lambda: not running.alive, "the import's end")
        assert running.failure is None
        await until(pilot, lambda: at(pilot, Step.IMPORT), "the dashboard")
    assert status_of(app.session).counts["conversations"]["created"] == 120


async def test_coming_back_opens_where_one_was(open_app: OpenApp, home: Path) -> None:
    at_step(home, Step.CHOOSE)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert at(pilot, Step.START)
        await press(pilot, "enter")
        assert at(pilot, Step.CHOOSE)
        await press(pilot, "escape")
        assert at(pilot, Step.ATTRIBUTES)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        assert at(pilot, Step.ATTRIBUTES)


async def test_a_step_that_is_barred_says_why(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.go(Step.REVIEW)
        await settled(pilot)
        assert at(pilot, Step.START)
        assert "Choose a migration or begin one first." in shown(pilot)


async def test_an_import_elsewhere_is_watched_at_once(open_app: OpenApp, home: Path) -> None:
    session = Home(home).open("default")
    with session.store() as store, store.transaction() as conn:
        conn.execute("INSERT INTO run VALUES (1, 'importing', NULL, 'listing', 1, NULL, 1, 'here')")
    app = open_app(home)
    app.chosen = app.home.open("default")
    with lease.held(session.paths.lock):
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: at(pilot, Step.IMPORT), "the dashboard")
            assert app.screen.query_one(Header).standing.state == "importing"


async def test_a_name_is_asked_for_and_checked(open_app: OpenApp, home: Path) -> None:
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "n", "paste:default", "enter")
        assert "already" in shown(pilot)
        await press(pilot, "n", "paste:Not A Name", "enter")
        assert isinstance(pilot.app.screen, ErrorDialog)
        await press(pilot, "escape", "n", "paste:second", "enter")
        assert at(pilot, Step.CONNECT)
    assert [paths.name for paths in migrations(home)] == ["default", "second"]


async def test_deleting_needs_a_yes(open_app: OpenApp, home: Path) -> None:
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "d", "enter")
        assert [paths.name for paths in migrations(home)] == ["default"]
        await press(pilot, "d", "y")
        assert migrations(home) == []
        assert "Receipt" in shown(pilot)
        await press(pilot, "escape")
        assert "What will happen" in shown(pilot)


async def test_what_somebody_works_on_is_not_deleted(open_app: OpenApp, home: Path) -> None:
    with lease.held(home / "default" / "lock"):
        async with open_app(home).run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "d", "y")
            assert isinstance(pilot.app.screen, ErrorDialog)
            assert "works on this migration" in shown(pilot)
    assert (home / "default" / "state.db").exists()


async def test_a_pasted_token_is_joined_and_tested(open_app: OpenApp, tmp_path: Path, intercom: Running) -> None:
    middle = len(intercom.token) // 2
    pasted = f"\n  {intercom.token[:middle]}\r\n{intercom.token[middle:]}  \n"
    app = open_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", f"paste:{pasted}")
        assert f"{len(intercom.token)} characters, ends in {intercom.token[-4:]}" in shown(pilot)
        await press(pilot, "enter")
        assert app.standing.source == "Harbourlight"
        # Once it is accepted, the field does not hold it any more.
        assert app.screen.query_one("#token", Input).value == ""
        assert intercom.token not in shown(pilot)


async def test_a_dead_token_bars_the_way(open_app: OpenApp, tmp_path: Path, intercom: Running) -> None:
    async with open_app(tmp_path).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "paste:0123456789abcdef", "enter")
        assert "does not accept" in shown(pilot)
        assert isinstance(pilot.app.screen, ConnectScreen)
        pilot.app.screen.action_forward()
        await settled(pilot)
        assert at(pilot, Step.CONNECT)
        assert "Enter a token that Intercom accepts first." in shown(pilot)


async def test_the_token_of_another_workspace_is_refused(
    open_app: OpenApp, home: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Home(home).open("default")
    with session.store() as store:
        store.set("intercom", {**store.get("intercom"), "id_code": "another"})
    at_step(home, Step.CONNECT)
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        assert "This token is for the Intercom workspace" in shown(pilot)


async def test_the_team_by_hand_and_from_a_file(open_app: OpenApp, home: Path, tmp_path: Path) -> None:
    at_step(home, Step.CONNECT)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("email,name,role\nkim@ochre.example,Kim,light_agent\n", "utf-8")
    bad.write_text("email,name,role\nno address,Kim,agent\n", "utf-8")
    app = open_app(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        app.screen.action_team()
        await settled(pilot)
        await press(pilot, "paste:lee@ochre.example", "enter")
        assert app.screen.query_one("#users", DataTable).row_count == 5
        await press(pilot, "paste:nobody", "enter")
        assert "nobody is no e-mail address" in shown(pilot)
        app.screen.query_one("#file").focus()
        await press(pilot, f"paste:{bad}", "enter")
        assert "line 2" in shown(pilot)
        app.screen.query_one("#file", Input).value = ""
        await press(pilot, f"paste:{good}", "enter", "escape")
        assert "6 users" in shown(pilot)
    assert {user.email for user in team(app.session)} >= {"kim@ochre.example", "lee@ochre.example"}


async def test_an_ochre_server_by_address_and_token(
    open_app: OpenApp, tmp_path: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    app = open_app(tmp_path / "home")
    with served(tmp_path / "server") as server:
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "enter", "o", f"paste:{server.url}", "enter", "paste:not-the-token-at-all", "enter")
            assert isinstance(app.screen, OchreServerDialog)
            assert "does not accept" in shown(pilot)
            app.screen.query_one(TokenInput).value = ""
            await press(pilot, f"paste:{server.token.unwrap()}", "enter")
            assert at(pilot, Step.CONNECT)
            assert f"At {server.url}" in shown(pilot)
            assert app.standing.target == "Acme"
            assert server.token.unwrap() not in shown(pilot)
            await press(pilot, "greater_than_sign")
            assert at(pilot, Step.SCAN)
    assert not written(tmp_path, server.token.unwrap())


async def test_enter_on_what_is_chosen_already_leads_on(open_app: OpenApp, home: Path) -> None:
    at_step(home, Step.CHOOSE)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "down", "enter")
        assert plan(home)["import"]["range"] == "2y"
        await press(pilot, "enter", "enter")
        assert at(pilot, Step.REVIEW)


async def test_every_choice_is_saved_at_once(open_app: OpenApp, home: Path) -> None:
    at_step(home, Step.CHOOSE)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "down", "space")
        assert plan(home)["import"]["range"] == "2y"
        assert "about" in shown(pilot)
        await press(pilot, "tab", "space")
        assert plan(home)["import"]["states"] == ["closed", "snoozed"]
        await press(pilot, "tab", "space", "tab", "space")
        assert "Choose at least one state." in shown(pilot)
        assert plan(home)["import"]["states"] == ["snoozed"]
        await press(pilot, "greater_than_sign")
        assert at(pilot, Step.CHOOSE)
        await press(pilot, "space", "greater_than_sign")
        assert at(pilot, Step.REVIEW)


async def test_comments_in_the_plan_survive(open_app: OpenApp, home: Path) -> None:
    (home / "default" / "plan.toml").write_text('# Agreed with Ana.\n[import]\nrange = "all" # really\n', "utf-8")
    at_step(home, Step.CHOOSE)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "down", "space")
    text = (home / "default" / "plan.toml").read_text("utf-8")
    assert "# Agreed with Ana." in text
    assert 'range = "2y" # really' in text


async def test_accepting_suggestions_keeps_what_was_decided(open_app: OpenApp, home: Path) -> None:
    scanned = PlanEditor(Home(home).open("default")).scanned()
    assert scanned is not None
    admin = scanned.admins[0]
    text = f'[admins."{admin.id}"]\naction = "invite"\nrole = "light_agent"\n'
    (home / "default" / "plan.toml").write_text(text, "utf-8")
    at_step(home, Step.REVIEW)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "a")
        assert "undecided" not in shown(pilot)
    assert plan(home)["admins"][admin.id] == {"action": "invite", "role": "light_agent"}
    assert len(plan(home)["admins"]) > 1


async def test_what_is_switched_off_is_remembered(open_app: OpenApp, home: Path) -> None:
    at_step(home, Step.REVIEW)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "up", "space")
    assert PlanEditor(Home(home).open("default")).review().switched_off == {"sla"}


async def test_a_token_that_died_since_stops_the_start(
    open_app: OpenApp, home: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", "0123456789abcdef")
    at_step(home, Step.REVIEW)
    app = open_app(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, ConfirmDialog)
        await press(pilot, "y")
        assert isinstance(app.screen, TokenErrorDialog)
        assert "does not accept" in shown(pilot)
        await press(pilot, "escape")
        assert at(pilot, Step.REVIEW)
    assert app.importing.thread is None


async def test_help_and_commands_on_every_step(open_app: OpenApp, home: Path) -> None:
    app = open_app(home)
    for step in (Step.CONNECT, Step.SCAN, Step.CHOOSE, Step.REVIEW):
        at_step(home, step)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await press(pilot, "question_mark")
        assert isinstance(app.screen, MessageDialog)
        assert "Help: Review" in shown(pilot)
        await press(pilot, "escape")
        titles = [command.title for command in app.get_system_commands(app.screen)]
    assert {"Warnings", "Sample run", "Quit", "Go to Choose", "Theme: light"} <= set(titles)
    assert not [title for title in titles if "creenshot" in title]


async def test_quitting_asks_only_while_importing(open_app: OpenApp, home: Path) -> None:
    app = open_app(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("q")
    assert app.return_code == 0
