"""What the dashboard reads: one moment of a run, and the speed of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration import status
from ochre_tui.migration.status import Board, KindRates, Watch
from ochre_tui.store import events, lease, outcomes, runs
from ochre_tui.store.store import Store

RUN = 1_700_000_000


@pytest.fixture
def paths(tmp_path: Path) -> MigrationPaths:
    found = MigrationPaths("default", tmp_path / "default")
    found.create()
    return found


@pytest.fixture
def store(paths: MigrationPaths) -> Iterator[Store]:
    with Store(paths.state_db) as opened:
        yield opened


def begin(store: Store, **pulse: object) -> int:
    with store.transaction() as conn:
        run = runs.begin(conn, RUN).id
        events.note(conn, RUN, "info", "state", "The import began.")
        runs.enter(conn, run, "conversations")
        runs.beat(conn, RUN + 100, {"run": run, "listed": {"conversations": 200}, **pulse})
        outcomes.record(conn, run, "conversations", [(f"{n}", "created", None) for n in range(50)])
    return run


def test_a_store_without_a_run(store: Store, paths: MigrationPaths) -> None:
    board = Watch(store, paths).read()
    assert (board.status.state, board.fraction, board.events, board.held) == ("new", None, (), False)


def test_a_run_under_way(store: Store, paths: MigrationPaths) -> None:
    samples = [[0, 0, 0], [5, 50, 10], [10, 50, 30]]
    begin(store, samples=samples, window_resets_in=3.5, waiting=4)
    with lease.held(paths.lock):
        board = Watch(store, paths).read()
    assert board.held
    assert (board.since, board.heard_at, board.resets_in, board.waiting) == (RUN, RUN + 100, 3.5, 4)
    assert board.fraction == 0.25
    assert [(one.at, one.records_per_s, one.requests_per_s) for one in board.samples] == [
        (5, 10.0, 2.0),
        (10, 0.0, 4.0),
    ]


def test_a_process_that_died_stopped_when_it_was_last_heard(store: Store, paths: MigrationPaths) -> None:
    begin(store)
    board = Watch(store, paths).read()
    assert (board.status.state, board.since, board.held) == ("paused", RUN + 100, False)


def test_new_events_and_records_in_quarantine_come_with_the_next_board(store: Store, paths: MigrationPaths) -> None:
    run = begin(store)
    watch = Watch(store, paths)
    before = watch.read()
    assert watch.read().events is before.events
    with store.transaction() as conn:
        outcomes.record(conn, run, "conversations", [("9", "quarantined", "broken")])
    after = watch.read()
    assert [event.text for event in after.events] == ["The import began.", "broken"]
    assert [(one.id, one.attempts) for one in after.quarantined] == [("9", 1)]
    with store.transaction() as conn:
        outcomes.record(conn, run, "conversations", [("9", "created", None)])
    assert watch.read().quarantined == ()


def test_nothing_is_counted_while_listing(store: Store, paths: MigrationPaths) -> None:
    run = begin(store)
    with store.transaction() as conn:
        runs.enter(conn, run, "listing")
    with lease.held(paths.lock):
        assert Watch(store, paths).read().fraction is None


def test_a_completed_run_is_whole(store: Store, paths: MigrationPaths) -> None:
    run = begin(store)
    with store.transaction() as conn:
        runs.end(conn, run, "completed", None, RUN + 200)
        events.note(conn, RUN + 200, "info", "state", "The import is complete.")
    board = Watch(store, paths).read()
    assert (board.fraction, board.since) == (1.0, RUN + 200)


def test_rates_are_of_the_last_half_minute(store: Store, paths: MigrationPaths) -> None:
    begin(store)
    with lease.held(paths.lock):
        now = Watch(store, paths).read().status
    rates = KindRates()

    def at(seconds: float, done: int) -> dict[str, float]:
        counts = {kind: dict(row) for kind, row in now.counts.items()}
        counts["conversations"]["found"] = done
        return rates.see(seconds, replace(now, counts=counts))

    assert at(0, 50) == {}
    assert at(0.5, 60) == {}
    assert at(10, 250)["conversations"] == pytest.approx(20)
    assert at(100, 250)["conversations"] == pytest.approx(0)
    assert rates.see(101, replace(now, state="paused")) == {}
    assert at(102, 250) == {}


def test_a_board_of_nothing(paths: MigrationPaths, store: Store) -> None:
    assert Board(status.read(store, paths)).quarantine_size == 0
