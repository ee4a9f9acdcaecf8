"""`doctor`: what it says of this machine and of both sides, what it must not do, and how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, bare_environment, cli_at, requests
from tests.support.faulty_servers import Answer, answering
from tests.support.served_workspace import served

MACHINE = ["python", "sqlite", "terminal", "home", "keyring", "tls", "core dumps", "user"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=5, seed=1, rate_limit=0)) as source:
        yield source


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    return cli_at(tmp_path / "home", sandbox)


def looked_at(cli: CommandLine, expect: int = 0, **environment: str) -> dict[str, dict[str, object]]:
    """What it found, by check; in a process of its own, which guards itself as it does for everybody."""
    found = cli.spawn("doctor", "--json", expect=expect, **environment).json
    assert all(set(one) == {"check", "ok", "detail", "advice"} for one in found)
    return {one["check"]: one for one in found}


def test_before_a_migration_it_looks_at_this_machine_and_makes_nothing(cli: CommandLine, sandbox: Running) -> None:
    before = requests(sandbox)
    found = looked_at(cli)
    assert list(found) == MACHINE
    assert all(one["ok"] for one in found.values())
    assert "FTS5 and trigrams" in str(found["sqlite"]["detail"])
    assert "made when it is needed" in str(found["home"]["detail"])
    assert "is not one that is trusted" in str(found["keyring"]["detail"])
    assert bool(found["user"]["advice"]) is (os.geteuid() == 0)
    assert requests(sandbox) == before
    assert not cli.home.exists()


def test_both_sides_are_asked_without_a_token(cli: CommandLine, sandbox: Running, tmp_path: Path) -> None:
    with served(tmp_path / "there") as server:
        cli.do("connect", "--ochre-url", server.url, OCHRE_TUI_OCHRE_TOKEN=server.token.unwrap())
        before = sandbox.control("state")
        found = looked_at(cli, OCHRE_TUI_INTERCOM_TOKEN="")
        after = sandbox.control("state")
        assert list(found) == [*MACHINE, "intercom", "ochre", "clock"]
        assert "answers (HTTP 401)" in str(found["intercom"]["detail"])
        assert "answers (HTTP 401)" in str(found["ochre"]["detail"])
        assert after["requests"]["total"] - before["requests"]["total"] == 1
        assert after["by_status"].get("401", 0) - before["by_status"].get("401", 0) == 1
    assert "the connection was refused" in str(looked_at(cli, expect=5)["ochre"]["detail"])


def test_a_side_that_is_not_reached_ends_with_5(cli: CommandLine) -> None:
    cli.do("connect")
    found = looked_at(cli, expect=5, OCHRE_TUI_INTERCOM_URL="http://127.0.0.1:9")
    assert (found["intercom"]["ok"], found["intercom"]["detail"]) == (False, "127.0.0.1:9: the connection was refused")
    assert "curl" in str(found["intercom"]["advice"])
    assert "clock" not in found


def test_something_else_that_answers_is_not_intercom(cli: CommandLine) -> None:
    cli.do("connect")
    with answering(Answer(200, {"Content-Type": "text/html"}, b"<h1>Log in to the network</h1>")) as url:
        found = looked_at(cli, expect=5, OCHRE_TUI_INTERCOM_URL=url)
    assert "not as it should" in str(found["intercom"]["detail"])


def test_a_clock_that_is_far_from_intercoms(tmp_path: Path) -> None:
    with running(Sandbox(conversations=5, seed=1, rate_limit=0)) as ahead:
        cli = cli_at(tmp_path / "home", ahead)
        cli.do("connect")
        assert looked_at(cli)["clock"]["ok"]
        ahead.control("clock", advance_s=3600)
        found = looked_at(cli, expect=1)["clock"]
        assert not found["ok"]
        assert "s behind Intercom's" in str(found["detail"])


def test_what_others_can_get_at(cli: CommandLine) -> None:
    cli.do("connect")
    (cli.folder / "state.db").chmod(0o644)
    found = looked_at(cli, expect=1)["home"]
    assert "can be used by others" in str(found["detail"])
    assert "chmod" in str(found["advice"])
    (cli.folder / "state.db").chmod(0o600)
    cli.home.chmod(0o777)
    assert "others may write" in str(looked_at(cli, expect=1)["home"]["detail"])


def test_certificates_and_a_proxy_that_can_not_be_used(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "none\x1b[31m.pem").write_text("no certificate")
    found = looked_at(cli, expect=1, OCHRE_TUI_CA_BUNDLE=str(tmp_path / "none\x1b[31m.pem"))["tls"]
    assert "can't be used" in str(found["detail"])
    assert "\x1b" not in str(found["detail"])
    assert not looked_at(cli, expect=1, OCHRE_TUI_PROXY="socks5://proxy")["tls"]["ok"]


def test_a_damaged_store_is_said(cli: CommandLine) -> None:
    cli.do("connect")
    (cli.folder / "state.db").write_bytes(b"no database" * 1000)
    assert not looked_at(cli, expect=1)["store"]["ok"]


@pytest.mark.parametrize(
    ("name", "columns", "ok", "word"),
    [
        ("xterm-256color", 120, True, "120x40, 256 colours"),
        ("xterm-256color", 60, False, "60x40"),
        ("dumb", 120, False, "dumb"),
        ("", 120, False, "TERM not set"),
    ],
)
def test_the_terminal(cli: CommandLine, name: str, columns: int, ok: bool, word: str) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "ochre_tui", "doctor", "--json"],
            env={**bare_environment(), **cli.environment, "TERM": name, "COLORTERM": "", "NO_COLOR": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=False,
            timeout=60,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    found = {one["check"]: one for one in json.loads(ran.stdout)}["terminal"]
    assert (found["ok"], ran.returncode) == (ok, 0 if ok else 1)
    assert word in found["detail"]


def test_a_migration_that_is_not_there(cli: CommandLine) -> None:
    assert "no migration 'other'" in cli.do("doctor", "-m", "other", expect=2).err


def test_it_is_read_by_people_too(cli: CommandLine) -> None:
    ran = cli.spawn("doctor")
    assert "core dumps  ok  off" in ran.out
    assert "keyring: Give tokens by the environment" in ran.out
