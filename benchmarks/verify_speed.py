"""How fast a workspace is verified, on one core.

    python -m benchmarks.verify_speed [--conversations N]

Imports N conversations from a simulated Intercom, verifies them in this process and prints, for each check, its records
and CPU seconds; conversations a second of the check that converts and compares them, and of the whole verification.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.importer.thread import suit_threads
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.checkpoint import drop
from ochre_tui.migration.verify.model import Check
from ochre_tui.migration.verify.run import verify
from ochre_tui.sandbox.server import Sandbox, running
from tests.support.command_line import cli_at


def main() -> None:
    """Run the benchmark that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=5000)
    parser.add_argument("--home", type=Path, help="keep the imported migration here, and use the one that is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.home or Path(temporary)
        if not (home / "default").exists():
            bring(home, asked.conversations)
        measure(MigrationPaths("default", home / "default"))


def bring(home: Path, conversations: int) -> None:
    """Import so many conversations, in a process of its own."""
    with running(Sandbox(conversations=conversations, seed=1, rate_limit=0)) as sandbox:
        cli = cli_at(home, sandbox)
        cli.ready()
        cli.spawn("run", "--json", expect=3)


def measure(paths: MigrationPaths) -> None:
    """Verify and print the figures."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    suit_threads()
    checks: list[tuple[Check, float]] = []
    began = time.process_time()

    def done(check: Check) -> None:
        checks.append((check, time.process_time()))

    session = Session(paths)
    with session.store() as store:
        drop(store)
    found = verify(session, done)
    before = began
    for check, at in checks:
        print(f"{check.name:14} {check.actual:8,} {at - before:7.2f} s")
        before = at
    number = next(check.actual for check, _ in checks if check.name == "conversations")
    taken = dict(zip([check.name for check, _ in checks], [at for _, at in checks], strict=True))
    alone = taken["conversations"] - taken["in scope"]
    print(f"{number / alone:,.0f} conversations/s converted and compared; {number / (before - began):,.0f} verified/s")
    print(f"ok {found.ok}, peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
