"""Steering an import under way: pause, go on, slow down, stop, end at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ochre_tui.home import Place, existing
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.migration import connection
from ochre_tui.migration.importer.job import StoppedError
from ochre_tui.migration.importer.run import Importer
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.plan_file import read_plan
from ochre_tui.migration.status import Status, read
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.secret import Secret
from ochre_tui.state import events
from ochre_tui.state.store import Store
from tests.journey.desk import Desk, desk_at

WAIT_S = 30


@pytest.fixture(scope="module")
def source() -> Iterator[Running]:
    with running(Sandbox(conversations=200, seed=4, rate_limit=0, latency_s=0.1)) as sandbox:
        yield sandbox


@pytest.fixture
def desk(source: Running, tmp_path: Path) -> Desk:
    found = desk_at(tmp_path / "home", source)
    found.ready()
    return found


def test_a_paused_import_begins_nothing_until_it_goes_on(desk: Desk, source: Running) -> None:
    with _importing(desk, source) as (importer, place, ended):
        _until(place, lambda status: status.counts["conversations"]["found"] >= 5)
        importer.pause()
        _until(place, lambda status: status.state == "paused")
        before = _settled(source)
        time.sleep(1.5)
        status = _status(place)
        assert (status.state, status.reason) == ("paused", "Paused on request.")
        assert status.pid is not None, "it still holds the migration"
        assert source.control("state")["requests"]["total"] == before
        importer.resume()
        _until(place, lambda status: status.state == "completed")
    assert ended == [None]
    assert desk.status()["counts"]["conversations"]["found"] == 200
    assert [event.text for event in _events(place) if event.topic == "state"] == [
        "The import began.",
        "Paused on request.",
        "Going on.",
        "The import is complete.",
    ]


def test_a_paused_import_can_be_stopped(desk: Desk, source: Running) -> None:
    with _importing(desk, source) as (importer, place, ended):
        _until(place, lambda status: status.counts["conversations"]["found"] >= 5)
        importer.pause()
        _until(place, lambda status: status.state == "paused")
        importer.stop()
    assert isinstance(ended[0], StoppedError)
    assert _status(place).reason == "Stopped on request."


def test_an_import_that_is_ended_at_once_can_be_taken_up_again(desk: Desk, source: Running) -> None:
    with _importing(desk, source) as (importer, place, ended):
        _until(place, lambda status: status.counts["conversations"]["found"] >= 5)
        importer.abort()
    assert isinstance(ended[0], asyncio.CancelledError)
    assert (_status(place).state, _status(place).reason) == ("paused", "Interrupted.")
    assert desk.run()["counts"]["conversations"]["found"] == 200


def test_the_share_of_the_limit_is_told_and_noted(desk: Desk, source: Running) -> None:
    with _importing(desk, source) as (importer, place, _):
        importer.throttle(40)
        _until(place, lambda status: status.rate.throttle_percent == 40)
        importer.stop()
    assert "At most 40 % of Intercom's limit is used." in [event.text for event in _events(place)]


@contextmanager
def _importing(desk: Desk, source: Running) -> Iterator[tuple[Importer, Place, list[BaseException | None]]]:
    """An import in a thread; the list tells how it ended once the block is left."""
    place = existing(desk.home, "default")
    with Store(place.state_db) as store:
        workspace = connection.pinned(store)
    importer = Importer(
        place=place,
        plan=read_plan(place.plan),
        workspace=workspace,
        token=Secret(source.token),
        hosts=FileHosts.parse(source.attachment_host),
        open_target=lambda: connection.open_target(place),
    )
    thread = ImportThread(importer)
    ended: list[BaseException | None] = []
    thread.start()
    try:
        yield importer, place, ended
    finally:
        thread.join(WAIT_S)
        assert not thread.alive
        ended.append(thread.failure)


def _until(place: Place, reached: Callable[[Status], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not reached(status := _status(place)):
        assert time.monotonic() < end, f"it never came to that: {status}"
        time.sleep(0.02)


def _status(place: Place) -> Status:
    with Store(place.state_db) as store:
        return read(store, place)


def _events(place: Place) -> list[events.Event]:
    with Store(place.state_db) as store:
        return events.after(store.conn, 0, 1000)


def _settled(source: Running) -> int:
    """The number of requests once those in hand are answered."""
    last = -1
    while (now := int(source.control("state")["requests"]["total"])) != last:
        last = now
        time.sleep(0.3)
    return last
