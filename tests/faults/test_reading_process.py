"""The process that reads records beside the importer: the same answers, whatever becomes of it, and none left over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ochre_tui.core.paths import existing
from ochre_tui.migration import connection
from ochre_tui.migration.importer.convert_pool import reading
from ochre_tui.migration.importer.convert_record import Answer, Given, Reader
from ochre_tui.migration.importer.convert_worker import Setup
from ochre_tui.migration.importer.customers import People
from ochre_tui.migration.importer.reference import archived_reference
from ochre_tui.migration.importer.thread import in_loop
from ochre_tui.migration.plan.file import read_plan
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Need, Pending
from tests.support.command_line import Desk, _surroundings, contents, desk_at

WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """A desk ready to import, and what an import by one process alone exports."""

    sandbox: Running
    ready: Desk
    done: Desk
    exported: dict[str, bytes]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    folder = tmp_path_factory.mktemp("imported")
    with running(Sandbox(conversations=330, seed=10, nasty=True, rate_limit=0, latency_s=0.15)) as sandbox:
        ready = desk_at(folder / "ready", sandbox)
        ready.ready()
        done = ready.copied(folder / "done")
        with on_one_processor():
            done.run()
        yield Imported(sandbox, ready, done, contents(done.export()))


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Where there is one, no process beside is started."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_of_them)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


def reading_processes(parent: int) -> list[int]:
    """The living reading processes that `parent` has started."""
    found = []
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in children.read_text().split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if b"reading_process" in words:
                found.append(int(pid))
    return found


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


@contextmanager
def begun(desk: Desk) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An import in a process of its own, and its reading process."""
    with desk.start("run", "--json") as process:
        try:
            until(lambda: bool(reading_processes(process.pid)) or process.poll() is not None)
            yield process, reading_processes(process.pid)[0]
        finally:
            process.kill()


def test_an_import_gives_the_same_with_a_reading_process(imported: Imported, tmp_path: Path) -> None:
    desk = imported.ready.copied(tmp_path / "home")
    with begun(desk) as (process, _):
        process.communicate(timeout=WAIT_S)
    assert contents(desk.export()) == imported.exported
    assert desk.differences(imported.sandbox) == []


def test_an_import_whose_reading_processes_are_killed_loses_nothing(imported: Imported, tmp_path: Path) -> None:
    desk = imported.ready.copied(tmp_path / "home")
    killed = set()

    def kill_them_all(parent: subprocess.Popen[str]) -> None:
        while parent.poll() is None:
            for pid in reading_processes(parent.pid):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.4)

    with begun(desk) as (process, _):
        killer = threading.Thread(target=kill_them_all, args=[process])
        killer.start()
        process.communicate(timeout=WAIT_S)
        killer.join()
    assert killed
    assert process.returncode in {0, 3}
    assert contents(desk.export()) == imported.exported


def test_the_reading_process_has_no_token_and_comes_last(imported: Imported, tmp_path: Path) -> None:
    with begun(imported.ready.copied(tmp_path / "home")) as (_, pid):
        assert imported.sandbox.token.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        until(lambda: gone(pid) or os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_reading_process_outlives_its_importer(number: signal.Signals, imported: Imported, tmp_path: Path) -> None:
    with begun(imported.ready.copied(tmp_path / "home")) as (process, pid):
        process.send_signal(number)
        process.communicate(timeout=WAIT_S)
        until(lambda: gone(pid))
        assert gone(pid)


def test_a_few_records_are_read_without_a_process(imported: Imported, tmp_path: Path) -> None:
    desk = imported.ready.copied(tmp_path / "home")
    with desk.start("run", "--limit", "20") as process:
        seen = []
        while process.poll() is None:
            seen += reading_processes(process.pid)
            time.sleep(0.01)
        process.communicate()
    assert seen == []


def test_a_process_that_hangs_is_replaced(imported: Imported) -> None:
    answered = in_loop(answers(imported.done, signal.SIGSTOP, 1))
    assert answered["beside"] == answered["here"]


def test_where_processes_die_again_and_again_all_is_read(imported: Imported) -> None:
    answered = in_loop(answers(imported.done, signal.SIGKILL, 3))
    assert answered["beside"] == answered["here"]


async def answers(desk: Desk, number: signal.Signals, times: int) -> dict[str, list[Answer]]:
    """What is read here and beside of every archived conversation, while so many processes get this signal."""
    with _surroundings(desk.environment, ""), Store(existing(desk.home, "default").state_db) as store:
        workspace, hosts = connection.pinned(store).id_code, connection.attachment_hosts()
        target = connection.open_target(existing(desk.home, "default"))
        reference = archived_reference(store, target, read_plan(desk.plan), workspace, hosts)
        target.close()
        here = Reader(reference.lookups, reference.listed_admins, People(store.conn, workspace))
        setup = Setup(reference.lookups, reference.listed_admins, store.path)
        given = [
            Given(Pending(id_, 0, None, Need.FETCH), Archive().unpack(body), fresh=True)
            for id_, body in store.conn.execute("SELECT id, body FROM archive WHERE kind = 'conversation'")
        ]

        async with reading(here, setup, len(given), patience_s=2.0) as readers:
            beside: list[Answer] = []
            for _ in range(times):
                while not readers.beside:  # noqa: ASYNC110 - it has no event that tells
                    await asyncio.sleep(0.01)
                asked = [asyncio.create_task(readers.read(one)) for one in given]
                await asyncio.sleep(0)
                for pid in reading_processes(os.getpid()):
                    os.kill(pid, number)
                beside = await asyncio.wait_for(asyncio.gather(*asked), WAIT_S)
        assert reading_processes(os.getpid()) == []
        return {"beside": beside, "here": [here.read(one) for one in given]}
