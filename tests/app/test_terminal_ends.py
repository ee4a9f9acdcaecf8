"""The app in a real terminal: where it does not start, and how it ends."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.migration.home import Home
from ochre_tui.migration.overview import remember_step
from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from ochre_tui.screens.steps import Step
from tests.support.command_line import CommandLine, cli_at
from tests.support.staged_scan import scanned
from tests.support.terminal import ENTER, LEFT_FULL_SCREEN, RUN, TAB, Terminal, terminal

_CRASHING = """
from ochre_tui.screens.start import StartScreen

def crash(self):
    token = "canary-" + "9f2c41d7"
    raise ValueError(f"broken with {len(token)} characters")

StartScreen.action_begin = crash
from ochre_tui.cli import main
main()
"""
_CRASHING_WITH_A_TOKEN = """
from ochre_tui.screens.connect import ConnectScreen
from ochre_tui.core.secret import Secret

def crash(self, *arguments):
    token = Secret("canary-9f2c41d7")
    raise ValueError(f"no good: {token.unwrap()}")

assert hasattr(ConnectScreen, "_show_ochre")
ConnectScreen._show_ochre = crash
from ochre_tui.cli import main
main()
"""


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RUN, "--home", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stdout == b""
    assert b"The app needs a terminal" in ran.stderr
    assert b"\x1b[" not in ran.stderr


def test_a_dumb_terminal_is_refused(tmp_path: Path) -> None:
    with terminal(tmp_path, TERM="dumb") as one:
        assert one.ended() == 2
        assert b"The app needs a terminal" in one.written
        assert b"\x1b[?1049h" not in one.written


def test_quitting_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with terminal(tmp_path) as one:
        one.wait_for("What you need")
        one.press(b"q")
        assert one.ended() == 0
        assert LEFT_FULL_SCREEN in one.written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with terminal(tmp_path) as one:
        one.wait_for("What you need")
        one.process.send_signal(number)
        assert one.ended() == 128 + number
        assert LEFT_FULL_SCREEN in one.written


def test_a_crash_tells_no_values_and_where_to_go_on(tmp_path: Path) -> None:
    with terminal(tmp_path, _CRASHING) as one:
        one.wait_for("What you need")
        one.press(b"n")
        assert one.ended() == 1
        after = one.written.rpartition(LEFT_FULL_SCREEN)[2]
        assert b"Something unexpected happened (ValueError)" in after
        assert b"run `ochre-tui` again and it goes on from there" in after
        assert b"9f2c41d7" not in one.written
        assert b"Traceback" not in one.written


def test_a_crash_with_a_token_writes_it_nowhere(tmp_path: Path) -> None:
    with terminal(tmp_path, _CRASHING_WITH_A_TOKEN, OCHRE_TUI_INTERCOM_TOKEN="canary-9f2c41d7") as one:
        one.wait_for("What you need")
        one.press(ENTER)
        assert one.ended() == 1
        assert b"Something unexpected happened (ValueError)" in one.written
        assert b"9f2c41d7" not in one.written
    log = tmp_path / "default" / "logs" / "ochre-tui.log"
    assert "ValueError" in log.read_text("utf-8")
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or b"9f2c41d7" not in file.read_bytes(), file


@pytest.fixture(scope="module")
def slow_source() -> Iterator[Running]:
    """An Intercom that leaves time to act while an import runs."""
    with running(Sandbox(conversations=300, seed=6, rate_limit=0, latency_s=0.2)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ready(slow_source: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A migration that can be imported, left at the review. To be copied, not to be used."""
    cli = cli_at(tmp_path_factory.mktemp("ready"), slow_source)
    cli.ready()
    remember_step(Home(cli.home).open("default"), Step.REVIEW.value)
    return cli


@pytest.fixture
def importing(ready: CommandLine, tmp_path: Path) -> Iterator[tuple[Terminal, CommandLine]]:
    """An import under way in the app's own process."""
    cli = ready.copied(tmp_path / "home")
    with terminal(cli.home, **cli.environment) as one:
        one.wait_for("Continue default")
        one.press(ENTER)
        one.wait_for("Start import")
        one.press(ENTER)
        one.wait_for("Cancel")
        one.press(b"y")
        one.wait_for("Importing: conversations")
        yield one, cli


def test_a_lost_line_ends_the_screen_and_not_the_import(importing: tuple[Terminal, CommandLine]) -> None:
    one, cli = importing
    one.hang_up()
    assert one.ended() == 128 + signal.SIGHUP
    status = cli.status()
    assert status["state"] == "completed"
    assert status["counts"]["conversations"]["created"] == 300


def test_sigterm_stops_the_import_which_goes_on_later(importing: tuple[Terminal, CommandLine]) -> None:
    one, cli = importing
    one.process.send_signal(signal.SIGTERM)
    assert one.ended() == 7
    assert LEFT_FULL_SCREEN in one.written
    status = cli.status()
    assert (status["state"], status["reason"]) == ("paused", "Stopped by SIGTERM.")
    assert cli.run()["counts"]["conversations"]["created"] == 300


def test_a_storm_of_sizes(tmp_path: Path) -> None:
    scanned(tmp_path)
    with terminal(tmp_path) as one:
        one.wait_for("Continue acme")
        sizes = random.Random(5)
        for number in range(120):
            one.resize(sizes.randrange(1, 200), sizes.randrange(1, 60))
            if number % 10 == 0:
                one.press(TAB)
        one.resize(40, 10)
        one.wait_for("Please make the window larger")
        one.resize(80, 24)
        one.press(TAB)
        one.wait_for("q Quit")
        one.press(b"q")
        assert one.ended() == 0


def test_hostile_names_never_reach_the_terminal_as_they_are(tmp_path: Path) -> None:
    hostile = "[red]x[/] \x1b]52;c;aGk=\x07\x1b[31m\x9b31m\u202edrop"
    cli = scanned(tmp_path)
    with cli.store() as store:
        store.set("intercom", {**store.get("intercom"), "name": hostile, "region": "EU\x1b[5m"})
        found = store.get("scan")
        for admin in found["admins"]:
            admin["name"] = admin["email"] = hostile
        for field in found["fields"]:
            field["name"] = field["label"] = f"{hostile}{field['name']}"
            field["examples"] = field["options"] = [hostile]
        store.set("scan", found)
    with cli.embedded() as workspace:
        workspace.rename(hostile)
    remember_step(cli, Step.ADMINS.value)
    with terminal(tmp_path) as one:
        one.wait_for("Continue acme")
        one.press(ENTER)
        one.wait_for("[red]x[/]")
        one.wait_for("skip?")  # the grid itself: the name stands above it before
        one.press(ENTER)
        one.wait_for("Type to filter")
        one.press(ENTER)
        one.wait_for("Set to")
        one.press(b">")
        one.wait_for("undecided")
        one.press(b"s")
        one.wait_for("Attributes:")
        one.press(b"o")
        one.wait_for("Options, one per line")
        one.press(b"\x1b")
        one.press_until(ENTER, "Type to filter")
        one.process.send_signal(signal.SIGTERM)
        one.ended()
    assert not one.was_steered
