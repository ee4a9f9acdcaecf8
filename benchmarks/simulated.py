"""A simulated Intercom in a process of its own, and a migration that is ready to import from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "ochre_tui"]


@dataclass(frozen=True, slots=True)
class Simulated:
    """Where the simulated Intercom is; `environment` is what a command needs to import from it."""

    url: str
    pid: int
    environment: dict[str, str]

    def state(self) -> dict[str, Any]:
        """Its account of what it was asked."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/state") as answer:
            state: dict[str, Any] = json.load(answer)
        return state

    def requests(self) -> int:
        """How many requests its API has answered."""
        return int(self.state()["requests"]["total"])

    def cpu_s(self) -> float:
        """The CPU seconds that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def simulated(
    home: Path, conversations: int, *, rate_limit: int = 0, latency: float = 0.0, niceness: int = 0
) -> Iterator[Simulated]:
    """A simulated Intercom, and in `home` a migration with everything planned.

    `niceness` lets it take less of this machine's time, since the real one would take none.
    """
    words = [
        *("nice", "-n", str(niceness), *COMMAND),
        *("sandbox", "--json", "--until-stdin-closes", "--conversations", str(conversations)),
        *("--rate-limit", str(rate_limit), "--latency", str(latency)),
    ]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            there = json.loads(process.stdout.readline())
            environment = {
                **os.environ,
                "OCHRE_TUI_HOME": str(home),
                "OCHRE_TUI_INTERCOM_URL": there["url"],
                "OCHRE_TUI_INTERCOM_TOKEN": there["token"],
                "OCHRE_TUI_ATTACHMENT_HOSTS": there["attachment_hosts"],
            }
            for prepare in (["connect"], ["scan"], ["plan", "--auto"]):
                subprocess.run([*COMMAND, *prepare], env=environment, check=True, stdout=subprocess.DEVNULL)
            yield Simulated(there["url"], process.pid, environment)
        finally:
            process.stdin.close()
