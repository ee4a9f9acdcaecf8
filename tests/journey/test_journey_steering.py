"""Steering an import under way: pause, go on, slow down, stop, end at once."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.core.paths import MigrationPaths, existing
from ochre_tui.core.process import actor
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.migration import connection
from ochre_tui.migration.control import ask
from ochre_tui.migration.importer.run import Importer
from ochre_tui.migration.importer.run_context import StoppedError
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.plan.file import read_plan
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import Status, read
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.store import control, events
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, cli_at, requests

WAIT_S = 30


@pytest.fixture(scope="module")
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=200, seed=4, rate_limit=0, latency_s=0.1)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ready(source: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    found = cli_at(tmp_path_factory.mktemp("ready"), source)
    found.ready()
    return found


@pytest.fixture
def cli(ready: CommandLine, tmp_path: Path) -> CommandLine:
    return ready.copied(tmp_path / "home")


def test_a_paused_import_begins_nothing_until_it_goes_on(cli: CommandLine, source: Running) -> None:
    with _importing(cli, source) as (paths, ended):
        _until(paths, lambda status: status.counts["conversations"]["found"] >= 5)
        said = cli.do("pause", "--reason", "the \x1b[31mnewsletter goes out.").out
        status = _status(paths)
        assert status.state == "paused"
        assert re.fullmatch(rf"Paused by {re.escape(actor())} at \S+ \S+ UTC: the ␛.*goes out\.", str(status.reason))
        assert "Paused by" in said
        assert "\x1b" not in said
        assert status.pid is not None, "it still holds the migration"
        before = _settled(source)
        time.sleep(1.5)
        assert source.control("state")["requests"]["total"] == before
        cli.do("pause")
        assert _status(paths).reason == status.reason, "who paused first is who paused"
        cli.do("resume", "--reason", "it is out")
        _until(paths, lambda status: status.state == "completed")
    assert ended == [None]
    assert cli.status()["counts"]["conversations"]["found"] == 200
    told = [event.text for event in _events(paths) if event.topic == "state"]
    assert [words.split(" at ")[0].replace(f" by {actor()}", "") for words in told] == [
        "The import began.",
        "Paused",
        "Resumed",
        "The import is complete.",
    ]


def test_a_paused_import_can_be_stopped(cli: CommandLine, source: Running) -> None:
    with _importing(cli, source) as (paths, ended):
        _until(paths, lambda status: status.counts["conversations"]["found"] >= 5)
        cli.do("pause")
        assert _status(paths).state == "paused"
        cli.do("stop", "--reason", "tomorrow")
    assert isinstance(ended[0], StoppedError)
    assert f"Stopped by {actor()}" in str(_status(paths).reason)
    assert "tomorrow" in str(_status(paths).reason)


def test_a_second_stop_ends_it_at_once_and_it_can_be_taken_up_again(tmp_path: Path) -> None:
    with running(Sandbox(conversations=60, seed=4, rate_limit=0)) as slow:
        cli = cli_at(tmp_path / "home", slow)
        cli.ready()
        slow.control("faults", faults=["stall=30,path=/conversations/2*,share=1"])
        with _importing(cli, slow) as (paths, ended):
            _until(paths, lambda status: status.phase == "conversations")
            began = time.monotonic()
            for _ in range(2):
                ask(Session(paths), "stop")
        assert time.monotonic() - began < 10, "the answers in hand were not waited for"
        assert isinstance(ended[0], StoppedError)
        assert "done again next time" in ended[0].meaning
        slow.control("faults", faults=[])
        assert cli.run()["counts"]["conversations"]["found"] == 60


def test_a_stop_does_not_wait_for_answers_that_do_not_come(tmp_path: Path) -> None:
    with running(Sandbox(conversations=150, seed=4, rate_limit=0, latency_s=0.05)) as slow:
        cli = cli_at(tmp_path / "home", slow)
        cli.ready()
        slow.control("faults", faults=["stall=60,path=/conversations/2*,share=0.3"])
        with _importing(cli, slow) as (paths, ended):
            _until(paths, lambda status: status.counts["conversations"]["found"] >= 20)
            began = time.monotonic()
            cli.do("stop")
        assert time.monotonic() - began < 10
        assert isinstance(ended[0], StoppedError)
        kept = cli.status()["counts"]["conversations"]["created"]
        slow.control("faults", faults=[])
        read = requests(slow)["GET /conversations/*"]
        assert cli.run()["counts"]["conversations"]["created"] == 150
        assert requests(slow)["GET /conversations/*"] - read == 150 - kept, "what was read was kept"
        assert cli.differences(slow) == []


def test_the_share_of_the_limit_is_told_noted_and_kept_for_later_runs(cli: CommandLine, source: Running) -> None:
    assert "from the next run on" in cli.do("throttle", "40", "--reason", "others work").out
    with _importing(cli, source) as (paths, _):
        _until(paths, lambda status: status.rate.throttle_percent == 40)
        _until(paths, lambda status: status.state != "importing" or "others work" in str(status.reason))
        assert "At most 60 % of Intercom's limit" in cli.do("throttle", "60").out
        assert _status(paths).rate.throttle_percent == 60
        cli.do("throttle", "100")
        assert _status(paths).reason is None
        cli.do("stop")
    told = [event.text for event in _events(paths) if event.topic == "pace"]
    assert [words.split(":")[0] for words in told] == [
        "At most 40 % of Intercom's limit is used",
        "At most 60 % of Intercom's limit is used",
        "All of Intercom's limit is used.",
    ]


def test_an_import_that_makes_no_progress_says_what_it_waits_for(tmp_path: Path) -> None:
    """By a clock on which half an hour takes less than a second."""
    fast = Clock(monotonic=lambda: 3_000 * time.monotonic(), sleep=lambda seconds: asyncio.sleep(seconds / 3_000))
    with running(Sandbox(conversations=60, seed=4, rate_limit=0)) as stuck:
        cli = cli_at(tmp_path / "home", stuck)
        cli.ready()
        stuck.control("faults", faults=["stall=60,path=/conversations/2*,share=1"])
        with _importing(cli, stuck, clock=fast) as (paths, _):
            _until(paths, lambda status: "No progress for" in str(status.reason))
            reason = str(_status(paths).reason)
            cli.do("stop")
        assert re.match(r"No progress for \d+ min: it waits for \d+ answers of Intercom\.", reason)
        assert "exports and CRM syncs" in reason
        told = [event for event in _events(paths) if event.topic == "watch"]
        assert [event.level for event in told] == ["warning"] * 4
        assert "per record, not per byte" in told[-1].text


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 7, marks=pytest.mark.long)]
)
def test_a_signal_ends_a_run_in_time_and_a_second_one_at_once(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with running(Sandbox(conversations=60, seed=4, rate_limit=0)) as slow:
        cli = cli_at(tmp_path / "home", slow)
        cli.ready()
        slow.control("faults", faults=["stall=60,path=/conversations/2*,share=0.5,times=0"])
        for often in (2, 1):
            with cli.start("run") as process:
                paths, pid = existing(cli.home, "default"), process.pid
                _until(paths, lambda status: (status.pid, status.phase) == (pid, "conversations"))  # noqa: B023 - used at once
                for _ in range(often):
                    process.send_signal(number)
                    time.sleep(0.2)
                assert process.wait(10) == code
            assert cli.status()["state"] == "paused"
        slow.control("faults", faults=[])
        assert cli.run()["counts"]["conversations"]["found"] == 60
        assert cli.differences(slow) == []


@pytest.mark.long
def test_two_imports_with_one_token_share_its_limit(tmp_path: Path) -> None:
    with running(Sandbox(conversations=120, seed=4, rate_limit=150, latency_s=0.05)) as shared:
        clis = [cli_at(tmp_path / name, shared) for name in ("one", "two")]
        for cli in clis:
            cli.ready()
        processes = [cli.start("run") for cli in clis]
        for process in processes:
            _, err = process.communicate(timeout=180)
            assert process.returncode in {0, 3}, err
        by_status = shared.control("state")["by_status"]
        assert by_status.get("429", 0) <= by_status["200"] * 0.1, "each minds what the other uses"
        assert [cli.differences(shared) for cli in clis] == [[], []]


def test_clocks_that_jump_change_nothing(cli: CommandLine, source: Running) -> None:
    """By an hour back and forth, as when a clock is set or the zone is changed."""
    jumps = cycle((0, 3_600, -3_600, 7_200))
    with _importing(cli, source, now=lambda: int(time.time()) + next(jumps)) as (paths, ended):
        _until(paths, lambda status: status.state == "completed")
    assert ended == [None]
    with _importing(cli, source, now=lambda: 1_000_000) as (paths, ended):
        _until(paths, lambda status: status.state == "completed" and status.counts["conversations"]["unchanged"] == 200)
    assert ended == [None]
    assert cli.differences(source) == []


@pytest.mark.parametrize("command", ["pause", "resume", "stop"])
def test_there_is_nothing_to_steer_where_nobody_imports(command: str, cli: CommandLine) -> None:
    ran = cli.call(command)
    assert ran.exit == 2
    assert "No process imports this migration now." in ran.err
    assert "ochre-tui" in ran.err


@pytest.mark.parametrize("percent", ["0", "101", "-5", "1.5", "fast"])
def test_a_share_is_a_whole_number_of_1_to_100(percent: str, cli: CommandLine) -> None:
    assert cli.call("throttle", "--", percent).exit == 2


def test_what_was_asked_of_an_import_that_died_is_not_asked_of_the_next(cli: CommandLine) -> None:
    with Store(cli.folder / "state.db") as store, store.transaction() as conn:
        control.give(conn, 1, "somebody", "stop")
        control.give(conn, 1, "somebody", "pause")
    assert cli.run()["counts"]["conversations"]["found"] == 200


@contextmanager
def _importing(
    cli: CommandLine, source: Running, **options: Any
) -> Iterator[tuple[MigrationPaths, list[BaseException | None]]]:
    """An import in a thread; the list tells how it ended once the block is left."""
    paths = existing(cli.home, "default")
    with Store(paths.state_db) as store:
        workspace = connection.pinned(store)
    importer = Importer(
        session=Session(paths),
        plan=read_plan(paths.plan),
        workspace=workspace,
        token=Secret(source.token),
        hosts=FileHosts.parse(source.attachment_host),
        **options,
    )
    thread = ImportThread(importer)
    ended: list[BaseException | None] = []
    thread.start()
    try:
        yield paths, ended
    finally:
        thread.join(WAIT_S)
        assert not thread.alive
        ended.append(thread.failure)


def _until(paths: MigrationPaths, reached: Callable[[Status], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not reached(status := _status(paths)):
        assert time.monotonic() < end, f"it never came to that: {status}"
        time.sleep(0.02)


def _status(paths: MigrationPaths) -> Status:
    with Store(paths.state_db) as store:
        return read(store, paths)


def _events(paths: MigrationPaths) -> list[events.Event]:
    with Store(paths.state_db) as store:
        return events.after(store.conn, 0, 1000)


def _settled(source: Running) -> int:
    """The number of requests once those in hand are answered."""
    last = -1
    while (now := int(source.control("state")["requests"]["total"])) != last:
        last = now
        time.sleep(0.3)
    return last
