"""How fast and in how much memory a whole workspace is imported when nothing limits it, or under a rate limit.

    python benchmarks/import_speed.py [--conversations N] [--rate-limit L] [--latency S]

Starts a simulated Intercom in a process of its own, imports it with `ochre-tui run` in another, verifies, and prints
one line of figures: conversations a second (of the phase that reads them), requests, the share of the rate limit that
was used, 429s, CPU seconds and peak memory of the importing process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "ochre_tui"]


def main() -> None:
    """Run the benchmark that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=5000)
    parser.add_argument("--rate-limit", type=int, default=0, help="per 10 s; 0 is none")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds to each answer")
    asked = parser.parse_args()
    sandbox = [
        *("sandbox", "--json", "--until-stdin-closes", "--conversations", str(asked.conversations)),
        *("--rate-limit", str(asked.rate_limit), "--latency", str(asked.latency)),
    ]
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen([*COMMAND, *sandbox], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as intercom,
    ):
        assert intercom.stdin is not None
        assert intercom.stdout is not None
        try:
            there = json.loads(intercom.stdout.readline())
            measure(Path(home), there, asked.rate_limit)
        finally:
            intercom.stdin.close()


def measure(home: Path, there: dict[str, str], rate_limit: int) -> None:
    """Import from the simulated Intercom at these addresses and print the figures."""
    environment = {
        **os.environ,
        "OCHRE_TUI_HOME": str(home),
        "OCHRE_TUI_INTERCOM_URL": there["url"],
        "OCHRE_TUI_INTERCOM_TOKEN": there["token"],
        "OCHRE_TUI_ATTACHMENT_HOSTS": there["attachment_hosts"],
    }
    for words in (["connect"], ["scan"], ["plan", "--auto"]):
        subprocess.run([*COMMAND, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    before = requests(there["url"])
    began = time.monotonic()
    run = subprocess.Popen([*COMMAND, "run", "--json"], env=environment, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    phases: dict[str, float] = {}
    last: dict[str, Any] = {}
    for line in run.stdout:
        last = json.loads(line)
        if last["event"] == "phase":
            phases[last["phase"]] = time.monotonic()
    _, _, usage = os.wait4(run.pid, 0)
    took = time.monotonic() - began
    subprocess.run([*COMMAND, "verify"], env=environment, check=True, stdout=subprocess.DEVNULL)
    status = last["status"]
    done = status["counts"]["conversations"]["created"]
    phase = phases["closing"] - phases["conversations"]
    sent = requests(there["url"]) - before
    print(f"conversations {done}, files {status['attachments']['stored']} ({status['attachments']['bytes']:,} bytes)")
    print(f"conversation phase {phase:.1f} s: {done / phase:.0f} conversations/s; whole run {took:.1f} s")
    print(f"API requests {sent}: {100 * (sent - done) / done:.2f} % more than one GET a conversation")
    if rate_limit:
        refused = sum(control(there["url"])["windows"]["refused"].values())
        print(f"429s {refused}, limit used {100 * sent / (rate_limit * took / 10):.1f} %")
    print(f"CPU {usage.ru_utime + usage.ru_stime:.1f} s, peak memory {usage.ru_maxrss / 1024:.0f} MB")


def requests(url: str) -> int:
    """How many requests the simulated Intercom's API has answered."""
    return int(control(url)["requests"]["total"])


def control(url: str) -> dict[str, Any]:
    """The simulated Intercom's account of what it was asked."""
    with urllib.request.urlopen(f"{url}/_sandbox/state") as answer:
        state: dict[str, Any] = json.load(answer)
    return state


if __name__ == "__main__":
    main()
