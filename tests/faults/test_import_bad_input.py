"""Plans that can't be used, migrations and hosts that are not there: exit code, a clear word, nothing written."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.core.errors import UnreachableError
from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, cli_at, contents, hurried

BAD_PLAN = """
other = 1
[import]
range = "1w"
states = ["shut"]
attachments = "yes"
[admins.1]
action = "match"
[admins.2]
actoin = "skip"
[fields.contact."Plan Tier"]
action = "create"
key = "plan_tier"
type = "list"
"""
BAD_KEYS = {
    "other",
    "import.range",
    "import.states[0]",
    "import.attachments",
    'admins."1".user',
    'admins."2".action',
    'admins."2".actoin',
    'fields.contact."Plan Tier".type',
}
UNFIT_PLAN = """
[admins.1]
action = "match"
user = "nobody@example.com"
[fields.contact.Seats]
action = "map"
key = "no_such_field"
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=30, seed=9, rate_limit=0)) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    return cli_at(tmp_path / "home", sandbox)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Plans


def test_a_plan_with_errors_is_refused_with_all_of_them_by_key(cli: CommandLine, tmp_path: Path) -> None:
    cli.ready()
    bad = tmp_path / "bad.toml"
    bad.write_text(BAD_PLAN, encoding="utf-8")
    before = contents(cli.export())

    checked = cli.call("plan", "check", str(bad), "--json")
    assert checked.exit == 2
    assert {problem["key"] for problem in checked.json["errors"]} == BAD_KEYS

    ran = cli.call("run", "--plan", str(bad))
    assert ran.exit == 2
    assert "The plan has 8 errors." in ran.err
    assert all(key in ran.err for key in BAD_KEYS)

    in_json = cli.call("run", "--json", "--plan", str(bad))
    assert in_json.exit == 2
    end = in_json.events[-1]
    assert (end["event"], end["exit"], end["status"]["state"]) == ("end", 2, "new")
    assert all(key in end["advice"] for key in BAD_KEYS)
    assert contents(cli.export()) == before
    assert cli.status()["state"] == "new"


def test_a_plan_that_does_not_fit_what_ochre_has_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    cli.ready([("ana@example.com", "Ana", "agent")])
    unfit = tmp_path / "unfit.toml"
    unfit.write_text(UNFIT_PLAN, encoding="utf-8")
    ran = cli.call("run", "--plan", str(unfit))
    assert ran.exit == 2
    assert 'admins."1".user: nobody@example.com is no user in Ochre; known: ana@example.com' in ran.err
    assert "fields.contact.Seats.key" in ran.err
    assert cli.status()["state"] == "new"


def test_a_setting_that_makes_no_sense_leaves_the_plan_as_it_is(cli: CommandLine) -> None:
    cli.ready()
    before = cli.plan.read_bytes()
    for setting, key in (("import.range=soon", "import.range"), ("import.colour=red", "import.colour")):
        ran = cli.call("plan", "--set", setting)
        assert ran.exit == 2
        assert key in ran.err
    assert cli.call("plan", "--set", "nonsense").exit == 2
    assert cli.plan.read_bytes() == before


@pytest.mark.parametrize("body", [b"[import", b"\xff\xfe\x00", b"import = 3\n"])
def test_a_plan_that_is_no_plan(body: bytes, cli: CommandLine) -> None:
    cli.ready()
    cli.plan.write_bytes(body)
    for words in (["run"], ["plan", "check", str(cli.plan)]):
        ran = cli.call(*words)
        assert ran.exit == 2, words
        assert "Traceback" not in ran.said
    assert cli.plan.read_bytes() == body


def test_no_plan_yet(cli: CommandLine) -> None:
    cli.do("connect")
    ran = cli.call("run")
    assert ran.exit == 2
    assert "There is no plan yet." in ran.err
    assert "ochre-tui scan" in ran.err
    ran = cli.call("plan", "--auto")
    assert ran.exit == 2
    assert "ochre-tui scan" in ran.err


def test_a_plan_before_connecting(cli: CommandLine) -> None:
    cli.do("plan")
    for words in (["scan"], ["run"]):
        ran = cli.call(*words)
        assert ran.exit == 2
        assert "ochre-tui connect" in ran.err


# Migrations


@pytest.mark.parametrize(
    "words",
    [
        ["scan"],
        ["run"],
        ["status", "--json"],
        ["verify"],
        ["export", "out.zip"],
        ["resolve", "1"],
        ["search", "ana"],
        ["team", "list"],
        ["plan", "check", "plan.toml"],
    ],
)
def test_a_migration_that_is_not_there_is_not_made(words: list[str], cli: CommandLine) -> None:
    ran = cli.call(*words)
    assert ran.exit == 2
    assert "There is no migration 'default'" in ran.err
    assert "ochre-tui connect" in ran.err
    assert not cli.home.exists()


def test_those_that_exist_are_named(cli: CommandLine) -> None:
    cli.do("connect", "-m", "spring")
    cli.do("connect", "-m", "autumn-2")
    ran = cli.call("status")
    assert ran.exit == 2
    assert "There are: autumn-2, spring." in ran.err
    assert {path.name for path in cli.home.iterdir()} == {"autumn-2", "spring"}


@pytest.mark.parametrize("name", ["../up", "Großbuchstaben", "a" * 41, "a b", ""])
def test_a_name_that_is_none(name: str, cli: CommandLine, tmp_path: Path) -> None:
    ran = cli.call("connect", "-m", name)
    assert ran.exit == 2
    assert "is no name for a migration" in ran.err
    assert everything(tmp_path) == {}


@pytest.mark.parametrize(
    "words", [["no-such-command"], ["run", "--no-such-option"], ["run", "--limit", "0"], ["resolve"]]
)
def test_words_that_are_not_understood(words: list[str], cli: CommandLine) -> None:
    assert cli.call(*words).exit == 2
    assert cli.call(*words, "--json").exit == 2


# Hosts


def test_a_host_that_does_not_answer(cli: CommandLine) -> None:
    with socket.socket() as bound:  # bound and not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        ran = cli.call("connect", OCHRE_TUI_INTERCOM_URL=f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert ran.exit == 5
    assert "Intercom does not answer" in ran.err
    assert "run the command again" in ran.err
    assert not cli.home.exists()


@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1", "nonsense", "https://"])
def test_an_address_that_the_token_is_not_sent_to(url: str, cli: CommandLine) -> None:
    ran = cli.call("connect", OCHRE_TUI_INTERCOM_URL=url)
    assert ran.exit == 2
    assert not cli.home.exists()


def test_intercom_goes_away_in_the_middle_and_comes_back(tmp_path: Path) -> None:
    with running(Sandbox(conversations=80, seed=3, rate_limit=0), clock=hurried.monotonic) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        cli.ready()
        asked = sandbox.control("state")["requests"]["total"]
        sandbox.control("faults", faults=[f"reset=share=1,times=0,after={asked + 60}"])
        with pytest.raises(UnreachableError) as gone:
            cli.run_hurried()
        assert gone.value.exit_code == 5
        status = cli.status()
        assert status["state"] == "paused"
        assert "does not answer" in status["reason"]
        sandbox.control("faults", faults=[])
        cli.run()
        assert cli.differences(sandbox) == []


def test_errors_are_json_where_json_is_asked_for(cli: CommandLine) -> None:
    ran = cli.call("status", "--json")
    assert ran.exit == 2
    assert set(json.loads(ran.out)) == {"error", "meaning", "advice"}
