"""Converting records in a process beside this one, so that requests, writes and the screen have this one's time."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from ochre_tui.core.tasks import gather_or_raise
from ochre_tui.migration.convert.context import StoredFile
from ochre_tui.migration.importer.convert_record import (
    Answer,
    ConvertedRecord,
    FailedRecord,
    FetchedFiles,
    RecordConverter,
    Request,
    SourceRecord,
    WantedFiles,
    WantedRecord,
)
from ochre_tui.migration.importer.convert_worker import LENGTH, WorkerSetup, message

_WORTH_A_PROCESS: Final = 300
_BATCH: Final = 12
_BATCHES_UNDER_WAY: Final = 2
_TIMEOUT_S: Final = 120.0
_STARTS: Final = 5
_TRIES: Final = 2
_PROGRAM: Final = "import sys; from ochre_tui.migration.importer.convert_worker import serve; serve(int(sys.argv[1]))"

FetchFiles: TypeAlias = Callable[[WantedFiles], Awaitable[Mapping[str, StoredFile]]]


@dataclass(slots=True)
class _Job:
    """A request and its answer to be; `tries` counts the workers that died or fell silent over it."""

    request: Request
    answer: asyncio.Future[Answer]
    tries: int = 0


_Batch: TypeAlias = Sequence[_Job]


@asynccontextmanager
async def convert_pool(
    local: RecordConverter, setup: WorkerSetup, records: int, timeout_s: float = _TIMEOUT_S
) -> AsyncIterator[ConvertPool]:
    """A pool for about so many records; few are converted by `local`. A worker that is silent for `timeout_s` is
    replaced."""
    pool = ConvertPool(local, timeout_s)
    if records < _WORTH_A_PROCESS or len(os.sched_getaffinity(0)) == 1:
        yield pool
        return
    working = asyncio.create_task(pool.use_workers(setup))
    try:
        yield pool
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


@dataclass(slots=True)
class ConvertPool:
    """Converts in a worker while there is one, else by `local`; what one leaves undone the other does."""

    local: RecordConverter
    timeout_s: float
    has_worker: bool = False
    _jobs: deque[_Job] = field(default_factory=deque)
    _added: asyncio.Event = field(default_factory=asyncio.Event)

    async def convert(self, record: SourceRecord, fetch: FetchFiles) -> ConvertedRecord | FailedRecord:
        """Convert a record, whose files `fetch` gets where it has some; raises what `fetch` raises."""
        answer = await self._ask(record)
        if isinstance(answer, WantedFiles):
            files = await fetch(answer)
            answer = await self._ask(FetchedFiles(record.pending, files))
            if isinstance(answer, WantedRecord):
                answer = await self._ask(replace(record, files=files))
        assert isinstance(answer, ConvertedRecord | FailedRecord)
        return answer

    async def _ask(self, request: Request) -> Answer:
        if not self.has_worker:
            await asyncio.sleep(0)  # nothing else may let the other tasks in
            return self.local.convert(request)
        job = _Job(request, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._added.set()
        return await job.answer

    async def use_workers(self, setup: WorkerSetup) -> None:
        """Keep a worker going until cancelled; one that dies or says nothing is replaced, but not for ever."""
        first = message(setup)
        try:
            for _ in range(_STARTS):
                try:
                    await self._use_worker(first)
                except (OSError, EOFError, TimeoutError):
                    self._give_up_on_workers()
        finally:
            self.has_worker = False
            self._convert_here(self._jobs)

    async def _use_worker(self, setup: bytes) -> None:
        under_way: deque[_Batch] = deque()
        async with _worker() as (incoming, outgoing):
            try:
                outgoing.write(setup)
                outgoing.write(message([]))
                await self._receive(incoming)  # it has started
                self.has_worker = True
                await self._exchange(incoming, outgoing, under_way)
            finally:
                left = [job for batch in under_way for job in batch]
                for job in left:
                    job.tries += 1
                self._jobs.extendleft(reversed(left))

    async def _exchange(
        self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter, under_way: deque[_Batch]
    ) -> None:
        """Send requests and take the answers, one batch ahead of the other, until the worker ends."""
        free = asyncio.Semaphore(_BATCHES_UNDER_WAY)
        sent = asyncio.Semaphore(0)

        async def send() -> None:
            while True:
                await free.acquire()
                while not self._jobs:
                    self._added.clear()
                    await self._added.wait()
                batch = [self._jobs.popleft() for _ in range(min(_BATCH, len(self._jobs)))]
                under_way.append(batch)
                outgoing.write(message([job.request for job in batch]))
                sent.release()
                await outgoing.drain()

        async def receive() -> None:
            while True:
                await sent.acquire()
                answers = await self._receive(incoming)
                for job, answer in zip(under_way.popleft(), answers, strict=True):
                    if not job.answer.done():
                        job.answer.set_result(answer)
                free.release()

        await gather_or_raise(send(), receive())

    async def _receive(self, incoming: asyncio.StreamReader) -> Any:
        async with asyncio.timeout(self.timeout_s):
            (length,) = LENGTH.unpack(await incoming.readexactly(LENGTH.size))
            return pickle.loads(await incoming.readexactly(length))  # noqa: S301 - our own process is at the other end

    def _give_up_on_workers(self) -> None:
        """Convert here what workers have failed over again and again."""
        self._convert_here([job for job in self._jobs if job.tries >= _TRIES])
        self._jobs = deque(job for job in self._jobs if job.tries < _TRIES)

    def _convert_here(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            if job.answer.done():
                continue
            try:
                job.answer.set_result(self.local.convert(job.request))
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
                job.answer.set_exception(error)


@asynccontextmanager
async def _worker() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A worker, without the token and deaf to this terminal's signals, which ends when this is left."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - a few milliseconds; this interpreter, our own program
            [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno())],
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        try:
            incoming, outgoing = await asyncio.open_unix_connection(sock=ours)
            try:
                yield incoming, outgoing
            finally:
                outgoing.close()
        finally:
            process.kill()
            process.wait()
