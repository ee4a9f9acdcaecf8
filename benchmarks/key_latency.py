"""How soon a key is answered on the screen: on the dashboard while it imports at full speed, and in the mapping grids.

    python -m benchmarks.key_latency [--keys N] [--conversations N] [--size COLUMNSxLINES] [dashboard|admins|attributes]

Opens the app on a pseudo-terminal, presses keys one after the other, and measures the time until the whole frame that
answers each one has arrived; a key that is not answered ends the benchmark. On the dashboard an import from a
simulated Intercom runs meanwhile, and the bytes a second are those that it sends while no key is pressed. It fails
where a goal is missed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.simulated import COMMAND, simulated
from benchmarks.terminal import Terminal
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection
from ochre_tui.migration.home import Home
from ochre_tui.migration.overview import remember_step
from ochre_tui.migration.plan.model import Plan, PlanScope
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.migration.scan.result import (
    AttachmentEstimate,
    ConversationCounts,
    Interval,
    ScannedAdmin,
    ScannedField,
    ScannedWorkspace,
    ScanResult,
)
from ochre_tui.migration.session import Session
from tests.support.staged_run import status_of

GOAL_MS = {"p50": 50.0, "p95": 50.0, "p99": 100.0}
GOAL_BYTES = 30 * 1024
_ADMINS, _ATTRIBUTES = 300, 2_000
_SETTLED_S = 1.0
_WATCHED_S = 5.0

# Each key with what only its answer shows.
_ON_THE_DASHBOARD = [
    (b"e", "┏━ Events"),
    (b"x", "Quarantine \\("),
    (b"\x1b", "╭─ Events"),
    (b"\t", "┏━ Events"),
    (b"x", "Quarantine \\("),
    (b"\x1b", "╭─ Events"),
    (b"-", "pace +[0-9]+ %"),
    (b"+", "pace +[0-9]+ %"),
    (b"?", "Help: Import"),
    (b"\x1b", "Saved replies"),
]


def main() -> int:
    """Run the parts that the arguments ask for; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=["dashboard", "admins", "attributes"])
    parser.add_argument("--keys", type=int, default=120)
    parser.add_argument("--conversations", type=int, default=30_000)
    parser.add_argument("--size", default="120x40")
    asked = parser.parse_args()
    columns, lines = map(int, asked.size.split("x"))
    good = []
    if asked.part in {None, "dashboard"}:
        good.append(dashboard(asked.conversations, asked.keys, columns, lines))
    for part, rows in (("admins", _ADMINS), ("attributes", _ATTRIBUTES)):
        if asked.part in {None, part}:
            good.append(grid(part, rows, asked.keys, columns, lines))
    return 0 if all(good) else 1


def dashboard(conversations: int, keys: int, columns: int, lines: int) -> bool:
    """Press keys while this app imports at full speed."""
    with tempfile.TemporaryDirectory() as folder, simulated(Path(folder), conversations, niceness=10) as there:
        session = Home(Path(folder)).open("default")
        remember_step(session, "import")
        with Terminal(COMMAND, there.environment, columns, lines) as terminal:
            terminal.wait_for("Continue default")
            terminal.press(b"\r", "Start the import")
            terminal.watch(_SETTLED_S)
            terminal.press(b"\r", "Importing: conversations", 120.0)
            terminal.watch(_SETTLED_S)
            before = there.requests()
            sent = terminal.watch(_WATCHED_S)
            speed = (there.requests() - before) / _WATCHED_S
            times = pressed(terminal, itertools.cycle(_ON_THE_DASHBOARD), keys)
            still = status_of(session).state
    assert still == "importing", f"The import ended ({still}) before the last key: ask for more conversations."
    print(f"dashboard, {columns}x{lines}, importing at {speed:.0f} requests/s: {sent / 1024:.1f} KiB/s without a key")
    return within_goals(times) and sent < GOAL_BYTES


