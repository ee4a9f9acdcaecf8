"""The command line as a whole: help, usage, pipes and interruptions, in processes of its own where they matter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

import ochre_tui
from ochre_tui.cli import group
from ochre_tui.core.paths import migration_paths
from ochre_tui.store import lease, runs
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine

# Ctrl-C works there, also where whoever runs the tests has it ignored.
_START = "import signal; signal.signal(2, signal.default_int_handler); from ochre_tui.cli import main; main()"
PROGRAM = [sys.executable, "-c", _START]


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(
        tmp_path, {"OCHRE_TUI_HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    )


def commands(command: click.Command = group, *words: str) -> list[tuple[str, ...]]:
    """Every command as it is typed, groups included."""
    found = [words]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += commands(below, *words, name)
    return found


EVERY = commands()


def test_every_command_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    leaves = [words for words in EVERY if words and not any(other[: len(words)] == words != other for other in EVERY)]
    assert [words for words in leaves if f"ochre-tui {' '.join(words)}" not in page] == []
    assert ("verify",) in leaves


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_of_every_command(cli: CommandLine, words: tuple[str, ...]) -> None:
    ran = cli.do(*words, "--help")
    assert ran.out.startswith("Usage: " + " ".join(["ochre-tui", *words]))
    assert ran.err == ""
    about = ran.out.splitlines()[2].strip()
    assert about[0].isupper()
    assert cli.do(*words, "-h").out == ran.out
    assert list(cli.home.iterdir()) == []


def test_help_names_every_command_in_a_line(cli: CommandLine) -> None:
    lines = cli.do("--help").out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == [words[0] for words in EVERY if len(words) == 1]
    assert all(line.endswith(".") and not line.endswith("...") and len(line) < 80 for line in lines)


def test_version(cli: CommandLine) -> None:
    assert cli.do("--version").out.strip().endswith(ochre_tui.__version__)


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["status", "--nonsense"],
        ["status", "extra"],
        ["resolve"],
        ["run", "--limit", "0"],
        ["run", "--limit", "some"],
        ["team", "nonsense"],
        ["team", "add"],
        ["field", "add", "conversation", "key"],
        ["field", "add", "nothing", "key", "--type", "text"],
        ["export"],
        ["status", "-m", "Bad Name"],
        [],
        ["team"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(cli: CommandLine, words: list[str]) -> None:
    ran = cli.do(*words, expect=2)
    assert ran.err
    assert "Traceback" not in ran.err
    assert list(cli.home.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["scan"],
        ["run"],
        ["status"],
        ["verify"],
        ["resolve", "1"],
        ["search", "ann"],
        ["export", "out.zip"],
        ["team", "list"],
        ["field", "list"],
        ["plan", "check", "plan.toml"],
    ],
    ids=" ".join,
)
def test_commands_that_need_a_migration_name_those_that_exist(cli: CommandLine, words: list[str]) -> None:
    assert "Begin one with `ochre-tui connect`." in cli.do(*words, expect=2).err
    Store(_made(cli, "acme")).close()
    Store(_made(cli, "beta")).close()
    ran = cli.do(*words, expect=2)
    assert "There is no migration 'default'" in ran.err
    assert "There are: acme, beta." in ran.err
    assert sorted(found.name for found in cli.home.iterdir()) == ["acme", "beta"]


def _made(cli: CommandLine, name: str) -> Path:
    found = migration_paths(cli.home, name)
    found.create()
    return found.state_db


def test_home_and_name_come_from_options_or_the_environment(cli: CommandLine, tmp_path: Path) -> None:
    Store(_made(cli, "acme")).close()
    assert cli.do("status", "-m", "acme", "--json").json["migration"] == "acme"
    assert cli.do("status", "--json", OCHRE_TUI_MIGRATION="acme").json["migration"] == "acme"
    elsewhere = tmp_path / "elsewhere"
    ran = cli.do("--home", str(elsewhere), "status", "-m", "acme", expect=2)
    assert str(elsewhere) in ran.err
    assert not elsewhere.exists()


def test_lists_show_nothing_where_there_is_nothing(cli: CommandLine) -> None:
    assert cli.do("list", "--json").json == []
    cli.do("team", "add", "ann@example.com")
    assert [entry["state"] for entry in cli.do("list", "--json").json] == ["new"]
    assert [user["email"] for user in cli.do("team", "list", "--json").json] == ["ann@example.com"]
    assert cli.do("field", "list", "--json").json == []
    assert cli.do("search", "ann").out == "No customer was found.\n"
    assert cli.do("search", "--json", "ann").json == []


def test_a_damaged_migration_does_not_hide_the_others(cli: CommandLine) -> None:
    Store(_made(cli, "acme")).close()
    _made(cli, "broken").write_bytes(b"This is no database. " * 500)
    ran = cli.do("list", "--json")
    assert [(entry["name"], entry["state"]) for entry in ran.json] == [("acme", "new"), ("broken", "failed")]
    assert "broken/state.db is damaged" in ran.err
    assert "broken" in cli.do("list").out
    failed = cli.do("status", "-m", "broken", "--json", expect=1)
    assert "is damaged" in failed.json["error"]


def test_names_from_outside_can_not_steer_the_terminal(cli: CommandLine) -> None:
    with Store(_made(cli, "acme")) as store:
        store.set("intercom", {"name": "\x1b]0;evil\x07\u202e"})
        with store.transaction() as conn:
            run = runs.begin(conn, 1)
            runs.end(conn, run.id, "failed", "\x1b[2J", 2)
    for words in (["list"], ["status", "-m", "acme"]):
        ran = cli.do(*words)
        assert "\x1b" not in ran.said
        assert "\u202e" not in ran.said
    assert cli.do("list", "--json").out.isascii()


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "OCHRE_TUI_HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@pytest.mark.parametrize("words", [["--help"], ["list", "--json"], ["list"], ["status", "--json"]], ids=" ".join)
def test_a_reader_that_has_gone_is_met_without_a_word(tmp_path: Path, words: list[str]) -> None:
    Store(_made(CommandLine(tmp_path, {}), "default")).close()
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*PROGRAM, *words],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
            timeout=30,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_ctrl_c_ends_a_watch_with_130(tmp_path: Path) -> None:
    found = migration_paths(tmp_path, "default")
    found.create()
    with lease.held(found.lock):
        with Store(found.state_db) as store, store.transaction() as conn:
            runs.begin(conn, 1)
        with subprocess.Popen(
            [*PROGRAM, "status", "--watch", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
            text=True,
        ) as watch:
            assert watch.stdout is not None
            assert watch.stderr is not None
            assert json.loads(watch.stdout.readline())["state"] == "importing"
            watch.send_signal(signal.SIGINT)
            said = watch.stderr.read()
            assert watch.wait(timeout=30) == 130
    assert said.strip() == "Interrupted."


def test_a_watch_ends_with_the_run(tmp_path: Path) -> None:
    found = migration_paths(tmp_path, "default")
    found.create()
    with Store(found.state_db) as store, store.transaction() as conn:
        runs.begin(conn, 1)
    began = time.monotonic()
    ran = CommandLine(tmp_path, {"OCHRE_TUI_HOME": str(tmp_path)}).do("status", "--watch", "--json")
    assert ran.json["state"] == "paused"
    assert time.monotonic() - began < 20
