"""A canary token, passphrase and person on the whole journey: where they may not be found, they are not."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from tests.support.command_line import CommandLine, cli_at

TOKEN = base64.b64encode(b"tok:canary_4c1b9e70_77aa_4d02_b3f5_9a1e6c2d8f31:1:0").decode("ascii")
PASSPHRASE = "canary-passphrase 5d0f Blaue Blümchen 91ce"
PERSON = "Canary Person 5f2e81"
_CRASH = """
import sys
from ochre_tui.migration.importer import phases
from ochre_tui.migration.credentials.passphrase import _entered as entered

async def broken(context):
    secret = context.client._headers["Authorization"]
    person = {person!r}
    passphrase = next(iter(entered.values())).unwrap()
    raise ValueError(f"broken with {{secret}} of {{person}} and {{passphrase}}")

phases.read_reference = broken
from ochre_tui.cli import main
sys.argv = ["ochre-tui", "run"]
main()
"""
_SCREENSHOT = """
import asyncio, sys
from pathlib import Path
from ochre_tui.app.app import OchreApp
from ochre_tui.migration.home import Home
from ochre_tui.screens.connect import ConnectScreen
from ochre_tui.widgets.controls import TokenInput
from ochre_tui.screens.steps import Step

home = Home(Path(sys.argv[1]))
app = OchreApp(home, home.open("default"))

async def main():
    async with app.run_test(size=(120, 40)) as pilot:
        app.go(Step.CONNECT)
        while not isinstance(app.screen, ConnectScreen) or app.workers._workers:
            await pilot.pause(0.05)
        Path(sys.argv[2], "found.svg").write_text(app.export_screenshot())
        await pilot.press("e")
        app.screen.query_one(TokenInput).value = sys.stdin.read()
        await pilot.pause(0.1)
        Path(sys.argv[2], "typed.svg").write_text(app.export_screenshot())
        Path(sys.argv[2], "workers.txt").write_text(repr(list(app.workers)))

asyncio.run(main())
"""


def needles(secret: str) -> list[bytes]:
    """The secret and its better half: raw, as in a URL, in hex, and in base64 at each of its three alignments."""
    found = {secret, secret[8:40], quote(secret, safe=""), secret.encode().hex()}
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret.encode()).decode()
        found |= {coded[4:-4], coded[4:-4].replace("+", "-").replace("/", "_")}
    return [needle.encode() for needle in found]


def hits(bodies: dict[str, bytes]) -> list[str]:
    wanted = [*needles(TOKEN), *needles(PASSPHRASE)]
    return [name for name, body in bodies.items() if any(needle in body for needle in wanted)]


def files(folder: Path) -> dict[str, bytes]:
    """Every file, those in a ZIP too."""
    found: dict[str, bytes] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            found[str(path)] = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found |= {f"{path}:{name}": archive.read(name) for name in archive.namelist()}
    return found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=40, seed=7, rate_limit=0, token=TOKEN)) as one:
        yield one


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    sandbox.control("faults", faults=[])
    found = cli_at(tmp_path / "home", sandbox)
    found.environment["OCHRE_TUI_PASSPHRASE"] = PASSPHRASE
    return found


def environment(cli: CommandLine) -> dict[str, str]:
    return {**os.environ, **cli.environment, "PYTHONFAULTHANDLER": "1", "PYTHONASYNCIODEBUG": "1"}


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for name, secret in (("token", TOKEN), ("passphrase", PASSPHRASE)):
        coded = base64.b64encode(f"x:{secret}".encode()).decode()
        for number, form in enumerate((secret, quote(secret, safe=""), coded)):
            (tmp_path / f"{name}{number}").write_text(f"before {form} after")
    assert len(hits(files(tmp_path))) == 6


def test_token_and_passphrase_are_nowhere(cli: CommandLine, tmp_path: Path) -> None:
    said: dict[str, bytes] = {}

    def kept(name: str, process: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[bytes]:
        said[name] = process.stdout + process.stderr
        return process

    def spoken(*words: str) -> None:
        ran = cli.call(*words)
        said[" ".join(words)] = (ran.out + ran.err).encode()

    for words in (
        ("connect", "--encrypt", "--json"), ("scan", "--json"), ("plan", "--auto", "--json"), ("run", "--json"),
        ("status", "--json"),
        ("verify", "--json"), ("run",), ("export", str(tmp_path / "out.zip")), ("list", "--json"), ("audit", "list"),
        ("connect", "--check-revoked"), ("connect", "--keep-token"),
    ):  # fmt: skip
        spoken(*words)
    crash = kept(
        "crash",
        subprocess.run(
            [sys.executable, "-X", "dev", "-W", "ignore", "-c", _CRASH.format(person=PERSON)],
            env=environment(cli), capture_output=True, timeout=120, check=False,
        ),
    )  # fmt: skip
    assert crash.returncode == 1, said["crash"]
    assert (cli.folder / "key.json").exists()
    log = (cli.folder / "logs" / "ochre-tui.log").read_text()
    assert "ValueError" in log
    assert PERSON not in log
    shots = tmp_path / "shots"
    shots.mkdir()
    kept(
        "screenshot",
        subprocess.run(
            [sys.executable, "-c", _SCREENSHOT, str(cli.home), str(shots)],
            env=environment(cli), input=TOKEN.encode(), capture_output=True, timeout=120, check=True,
        ),
    )  # fmt: skip
    assert {path.name for path in shots.iterdir()} == {"found.svg", "typed.svg", "workers.txt"}
    assert hits(said) == []
    assert hits(files(tmp_path)) == []


def test_a_detached_import_has_them_from_a_pipe_alone(cli: CommandLine) -> None:
    cli.do("connect", "--encrypt")
    cli.do("plan")
    began = cli.spawn("run", "--detach", OCHRE_TUI_INTERCOM_TOKEN=TOKEN)
    pid = cli.status()["pid"]
    said = {"run --detach": began.said.encode()}
    if pid is not None:  # it may have ended already
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                said[name] = Path(f"/proc/{pid}/{name}").read_bytes()
    end = time.monotonic() + 60
    while cli.status()["state"] == "importing":
        assert time.monotonic() < end, "it did not end"
        time.sleep(0.1)
    assert cli.status()["state"] == "completed"
    assert hits(said) == []
    assert hits(files(cli.home)) == []


def test_no_child_and_no_argument_has_token_or_passphrase(cli: CommandLine, tmp_path: Path) -> None:
    """As others on the machine see the process: its arguments, and what a program that it starts inherits."""
    seen = tmp_path / "seen"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nenv > {seen}\ntr '\\0' ' ' < /proc/$PPID/cmdline >> {seen}\necho {TOKEN}\n")
    program.chmod(0o700)
    ran = subprocess.run(
        [sys.executable, "-m", "ochre_tui", "connect", "--encrypt", "--token-command", str(program)],
        env=environment(cli), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert b"OCHRE_TUI_HOME" in seen.read_bytes()
    assert hits({"seen": seen.read_bytes()}) == []


def test_the_person_is_only_where_records_belong_and_nowhere_after_wiping(cli: CommandLine, tmp_path: Path) -> None:
    cli.ready([("canary.person.5f2e81@harbourlight.example", PERSON, "agent")])
    cli.run()
    folder = cli.folder
    places = {
        Path(name).relative_to(folder).parts[0] for name, body in files(folder).items() if PERSON.encode() in body
    }
    assert places == {"workspace"}
    cli.do("wipe", "--yes")
    assert [name for name, body in files(cli.home).items() if b"5f2e81" in body] == []
    assert not folder.exists()
