"""How fast `resync attribution` rewrites authors and assignees after a changed mapping of admins.

    python -m benchmarks.attribution_speed [--conversations N]

Imports a simulated Intercom, matches every admin of the plan with another user, and times the re-sync: conversations
that were rewritten, seconds of the whole command, and what 100,000 would take at this speed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ochre_tui.migration.plan.file import read_plan
from ochre_tui.sandbox.server import Sandbox, running

COMMAND = [sys.executable, "-m", "ochre_tui"]
SOMEBODY = "somebody@example.com"


def main() -> None:
    """Run the benchmark that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=5000)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        running(Sandbox(conversations=asked.conversations, rate_limit=0)) as there,
    ):
        environment = {
            **os.environ,
            "OCHRE_TUI_HOME": home,
            "OCHRE_TUI_INTERCOM_URL": there.url,
            "OCHRE_TUI_INTERCOM_TOKEN": there.token,
            "OCHRE_TUI_ATTACHMENT_HOSTS": there.attachment_host,
        }
        for words in (["connect"], ["scan"], ["team", "add", SOMEBODY], ["plan", "--auto"]):
            command(environment, *words)
        command(environment, "run", ends=(0, 3))
        admins = read_plan(Path(home) / "default" / "plan.toml").admins
        settings = [f'admins."{id_}"={{ action = "match", user = "{SOMEBODY}" }}' for id_ in admins]
        command(environment, "plan", *(word for setting in settings for word in ("--set", setting)))
        began = time.monotonic()
        told = command(environment, "resync", "attribution", "--json")
        took = time.monotonic() - began
        end = json.loads(told.splitlines()[-1])
        rewritten = end["rewritten"]
        print(f"{rewritten} conversations rewritten in {took:.1f} s: {rewritten / took:.0f} a second")
        print(f"100,000 would take {100_000 * took / rewritten:.0f} s")


def command(environment: dict[str, str], *words: str, ends: tuple[int, ...] = (0,)) -> str:
    """What a command prints."""
    ran = subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode in ends, ran.stderr
    return ran.stdout


if __name__ == "__main__":
    main()
