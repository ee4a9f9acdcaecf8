"""How fast and in how much memory a whole workspace is imported when nothing limits it, or under a rate limit.

    python -m benchmarks.import_speed [--conversations N] [--rate-limit L] [--latency S] [--over-http] [--encrypt]

Starts a simulated Intercom in a process of its own, imports it with `ochre-tui run` in another, verifies, and prints
conversations a second (of the phase that reads them), requests, the share of the rate limit that was used, 429s, CPU
seconds on both sides, and the peak memory of the importing process, alone and with its convert worker. With
--over-http it goes into an Ochre server in a process of its own, instead of a folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.simulated import COMMAND, Simulated, simulated


def main() -> None:
    """Run the benchmark that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=5000)
    parser.add_argument("--rate-limit", type=int, default=0, help="per 10 s; 0 is none")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds to each answer")
    parser.add_argument("--over-http", action="store_true", help="into a server, not into a folder")
    parser.add_argument("--encrypt", action="store_true", help="archive and attachments, with a passphrase")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        ochre_server(Path(home, "there")) if asked.over_http else nullcontext(),
        simulated(Path(home, "here"), asked.conversations, rate_limit=asked.rate_limit, latency=asked.latency) as there,
    ):
        if asked.encrypt:
            encrypt(there)
        measure(there, asked.rate_limit)


def encrypt(there: Simulated) -> None:
    """Encrypt the migration, which has imported nothing yet."""
    there.environment["OCHRE_TUI_PASSPHRASE"] = "a passphrase to measure with"
    connect = [*COMMAND, "connect", "--encrypt"]
    subprocess.run(connect, env=there.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def ochre_server(home: Path) -> Iterator[None]:
    """An empty workspace on a server, to which the environment leads."""
    environment = {**os.environ, "OCHRE_TUI_HOME": str(home)}
    for words in (["team", "add", "owner@ochre.example"], ["serve", "token", "add", "--json"]):
        made = subprocess.run([*COMMAND, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    serve = [*COMMAND, "serve", "--port", "0", "--json"]
    with subprocess.Popen(serve, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            os.environ["OCHRE_TUI_OCHRE_URL"] = json.loads(process.stdout.readline())["url"]
            os.environ["OCHRE_TUI_OCHRE_TOKEN"] = json.loads(made.stdout)["token"]
            yield
        finally:
            process.terminate()


def measure(there: Simulated, rate_limit: int) -> None:
    """Import from the simulated Intercom and print the figures."""
    before, cpu_before = there.requests(), there.cpu_s()
    began = time.monotonic()
    run = subprocess.Popen([*COMMAND, "run", "--json"], env=there.environment, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    phases: dict[str, float] = {}
    last: dict[str, Any] = {}
    most = 0
    for line in run.stdout:
        last = json.loads(line)
        most = max(most, resident(run.pid))
        if last["event"] == "phase":
            phases[last["phase"]] = time.monotonic()
    _, _, usage = os.wait4(run.pid, 0)
    took = time.monotonic() - began
    cpu_there = there.cpu_s() - cpu_before
    sent = there.requests() - before
    subprocess.run([*COMMAND, "verify"], env=there.environment, check=True, stdout=subprocess.DEVNULL)
    status = last["status"]
    done = status["counts"]["conversations"]["created"]
    phase = phases["closing"] - phases["conversations"]
    print(f"conversations {done}, files {status['attachments']['stored']} ({status['attachments']['bytes']:,} bytes)")
    print(f"conversation phase {phase:.1f} s: {done / phase:.0f} conversations/s; whole run {took:.1f} s")
    print(f"API requests {sent}: {100 * (sent - done) / done:.2f} % more than one GET a conversation")
    if rate_limit:
        refused = sum(there.state()["windows"]["refused"].values())
        print(f"429s {refused}, limit used {100 * sent / (rate_limit * took / 10):.1f} %")
    cpu = usage.ru_utime + usage.ru_stime
    print(f"CPU {cpu:.1f} s ({1000 * cpu / done:.2f} ms a conversation), simulated Intercom {cpu_there:.1f} s")
    print(f"peak memory {usage.ru_maxrss / 1024:.0f} MB, with the convert worker {most / 1024**2:.0f} MB")


def resident(pid: int) -> int:
    """The bytes of memory that a process and its children have; pages that they share count once each time."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if Path(f"/proc/{pid}").exists() else []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        children = [*children, *thread.read_text().split()]
    pages = 0
    for one in {str(pid), *children}:
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue  # it has ended meanwhile
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
