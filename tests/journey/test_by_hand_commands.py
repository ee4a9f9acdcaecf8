"""What the app does after an import, by commands: the check-lists and the spot-check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.migration.cutover.checklist import untick
from ochre_tui.migration.home import Home
from ochre_tui.migration.overview import read_standing
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from tests.support.command_line import CommandLine, cli_at


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=25, seed=4)) as one:
        yield one


@pytest.fixture(scope="module")
def imported(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    cli = cli_at(tmp_path_factory.mktemp("by-hand"), sandbox)
    cli.ready()
    cli.run()
    return cli


@pytest.fixture
def cli(imported: CommandLine, tmp_path: Path) -> CommandLine:
    return imported.copied(tmp_path / "home")


@pytest.mark.parametrize("group", ["side-effects", "cutover", "winddown"])
def test_a_list_is_worked_off(cli: CommandLine, group: str) -> None:
    before = cli.do(group, "list", "--json").json
    assert len(before) >= 6
    assert {one["done_at"] for one in before} == {None}
    first = before[0]["id"]
    assert "is done" in cli.do(group, "done", first).out
    assert cli.do(group, "list", "--json").json[0]["done_at"] > 0
    assert "not done" in cli.do(group, "done", first, "--not").out
    assert cli.do(group, "list", "--json").json == before
    said = cli.do(group, "list").out
    assert all(one["id"] in said and one["why"][:30] in said for one in before)


def test_the_days_are_counted_from_the_cut_over(cli: CommandLine) -> None:
    cli.do("cutover", "done", "cut over")
    due = {one["id"]: one["due_at"] for one in cli.do("winddown", "list", "--json").json}
    assert (due["cancel"] - due["read-only"]) == 30 * 86_400
    assert "cut_over" in read_standing(Home(cli.home).open("default"), importing_here=False).finished


def test_what_is_not_on_the_list_is_refused(cli: CommandLine) -> None:
    ran = cli.call("cutover", "done", "everything")
    assert ran.exit == 2
    assert "catch-up" in ran.err


def test_a_conversation_of_both_sides(cli: CommandLine) -> None:
    seen = set()
    for _ in range(5):
        found = cli.do("spot-check", "--mark", "--json").json
        assert found["looked_at"] > 0
        assert all(pair["there"] and pair["here"] for pair in found["pairs"])
        seen.add(found["intercom_id"])
    assert len(seen) == 5  # one that was looked at does not come again
    assert "spot_check" in read_standing(Home(cli.home).open("default"), importing_here=False).finished
    wanted = seen.pop()
    link = f"https://app.intercom.com/a/inbox/hl6b86b2/inbox/conversation/{wanted}"
    said = cli.do("spot-check", link).out
    assert wanted in said
    assert "Marked as looked at." in said
    assert cli.do("spot-check", wanted, "--unmark", "--json").json["looked_at"] is None
    assert "spot_check" not in read_standing(Home(cli.home).open("default"), importing_here=False).finished


def test_what_is_ticked_off_by_command_the_app_shows(cli: CommandLine) -> None:
    cli.do("side-effects", "done", "sla")
    session = Home(cli.home).open("default")
    assert PlanEditor(session).review().switched_off == {"sla"}
    untick(session, "sla")
    assert {one["done_at"] for one in cli.do("side-effects", "list", "--json").json} == {None}


def test_a_conversation_that_is_not_there(cli: CommandLine) -> None:
    assert cli.call("spot-check", "12345").exit == 2


def test_nothing_imported_yet(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path / "home", sandbox)
    cli.do("connect")
    ran = cli.call("spot-check")
    assert ran.exit == 2
    assert "Import first" in ran.err
