"""Reading records in a process beside this one, so that requests, writes and the screen have this one's time."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ochre_tui.core.tasks import together
from ochre_tui.migration.importer.convert_record import Answer, Given, Reader
from ochre_tui.migration.importer.convert_worker import LENGTH, Setup, message

_WORTH_A_PROCESS: Final = 300
_AT_ONCE: Final = 12
_UNDER_WAY: Final = 2
_PATIENCE_S: Final = 120.0
_STARTS: Final = 5
_TRIES: Final = 2
_PROGRAM: Final = "import sys; from ochre_tui.migration.importer.convert_worker import serve; serve(int(sys.argv[1]))"


@dataclass(slots=True)
class _Question:
    given: Given
    answer: asyncio.Future[Answer]
    tries: int = 0


_Batch: TypeAlias = Sequence[_Question]


@asynccontextmanager
async def reading(here: Reader, setup: Setup, records: int, patience_s: float = _PATIENCE_S) -> AsyncIterator[Readers]:
    """Readers for about so many records; few are read `here`. A process that is silent for `patience_s` is replaced."""
    readers = Readers(here, patience_s)
    if records < _WORTH_A_PROCESS or len(os.sched_getaffinity(0)) == 1:
        yield readers
        return
    serving = asyncio.create_task(readers.use_processes(setup))
    try:
        yield readers
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@dataclass(slots=True)
class Readers:
    """Reads in another process while there is one (`beside`), else here; what one leaves undone the other does."""

    here: Reader
    patience_s: float
    beside: bool = False
    _questions: deque[_Question] = field(default_factory=deque)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, given: Given) -> Answer:
        if not self.beside:
            await asyncio.sleep(0)  # nothing else may let the other tasks in
            return self.here.read(given)
        question = _Question(given, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        self._asked.set()
        return await question.answer

    async def use_processes(self, setup: Setup) -> None:
        """Keep a process at work until cancelled; one that dies or says nothing is replaced, but not for ever."""
        first = message(setup)
        try:
            for _ in range(_STARTS):
                try:
                    await self._use_one(first)
                except (OSError, EOFError, TimeoutError):
                    self._read_what_fails()
        finally:
            self.beside = False
            self._read_here(self._questions)

    async def _use_one(self, setup: bytes) -> None:
        under_way: deque[_Batch] = deque()
        async with _process() as (reading, writing):
            try:
                writing.write(setup)
                writing.write(message([]))
                await self._received(reading)  # it has started
                self.beside = True
                await self._exchange(reading, writing, under_way)
            finally:
                left = [question for batch in under_way for question in batch]
                for question in left:
                    question.tries += 1
                self._questions.extendleft(reversed(left))

    async def _exchange(
        self, reading: asyncio.StreamReader, writing: asyncio.StreamWriter, under_way: deque[_Batch]
    ) -> None:
        """Send what is asked and take the answers, one batch ahead of the other, until the process ends."""
        free = asyncio.Semaphore(_UNDER_WAY)
        sent = asyncio.Semaphore(0)

        async def send() -> None:
            while True:
                await free.acquire()
                while not self._questions:
                    self._asked.clear()
                    await self._asked.wait()
                batch = [self._questions.popleft() for _ in range(min(_AT_ONCE, len(self._questions)))]
                under_way.append(batch)
                writing.write(message([question.given for question in batch]))
                sent.release()
                await writing.drain()

        async def receive() -> None:
            while True:
                await sent.acquire()
                answers = await self._received(reading)
                for question, answer in zip(under_way.popleft(), answers, strict=True):
                    if not question.answer.done():
                        question.answer.set_result(answer)
                free.release()

        await together(send(), receive())

    async def _received(self, reading: asyncio.StreamReader) -> Any:
        async with asyncio.timeout(self.patience_s):
            (length,) = LENGTH.unpack(await reading.readexactly(LENGTH.size))
            return pickle.loads(await reading.readexactly(length))  # noqa: S301 - our own process is at the other end

    def _read_what_fails(self) -> None:
        """Read here what processes have died over again and again."""
        self._read_here([question for question in self._questions if question.tries >= _TRIES])
        self._questions = deque(question for question in self._questions if question.tries < _TRIES)

    def _read_here(self, questions: Iterable[_Question]) -> None:
        for question in questions:
            if question.answer.done():
                continue
            try:
                question.answer.set_result(self.here.read(question.given))
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked
                question.answer.set_exception(error)


@asynccontextmanager
async def _process() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A reading process, without the token and deaf to this terminal's signals, which ends when this is left."""
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
            reading, writing = await asyncio.open_unix_connection(sock=ours)
            try:
                yield reading, writing
            finally:
                writing.close()
        finally:
            process.kill()
            process.wait()
