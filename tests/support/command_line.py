"""The command line as an operator uses it: a home folder, an environment, and the commands."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ochre_tui.cli import group
from ochre_tui.commands.frame import main
from ochre_tui.core import encryption
from ochre_tui.core.paths import existing
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.intercom.clock import Clock
from ochre_tui.migration import connection
from ochre_tui.migration.credentials import passphrase
from ochre_tui.migration.importer.run import Importer
from ochre_tui.migration.plan.file import read_plan
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.sandbox.truth import TruthPlan, compare, expected_export

Member = tuple[str, str | None, str]

_HURRY = 20


def _hurried_now() -> float:
    return time.time() * _HURRY


async def _hurried_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / _HURRY)


# Time at many times its speed, for a client and the server it talks to: waits stay in proportion and take little.
hurried = Clock(monotonic=_hurried_now, sleep=_hurried_sleep, rng=random.Random(1))

# Ctrl-C works there, also where whoever runs the tests has it ignored.
_START = "import signal; signal.signal(2, signal.default_int_handler); from ochre_tui.cli import main; main()"
PROGRAM = [sys.executable, "-c", _START]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and its exit code."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines of a command that prints an event a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(slots=True)
class CommandLine:
    """The commands on the migration `default` of one home; `team` are the users that were added by `ready`."""

    home: Path
    environment: dict[str, str]
    team: list[Member] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.home / "default"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.toml"

    def call(self, *words: str, stdin: str = "", **environment: str) -> Ran:
        """A command, in this process, whatever its exit code."""
        out, err = io.StringIO(), io.StringIO()
        with (
            surroundings({**self.environment, **environment}, stdin),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main(group, list(words))
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
        return Ran(code, out.getvalue(), err.getvalue())

    def do(self, *words: str, expect: int = 0, **environment: str) -> Ran:
        """A command that has to end with `expect`."""
        ran = self.call(*words, **environment)
        assert ran.exit == expect, f"{words} ended with {ran.exit}, not {expect}:\n{ran.said}"
        return ran

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """A command in a process of its own."""
        return subprocess.Popen(
            [*PROGRAM, *words],
            env={**bare_environment(), **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def spawn(self, *words: str, expect: int = 0, **environment: str) -> Ran:
        """A command in a process of its own that has to end with `expect`."""
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=120)
        assert process.returncode == expect, f"{words} ended with {process.returncode}, not {expect}:\n{out}{err}"
        return Ran(process.returncode, out, err)

    def ready(self, team: Sequence[Member] = (), settings: Sequence[str] = (), plan: bytes | None = None) -> None:
        """Connected, the team added, scanned, planned; not scanned where there is a `plan`."""
        self.do("connect")
        self.team = list(team)
        for email, name, role in team:
            self.do("team", "add", email, "--role", role, *(["--name", name] if name else []))
        if plan is None:
            self.do("scan")
            self.do("plan", "--auto")
        else:
            self.plan.write_bytes(plan)
        if settings:
            self.set(*settings)

    def set(self, *settings: str) -> Ran:
        """Change the plan."""
        return self.do("plan", *(word for setting in settings for word in ("--set", setting)))

    def run(self, *words: str) -> dict[str, Any]:
        """An import to its end, with nothing outstanding but what Intercom can't deliver; its status."""
        ran = self.call("run", "--json", *words)
        end = ran.events[-1]
        assert end["event"] == "end", ran.said
        assert end["exit"] == ran.exit, ran.said
        assert ran.exit in {0, 3}, ran.said
        status: dict[str, Any] = end["status"]
        assert added_up(status)
        return status

    def importer(self, **settings: Any) -> Importer:
        """An importer whose waits take little time; `settings` are its own."""
        paths = existing(self.home, "default")
        session = Session(paths)
        with surroundings(self.environment, ""), session.store() as store:
            return Importer(
                session=session,
                plan=read_plan(paths.plan),
                workspace=connection.pinned(store),
                token=Secret(self.environment["OCHRE_TUI_INTERCOM_TOKEN"]),
                hosts=connection.attachment_hosts(),
                **{"clock": hurried, "outage_timeout_s": 0.0, **settings},
            )

    def run_hurried(self, **settings: Any) -> None:
        """An import to its end whose waits take little time; `settings` are the importer's."""
        in_loop(self.importer(**settings).run())

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.do("status", "--json").json
        return found

    def export(self, name: str = "export") -> Path:
        out = self.home / f"{name}.zip"
        self.do("export", str(out))
        return out

    def plan_read(self) -> dict[str, Any]:
        return tomllib.loads(self.plan.read_text("utf-8"))

    def truth_plan(self) -> TruthPlan:
        return TruthPlan.from_toml(self.plan.read_text("utf-8"), self.team)

    def differences(self, sandbox: Running, plan: TruthPlan | None = None) -> list[str]:
        """Where the export of what is imported now is not what the sandbox's world comes to."""
        found = compare(self.export("compared"), expected_export(sandbox.world, plan or self.truth_plan()))
        return [difference[:500] for difference in found]

    def copied(self, home: Path) -> CommandLine:
        """The same home, copied to another folder."""
        shutil.copytree(self.home, home)
        return CommandLine(home, {**self.environment, "OCHRE_TUI_HOME": str(home)}, list(self.team))


def cli_at(home: Path, sandbox: Running) -> CommandLine:
    """A command line with an empty home that reaches the sandbox."""
    return CommandLine(
        home,
        {
            "OCHRE_TUI_HOME": str(home),
            "OCHRE_TUI_INTERCOM_URL": sandbox.url,
            "OCHRE_TUI_INTERCOM_TOKEN": sandbox.token,
            "OCHRE_TUI_ATTACHMENT_HOSTS": sandbox.attachment_host,
            # No test may meet the keyring of whoever runs it.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
    )


def contents(export: Path) -> dict[str, bytes]:
    """Every file of an export, apart from the one that says when it was made."""
    with zipfile.ZipFile(export) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "workspace.json"}


def lines(export: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in contents(export)[name].split(b"\n") if line]


def changes(status: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """(created, changed) of each kind where one of them is not zero."""
    counts = status["counts"]
    return {kind: (row["created"], row["changed"]) for kind, row in counts.items() if row["created"] or row["changed"]}


def added_up(status: Mapping[str, Any]) -> bool:
    parts = ("created", "changed", "unchanged", "skipped", "quarantined")
    files = status["attachments"]
    return (
        all(row["found"] == sum(row[part] for part in parts) for row in status["counts"].values())
        and files["found"] == files["stored"] + files["missing"] + files["skipped"]
    )


def requests(sandbox: Running) -> dict[str, int]:
    """How often each endpoint was asked so far."""
    found: dict[str, int] = sandbox.control("state")["requests"]["by_endpoint"]
    return found


def staff(sandbox: Running) -> list[Any]:
    """The admins that Intercom lists and that are people."""
    return list(sandbox.world.staff.admins)


@contextmanager
def surroundings(environment: Mapping[str, str], stdin: str) -> Iterator[None]:
    # The process has one environment: nothing that runs in a thread may depend on this.
    before, before_stdin = dict(os.environ), sys.stdin
    passphrase._entered.clear()
    encryption._unsealed.clear()
    os.environ.clear()
    os.environ.update({**bare_environment(before), **environment})
    sys.stdin = io.StringIO(stdin)
    try:
        yield
    finally:
        sys.stdin = before_stdin
        os.environ.clear()
        os.environ.update(before)


def bare_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without anything that steers ochre-tui."""
    return {key: value for key, value in environment.items() if not key.startswith("OCHRE_TUI_")}