def grid(step: str, rows: int, keys: int, columns: int, lines: int) -> bool:
    """Accept, skip and take back in a grid; each decision is written to the plan."""
    with tempfile.TemporaryDirectory() as folder:
        session = scanned(Path(folder), rows)
        remember_step(session, step)
        environment = {**os.environ, "OCHRE_TUI_HOME": folder}
        with Terminal(COMMAND, environment, columns, lines) as terminal:
            terminal.wait_for("Continue default")
            terminal.press(b"\r", f"0 of {rows:,} decided")
            terminal.watch(_SETTLED_S)
            times = pressed(terminal, decisions(rows), keys)
        plan = PlanEditor(session).read()
        saved = len(plan.admins if step == "admins" else list(itertools.chain(*fields_of(plan))))
    expected = sum(1 if key != b"u" else -1 for key, _ in itertools.islice(decisions(rows), keys))
    assert saved == expected, f"{saved} decisions are in the plan, {expected} were made"
    print(f"grid of {rows:,} {step}, {columns}x{lines}: accept, skip, take back")
    return within_goals(times)


def decisions(rows: int) -> Iterator[tuple[bytes, str]]:
    """Keys that decide row after row, with the sum that the title shows then."""
    decided = 0
    for key in itertools.cycle([b"a", b"s", b"u", b"a"]):
        decided += -1 if key == b"u" else 1
        yield key, f"{decided:,} of {rows:,} decided"


def pressed(terminal: Terminal, keys: Iterator[tuple[bytes, str]], count: int) -> list[float]:
    """The milliseconds that each key took, by key."""
    chance = random.Random(1)
    times = []
    for key, shows in itertools.islice(keys, count):
        times.append(1000 * terminal.press(key, shows))
        terminal.watch(chance.uniform(0.05, 0.25))  # not in step with the screen's own timers
        if os.environ.get("SHOW"):
            print(key, f"{times[-1]:.0f}")
    return times


def within_goals(times: list[float]) -> bool:
    """Print the spread of the times; whether they meet the goals."""
    ranked = sorted(times)
    spread = {name: ranked[min(len(ranked) - 1, int(len(ranked) * float(name[1:]) / 100))] for name in GOAL_MS}
    told = ", ".join(f"{name} {spread[name]:.0f} ms (goal {goal:.0f})" for name, goal in GOAL_MS.items())
    print(f"  {len(times)} keys painted after {told}, longest {ranked[-1]:.0f} ms")
    return all(spread[name] <= goal for name, goal in GOAL_MS.items())


def scanned(home: Path, rows: int) -> Session:
    """A migration whose scan has found so many admins and attributes."""
    session = Home(home).create("default")
    with session.store() as store:
        connection.pin(store, Workspace("hl4e0740", "Harbourlight", "EU", "Europe/Lisbon", "http://127.0.0.1:9", None))
        store.set("scan", _scan(rows).model_dump(mode="json"))
    return session


def fields_of(plan: Plan) -> Iterator[dict[str, object]]:
    scopes: tuple[PlanScope, ...] = ("contact", "company", "conversation")
    return (dict(plan.fields.of(scope)) for scope in scopes)


def _scan(rows: int) -> ScanResult:
    scopes: tuple[PlanScope, ...] = ("contact", "company", "conversation")
    return ScanResult(
        workspace=ScannedWorkspace(id_code="hl4e0740", name="Harbourlight", region="EU", timezone="Europe/Lisbon"),
        counts={"conversations": 5_000, "admins": rows, "custom_attributes": rows},
        conversations=ConversationCounts(by_state={}, by_channel={}, by_month={}, over_500_parts=[]),
        attachments=AttachmentEstimate(count=0, bytes=Interval(low=0, likely=0, high=0), sampled=0),
        estimate_s=Interval(low=1, likely=2, high=3),
        admins=[
            ScannedAdmin(id=str(n), name=f"Person {n}", email=f"p{n}@example.com", is_bot=False, removed=n % 9 == 0)
            for n in range(5_000, 5_000 + rows)
        ],
        fields=[
            ScannedField(
                scope=scopes[n % 3],
                name=f"Attribute {n}",
                label=f"Attribute {n}",
                data_type="string",
                options=[],
                archived=False,
                usage=n,
            )
            for n in range(rows)
        ],
        left_behind={},
        warnings=[],
    )


if __name__ == "__main__":
    sys.exit(main())
