"""Intercom as a whole goes away: the run pauses, says why and since when, and goes on when it is back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.core.errors import OchreTuiError, UnreachableError
from ochre_tui.core.tasks import in_loop
from ochre_tui.intercom.clock import Clock
from ochre_tui.migration.importer.heartbeat import PROBED_AT_ONCE
from ochre_tui.migration.importer.run import Importer
from ochre_tui.migration.importer.run_context import StoppedError
from ochre_tui.sandbox.server import Sandbox
from ochre_tui.store import events
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, hurried
from tests.support.undisturbed import Undisturbed, ends_alike, undisturbed_by

WAIT_S = 60


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    with undisturbed_by(
        tmp_path_factory.mktemp("undisturbed"), Sandbox(conversations=60, seed=3, rate_limit=0)
    ) as made:
        yield made


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Import(threading.Thread):
    """An import in a thread; `failure` is what ended it early."""

    def __init__(self, importer: Importer) -> None:
        super().__init__()
        self.importer = importer
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            in_loop(self.importer.run())
        except OchreTuiError as error:
            self.failure = error


def paused_by(undisturbed: Undisturbed, cli: CommandLine, fault: str, clock: Clock = hurried) -> Import:
    """An import that an outage has paused, midway."""
    asked = undisturbed.sandbox.control("state")["requests"]["total"]
    undisturbed.sandbox.control("faults", faults=[f"{fault}=share=1,times=0,after={asked + 40}"])
    work = Import(cli.importer(outage_timeout_s=3600.0, clock=clock))
    work.start()
    until(lambda: cli.status()["state"] == "paused")
    return work


@pytest.mark.parametrize(
    "fault", ["503", *(pytest.param(other, marks=pytest.mark.long) for other in ("reset", "html", "429-bare"))]
)
def test_an_outage_pauses_the_run_which_goes_on_by_itself(
    fault: str, undisturbed: Undisturbed, tmp_path: Path, survived: Callable[[str], None]
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    work = paused_by(undisturbed, cli, fault)
    status = cli.status()
    assert "Intercom does not answer" in status["reason"]
    assert "UTC" in status["reason"]
    assert status["pid"] is not None  # it is alive and will go on
    before = undisturbed.sandbox.control("state")["requests"]["total"]
    time.sleep(0.5)  # ten seconds of the import's time: no storm meanwhile
    assert undisturbed.sandbox.control("state")["requests"]["total"] - before <= 5
    undisturbed.sandbox.control("faults", faults=[])
    work.join(WAIT_S)
    assert not work.is_alive()
    assert work.failure is None
    ends_alike(undisturbed, cli)
    survived("R4 Intercom as a whole gone for a while: 503, resets, web pages, 429 without end")


def test_resume_asks_at_once(undisturbed: Undisturbed, tmp_path: Path, survived: Callable[[str], None]) -> None:
    """By a clock that stands still once the run is paused: nothing but `resume` can have it asked again."""
    still, slept, go_on = threading.Event(), threading.Event(), threading.Event()

    async def sleep(seconds: float) -> None:
        if still.is_set():
            slept.set()
            while not go_on.is_set():  # noqa: ASYNC110 - it is set in another thread
                await asyncio.sleep(0.01)
        await hurried.sleep(seconds)

    cli = undisturbed.cli(tmp_path / "home")
    work = paused_by(undisturbed, cli, "503", clock=replace(hurried, sleep=sleep))
    reason = cli.status()["reason"]
    try:
        still.set()
        until(slept.is_set)
        asked = undisturbed.sandbox.control("state")["requests"]["total"]
        cli.do("resume", "--reason", "too early")
        until(lambda: undisturbed.sandbox.control("state")["requests"]["total"] > asked)
        assert (cli.status()["state"], cli.status()["reason"]) == ("paused", reason)
        undisturbed.sandbox.control("faults", faults=[])
        cli.do("resume", "--reason", "it is back")
        until(lambda: cli.status()["state"] in {"importing", "completed"})
    finally:
        undisturbed.sandbox.control("faults", faults=[])
        go_on.set()
        work.join(WAIT_S)
    assert not work.is_alive()
    assert work.failure is None
    with Store(cli.folder / "state.db") as store:
        told = [event.text for event in events.after(store.conn, 0, 1000) if PROBED_AT_ONCE in event.text]
    assert [("too early" in text, "it is back" in text) for text in told] == [(True, False), (False, True)]
    ends_alike(undisturbed, cli)
    survived("R4 Intercom as a whole gone for a while, and asked at once on `resume`")


def test_an_outage_that_outlasts_patience_ends_the_run_resumable(
    undisturbed: Undisturbed, tmp_path: Path, survived: Callable[[str], None]
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    asked = undisturbed.sandbox.control("state")["requests"]["total"]
    undisturbed.sandbox.control("faults", faults=[f"502=share=1,times=0,after={asked + 40}"])
    with pytest.raises(UnreachableError) as gone:
        cli.run_hurried(outage_timeout_s=20.0)
    assert gone.value.exit_code == 5
    status = cli.status()
    assert (status["state"], status["pid"]) == ("paused", None)
    assert "Intercom does not answer" in status["reason"]
    ends_alike(undisturbed, cli)
    survived("R4 Intercom gone for longer than the run waits")


def test_a_run_that_waits_for_intercom_can_be_stopped(undisturbed: Undisturbed, tmp_path: Path) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    work = paused_by(undisturbed, cli, "503")
    work.importer.stop()
    work.join(WAIT_S)
    assert isinstance(work.failure, StoppedError)
    assert cli.status()["reason"] == "Stopped on request."
    ends_alike(undisturbed, cli)
