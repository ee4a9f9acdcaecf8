"""The worker that converts records beside the importer: the same answers, whatever becomes of it, and none is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ochre_tui.core.paths import existing
from ochre_tui.core.tasks import in_loop
from ochre_tui.migration import connection
from ochre_tui.migration.convert.context import StoredFile
from ochre_tui.migration.importer.convert_pool import ConvertPool, convert_pool
from ochre_tui.migration.importer.convert_record import (
    Answer,
    FetchedFiles,
    RecordConverter,
    SourceRecord,
    WantedFiles,
)
from ochre_tui.migration.importer.convert_worker import WorkerSetup
from ochre_tui.migration.importer.customers import CustomerLookup
from ochre_tui.migration.importer.reference import archived_reference
from ochre_tui.migration.plan.file import read_plan
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Need, Pending
from tests.support.command_line import CommandLine, cli_at, contents, surroundings

WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """A migration ready to import, and what an import by one process alone exports."""

    sandbox: Running
    ready: CommandLine
    done: CommandLine
    exported: dict[str, bytes]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    folder = tmp_path_factory.mktemp("imported")
    with running(Sandbox(conversations=330, seed=10, nasty=True, rate_limit=0, latency_s=0.15)) as sandbox:
        ready = cli_at(folder / "ready", sandbox)
        ready.ready()
        done = ready.copied(folder / "done")
        with on_one_processor():
            done.run()
        yield Imported(sandbox, ready, done, contents(done.export()))


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Where there is one, no worker is started."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_of_them)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


def workers_of(parent: int) -> list[int]:
    """The living workers that `parent` has started."""
    found = []
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in children.read_text().split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if b"convert_worker" in words:
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
def begun(cli: CommandLine) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An import in a process of its own, and its worker."""
    with cli.start("run", "--json") as process:
        try:
            until(lambda: bool(workers_of(process.pid)) or process.poll() is not None)
            yield process, workers_of(process.pid)[0]
        finally:
            process.kill()


def test_an_import_gives_the_same_with_a_worker(imported: Imported, tmp_path: Path) -> None:
    cli = imported.ready.copied(tmp_path / "home")
    with begun(cli) as (process, _):
        process.communicate(timeout=WAIT_S)
    assert contents(cli.export()) == imported.exported
    assert cli.differences(imported.sandbox) == []


def test_an_import_whose_workers_are_killed_loses_nothing(imported: Imported, tmp_path: Path) -> None:
    cli = imported.ready.copied(tmp_path / "home")
    killed = set()

    def kill_them_all(parent: subprocess.Popen[str]) -> None:
        while parent.poll() is None:
            for pid in workers_of(parent.pid):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.4)

    with begun(cli) as (process, _):
        killer = threading.Thread(target=kill_them_all, args=[process])
        killer.start()
        process.communicate(timeout=WAIT_S)
        killer.join()
    assert killed
    assert process.returncode in {0, 3}
    assert contents(cli.export()) == imported.exported


def test_the_worker_has_no_token_and_comes_last(imported: Imported, tmp_path: Path) -> None:
    with begun(imported.ready.copied(tmp_path / "home")) as (_, pid):
        assert imported.sandbox.token.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        until(lambda: gone(pid) or os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_importer(number: signal.Signals, imported: Imported, tmp_path: Path) -> None:
    with begun(imported.ready.copied(tmp_path / "home")) as (process, pid):
        process.send_signal(number)
        process.communicate(timeout=WAIT_S)
        until(lambda: gone(pid))
        assert gone(pid)


def test_a_few_records_are_converted_without_a_worker(imported: Imported, tmp_path: Path) -> None:
    cli = imported.ready.copied(tmp_path / "home")
    with cli.start("run", "--limit", "20") as process:
        seen = []
        while process.poll() is None:
            seen += workers_of(process.pid)
            time.sleep(0.01)
        process.communicate()
    assert seen == []


def test_a_worker_that_hangs_is_replaced(imported: Imported) -> None:
    in_loop(converts_the_same(imported.done, signal.SIGSTOP, 1))


def test_where_workers_die_again_and_again_all_is_converted(imported: Imported) -> None:
    in_loop(converts_the_same(imported.done, signal.SIGKILL, 3))


def test_a_worker_that_dies_while_files_are_fetched_loses_no_record(imported: Imported) -> None:
    in_loop(dies_while_files_are_fetched(imported.done))


async def converts_the_same(cli: CommandLine, number: signal.Signals, times: int) -> None:
    """A pool converts every archived conversation as this process does, while so many workers get this signal."""
    async with converting(cli) as (records, local, pool):
        converted: list[Answer] = []
        for _ in range(times):
            await has_worker(pool)
            tasks = [asyncio.create_task(pool.convert(record, without_files)) for record in records]
            await asyncio.sleep(0)
            for pid in workers_of(os.getpid()):
                os.kill(pid, number)
            converted = await asyncio.wait_for(asyncio.gather(*tasks), WAIT_S)
        assert converted == [await converted_by(local, record) for record in records]
    assert workers_of(os.getpid()) == []


async def dies_while_files_are_fetched(cli: CommandLine) -> None:
    async with converting(cli) as (records, local, pool):
        record = next(record for record in records if isinstance(local.convert(record), WantedFiles))
        await has_worker(pool)
        killed: list[int] = []

        async def kill_and_fetch(wanted: WantedFiles) -> dict[str, StoredFile]:
            killed.extend(workers_of(os.getpid()))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            return await without_files(wanted)

        converted = await asyncio.wait_for(pool.convert(record, kill_and_fetch), WAIT_S)
        assert killed
        assert converted == await converted_by(local, record)


@asynccontextmanager
async def converting(cli: CommandLine) -> AsyncIterator[tuple[list[SourceRecord], RecordConverter, ConvertPool]]:
    """Every archived conversation, what converts them in this process, and a pool for them."""
    with surroundings(cli.environment, ""), Store(existing(cli.home, "default").state_db) as store:
        workspace, hosts = connection.pinned(store).id_code, connection.attachment_hosts()
        target = Session(existing(cli.home, "default")).open_target()
        reference = archived_reference(store, target, read_plan(cli.plan), workspace, hosts)
        target.close()
        local = RecordConverter(reference.lookups, reference.listed_admins, CustomerLookup(store.conn, workspace))
        setup = WorkerSetup(reference.lookups, reference.listed_admins, store.path)
        records = [
            SourceRecord(Pending(id_, 0, None, Need.FETCH), Archive().unpack(body), fresh=True)
            for id_, body in store.conn.execute("SELECT id, body FROM archive WHERE kind = 'conversation'")
        ]
        async with convert_pool(local, setup, len(records), timeout_s=2.0) as pool:
            yield records, local, pool


async def has_worker(pool: ConvertPool) -> None:
    while not pool.has_worker:  # noqa: ASYNC110 - it has no event that tells
        await asyncio.sleep(0.01)


async def without_files(wanted: WantedFiles) -> dict[str, StoredFile]:
    return {ref.path: StoredFile("missing", reason="not there") for ref in wanted.files}


async def converted_by(local: RecordConverter, record: SourceRecord) -> Answer:
    answer = local.convert(record)
    if isinstance(answer, WantedFiles):
        answer = local.convert(FetchedFiles(record.pending, await without_files(answer)))
    return answer
