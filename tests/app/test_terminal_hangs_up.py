"""An import whose terminal goes, in real terminals: it goes on, and is found again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.migration.home import Home
from ochre_tui.migration.overview import remember_step
from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, cli_at
from tests.support.terminal import ENTER, RUN, Terminal, terminal


@pytest.fixture(scope="module")
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=300, seed=6, rate_limit=0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ready(source: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    found = cli_at(tmp_path_factory.mktemp("ready"), source)
    found.ready()
    return found


@pytest.fixture
def cli(ready: CommandLine, source: Running, tmp_path: Path) -> Iterator[CommandLine]:
    source.control("faults", faults=["slow=4,path=/conversations/2*,share=1"])  # so that an import lasts
    yield ready.copied(tmp_path / "home")
    source.control("faults", faults=[])


def until(cli: CommandLine, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while not reached(status := cli.status()):
        assert time.monotonic() < end, status
        time.sleep(0.05)
    return status


def under_way(status: dict[str, Any]) -> bool:
    return bool(status["counts"]["conversations"]["found"] >= 5)


def let_finish(source: Running, cli: CommandLine) -> None:
    source.control("faults", faults=[])
    until(cli, lambda status: status["state"] == "completed")


def log(cli: CommandLine) -> str:
    return (cli.folder / "logs" / "run.log").read_text("utf-8")


PATIENCE_S = 30.0

BOTH = pytest.mark.parametrize(
    "own_line", [pytest.param(True, id="SIGHUP"), pytest.param(False, id="EIO only", marks=pytest.mark.long)]
)


def begin_in_app(one: Terminal) -> None:
    one.wait_for("Delete")
    one.press(ENTER)
    one.wait_for("Start the import")
    one.press(ENTER)


def app_at_import(cli: CommandLine) -> dict[str, str]:
    remember_step(Home(cli.home).open("default"), "import")
    return {**cli.environment, "OCHRE_TUI_MIGRATION": "default"}


@BOTH
def test_an_import_of_the_app_goes_on_and_the_app_finds_it_again(
    own_line: bool, cli: CommandLine, source: Running
) -> None:
    environment = app_at_import(cli)
    with terminal(cli.home, RUN, (), own_line, **environment) as one:
        begin_in_app(one)
        pid = until(cli, under_way)["pid"]
        assert pid == one.process.pid
        one.hang_up()
        with terminal(cli.home, **environment) as again:
            again.wait_for("watching")
            again.press(b"p")
            again.wait_for("Paused by")
            assert cli.status()["pid"] == pid
            again.press(b"p")
            until(cli, lambda status: status["state"] == "importing")
            again.press(b"q")
            assert again.ended() == 0
        let_finish(source, cli)
        one.ended()
    assert cli.differences(source) == []


@BOTH
def test_a_run_goes_on_and_writes_to_its_log(own_line: bool, cli: CommandLine, source: Running) -> None:
    with terminal(cli.home, RUN, ["run"], own_line, **cli.environment) as one:
        until(cli, under_way)
        one.hang_up()
        let_finish(source, cli)
        assert one.ended() in {0, 3}
    said = log(cli)
    assert "Conversations    300" in said
    assert "\x1b" not in said
    assert stat.S_IMODE((cli.folder / "logs" / "run.log").stat().st_mode) == 0o600
    assert cli.differences(source) == []


def test_quitting_can_leave_the_import_running(cli: CommandLine, source: Running) -> None:
    with terminal(cli.home, **app_at_import(cli)) as one:
        begin_in_app(one)
        until(cli, under_way)
        one.press(b"q")
        one.wait_for("Leave it running")
        one.press(b"l")
        assert one.ended() == 0
        assert b"The import goes on as process" in one.written
        status = until(cli, lambda status: status["state"] == "importing")
        assert status["pid"] not in {None, one.process.pid}
    let_finish(source, cli)
    assert cli.differences(source) == []


def test_a_detached_run_needs_no_terminal_and_hides_its_token(cli: CommandLine, source: Running) -> None:
    token = cli.environment["OCHRE_TUI_INTERCOM_TOKEN"]
    with terminal(cli.home, RUN, ["run", "--detach"], **cli.environment) as one:
        assert one.ended() == 0
        pid = cli.status()["pid"]
        assert f"as process {pid}".encode() in one.written
        one.hang_up()
    for name in ("environ", "cmdline"):
        assert token.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
    assert os.getsid(pid) == pid
    until(cli, under_way)
    assert cli.call("run", "--detach").exit == 6
    assert "Stopped by" in cli.do("stop").out
    until(cli, lambda status: status["pid"] is None)
    assert cli.status()["state"] == "paused"
    again = cli.spawn("run", "--detach", "--json")
    assert [event["event"] for event in again.events] == ["detached", "end"]
    let_finish(source, cli)
    assert cli.differences(source) == []
    assert not [path for path in cli.home.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


def test_a_detached_run_that_can_not_begin_says_why(cli: CommandLine, source: Running) -> None:
    ran = cli.call("run", "--detach", OCHRE_TUI_INTERCOM_TOKEN="wrong-token-canary")
    assert ran.exit == 4
    assert "does not accept the access token" in ran.err
