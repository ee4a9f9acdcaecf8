"""Commands and kills in any order, in every phase: only legal states are seen, and nothing is lost or doubled."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from ochre_tui.migration.status import PHASES
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.store import events
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, changes, cli_at

WAIT_S = 30.0
ENDED = {0, 3, 7}

# What may follow what in the event log; a kill leaves no word, so that "goes on" may follow any but the end.
FOLLOWS = {
    "": {"The import began."},
    "The import began.": {"Paused", "Stopped", "The import is complete.", "The import goes on."},
    "The import goes on.": {"Paused", "Stopped", "The import is complete.", "The import goes on."},
    "Paused": {"Resumed", "Stopped", "The import goes on."},
    "Resumed": {"Paused", "Stopped", "The import is complete.", "The import goes on."},
    "Stopped": {"The import goes on."},
    "The import is complete.": {"The import began."},
}


@pytest.fixture(scope="module")
def source() -> Iterator[Running]:
    # A scroll that a stopped import leaves open is waited for: for no minute here, as in Intercom.
    config = Sandbox(conversations=120, seed=4, rate_limit=0, latency_s=0.15, scroll_life_s=1.0)
    with running(config) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ready(source: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    found = cli_at(tmp_path_factory.mktemp("ready"), source)
    found.ready()
    return found


class Operator(RuleBasedStateMachine):
    """Somebody at several shells; `process` is the import, if one was started and has not been seen to end.

    Desks at which all came out right in the end are added to `right`.
    """

    def __init__(self, cli: CommandLine, source: Running, right: list[CommandLine]) -> None:
        super().__init__()
        self.cli, self.source, self.right = cli, source, right
        self.process: subprocess.Popen[str] | None = None
        self.paused = False

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @precondition(lambda self: not self.alive)
    @rule()
    def start(self) -> None:
        self.ended()
        self.process = self.cli.start("run", "--json")
        self.until(lambda status: status["pid"] == getattr(self.process, "pid", 0))

    @precondition(lambda self: self.alive and not self.paused)
    @rule(phase=st.sampled_from(PHASES))
    def reach(self, phase: str) -> None:
        self.until(lambda status: status["phase"] in PHASES[PHASES.index(phase) :])

    @rule()
    def pause(self) -> None:
        status = self.ask("pause")
        self.paused = self.alive
        if self.alive:
            assert (status["state"], status["pid"]) == ("paused", getattr(self.process, "pid", 0))

    @rule()
    def resume(self) -> None:
        status = self.ask("resume")
        self.paused = False
        if self.alive and status["pid"] is not None:
            assert status["state"] == "importing"

    @rule()
    def stop(self) -> None:
        self.ask("stop")
        self.paused = False
        if self.process is not None:
            assert self.process.wait(WAIT_S) in ENDED
        assert self.cli.status()["state"] in {"new", "paused", "completed"}

    @rule(percent=st.integers(1, 100))
    def throttle(self, percent: int) -> None:
        self.cli.do("throttle", str(percent))
        status = self.cli.status()
        if self.alive and status["pid"] is not None and not self.paused:
            assert status["rate"]["throttle_percent"] == percent

    @precondition(lambda self: self.alive)
    @rule()
    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.ended()
        self.paused = False
        status = self.cli.status()
        assert status["state"] in {"new", "paused", "completed"}
        assert status["pid"] is None

    def ask(self, command: str) -> dict[str, Any]:
        """Give a command, which is refused where nobody imports; the status after it."""
        before = self.alive
        ran = self.cli.call(command)
        assert ran.exit in ({0, 2} if before else {2}), ran.said
        return self.cli.status()

    def until(self, reached: Any) -> None:
        """Wait until the status is like that, or the import has ended."""
        end = time.monotonic() + WAIT_S
        while self.alive and not reached(self.cli.status()):
            assert time.monotonic() < end, self.cli.status()
            time.sleep(0.02)

    def ended(self) -> None:
        if self.process is not None:
            self.process.communicate()
            assert self.process.returncode in {*ENDED, -9}
            self.process = None

    def teardown(self) -> None:
        try:
            if self.alive:
                self.stop()
            self.ended()
        finally:
            if self.process is not None:
                self.process.kill()
                self.process.communicate()
        self.cli.run()
        assert changes(self.cli.run()) == {}
        assert self.cli.differences(self.source) == []
        with Store(self.cli.folder / "state.db") as store:
            told = [event.text for event in events.after(store.conn, 0, 5000) if event.topic == "state"]
        before = ""
        for words in (text.split(" by ")[0] for text in told):
            assert words in FOLLOWS[before], told
            before = words
        self.right.append(self.cli)


@pytest.mark.parametrize("examples", [pytest.param(1, id="one"), pytest.param(40, id="many", marks=pytest.mark.long)])
def test_whatever_is_asked_in_whatever_order(
    examples: int, ready: CommandLine, source: Running, tmp_path: Path
) -> None:
    homes = (tmp_path / str(number) for number in range(100_000))
    right: list[CommandLine] = []
    run_state_machine_as_test(
        lambda: Operator(ready.copied(next(homes)), source, right),  # type: ignore[arg-type]  # a factory will do, says hypothesis
        settings=settings(
            max_examples=examples,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # a failure is short as it is, and an example takes many seconds
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(right) >= examples
