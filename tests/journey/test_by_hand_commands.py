"""What the app does after an import, by commands: the check-lists and the spot-check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.migration.session import Desk as AppDesk
from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from tests.support.command_line import Desk, desk_at


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=25, seed=4)) as one:
        yield one


@pytest.fixture(scope="module")
def imported(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = desk_at(tmp_path_factory.mktemp("by-hand"), sandbox)
    desk.ready()
    desk.run()
    return desk


@pytest.fixture
def desk(imported: Desk, tmp_path: Path) -> Desk:
    return imported.copied(tmp_path / "home")


@pytest.mark.parametrize("group", ["side-effects", "cutover", "winddown"])
def test_a_list_is_worked_off(desk: Desk, group: str) -> None:
    before = desk.do(group, "list", "--json").json
    assert len(before) >= 6
    assert {one["done_at"] for one in before} == {None}
    first = before[0]["id"]
    assert "is done" in desk.do(group, "done", first).out
    assert desk.do(group, "list", "--json").json[0]["done_at"] > 0
    assert "not done" in desk.do(group, "done", first, "--not").out
    assert desk.do(group, "list", "--json").json == before
    said = desk.do(group, "list").out
    assert all(one["id"] in said and one["why"][:30] in said for one in before)


def test_the_days_are_counted_from_the_cut_over(desk: Desk) -> None:
    desk.do("cutover", "done", "cut over")
    due = {one["id"]: one["due_at"] for one in desk.do("winddown", "list", "--json").json}
    assert (due["cancel"] - due["read-only"]) == 30 * 86_400
    assert "cut_over" in AppDesk(desk.home, name="default").standing().finished


def test_what_is_not_on_the_list_is_refused(desk: Desk) -> None:
    ran = desk.call("cutover", "done", "everything")
    assert ran.exit == 2
    assert "catch-up" in ran.err


def test_a_conversation_of_both_sides(desk: Desk) -> None:
    seen = set()
    for _ in range(5):
        found = desk.do("spot-check", "--mark", "--json").json
        assert found["looked_at"] > 0
        assert all(pair["there"] and pair["here"] for pair in found["pairs"])
        seen.add(found["intercom_id"])
    assert len(seen) == 5  # one that was looked at does not come again
    assert "spot_check" in AppDesk(desk.home, name="default").standing().finished
    wanted = seen.pop()
    link = f"https://app.intercom.com/a/inbox/hl6b86b2/inbox/conversation/{wanted}"
    said = desk.do("spot-check", link).out
    assert wanted in said
    assert "Marked as looked at." in said
    assert desk.do("spot-check", wanted, "--unmark", "--json").json["looked_at"] is None
    assert "spot_check" not in AppDesk(desk.home, name="default").standing().finished


def test_what_is_ticked_off_by_command_the_app_shows(desk: Desk) -> None:
    desk.do("side-effects", "done", "sla")
    app = AppDesk(desk.home, name="default")
    assert app.reviewed().switched_off == {"sla"}
    app.tick_side_effect("sla", off=False)
    assert {one["done_at"] for one in desk.do("side-effects", "list", "--json").json} == {None}


def test_a_conversation_that_is_not_there(desk: Desk) -> None:
    assert desk.call("spot-check", "12345").exit == 2


def test_nothing_imported_yet(sandbox: Running, tmp_path: Path) -> None:
    desk = desk_at(tmp_path / "home", sandbox)
    desk.do("connect")
    ran = desk.call("spot-check")
    assert ran.exit == 2
    assert "Import first" in ran.err
