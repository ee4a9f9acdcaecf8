"""The status: what scripts read of it, and that it tells the truth about runs that ended in any way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.status import Eta, Rate, Status, read
from ochre_tui.store import files, outcomes, runs
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine

KEYS = ["migration", "state", "reason", "phase", "pid", "host", "started_at", "counts", "contacts", "attachments"]
KEYS += ["rate", "eta_s"]
KINDS = ["conversations", "customers", "companies", "tags", "saved_replies", "custom_fields", "users"]
COUNTS = ["found", "created", "changed", "unchanged", "skipped", "quarantined"]
RATE = ["records_per_s", "requests_per_s", "window_limit", "window_s", "window_used", "throttle_percent"]

BEGUN = 1_700_000_000  # when the run that `importing` begins did so, which is its number too

_HOLD = """
import sys, pathlib
from ochre_tui.store import lease, runs
from ochre_tui.store.store import Store
place = pathlib.Path(sys.argv[1])
with lease.held(place / "lock"), Store(place / "state.db") as store:
    with store.transaction() as conn:
        run = runs.begin(conn, 1_700_000_000, number=1_700_000_000)
        runs.enter(conn, run.id, "conversations")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def paths(tmp_path: Path) -> MigrationPaths:
    found = MigrationPaths("default", tmp_path / "default")
    found.create()
    return found


@contextmanager
def importing(paths: MigrationPaths) -> Iterator[subprocess.Popen[str]]:
    """Another process that has begun a run and holds the lease."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(paths.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_keys_are_those_that_scripts_know(imported: CommandLine) -> None:
    found = imported.do("status", "--json").json
    assert list(found) == KEYS
    assert list(found["counts"]) == KINDS
    assert all(list(row) == COUNTS for row in found["counts"].values())
    assert list(found["contacts"]) == ["read", "merged", "placeholders"]
    assert list(found["attachments"]) == ["found", "stored", "missing", "skipped", "bytes"]
    assert list(found["rate"]) == RATE
    assert list(found["eta_s"]) == ["low", "likely", "high"]
    assert (found["state"], found["reason"], found["pid"], found["host"]) == ("completed", None, None, None)


def test_a_new_migration_has_the_same_keys(paths: MigrationPaths) -> None:
    with Store(paths.state_db) as store:
        found = read(store, paths).as_json()
    assert list(found) == KEYS
    assert (found["state"], found["started_at"], found["counts"]["users"]["found"]) == ("new", None, 0)
    assert set(found["eta_s"].values()) == {None}


def test_a_run_under_way_names_its_process(paths: MigrationPaths) -> None:
    with importing(paths) as process, Store(paths.state_db) as store:
        found = read(store, paths)
        assert (found.state, found.phase) == ("importing", "conversations")
        assert (found.pid, found.host) == (process.pid, socket.gethostname())
        assert found.started_at == 1_700_000_000


def test_a_killed_run_is_paused_with_a_reason(paths: MigrationPaths) -> None:
    with importing(paths) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with Store(paths.state_db) as store:
            found = read(store, paths)
    assert found.state == "paused"
    assert found.reason is not None
    assert str(process.pid) in found.reason
    assert "run again" in found.reason
    assert (found.pid, found.host, found.eta_s, found.phase) == (None, None, Eta(), "conversations")


@pytest.mark.parametrize("state", ["paused", "failed", "completed"])
def test_a_run_that_ended_tells_its_reason(paths: MigrationPaths, state: runs.RunState) -> None:
    with Store(paths.state_db) as store:
        with store.transaction() as conn:
            run = runs.begin(conn, 1)
            runs.beat(conn, 2, pulse(run.id, [(0, 0, 0), (10, 100, 200)]))
            runs.end(conn, run.id, state, "because", 3)
        found = read(store, paths)
    assert (found.state, found.reason, found.pid) == (state, "because", None)
    assert found.rate == Rate()
    assert found.eta_s == Eta()


def test_an_old_pulse_says_nothing_about_a_new_run(paths: MigrationPaths) -> None:
    with importing(paths), Store(paths.state_db) as store:
        with store.transaction() as conn:
            runs.beat(conn, 2, pulse(99, [(0, 0, 0), (10, 100, 200)]))
        found = read(store, paths)
    assert (found.rate, found.eta_s, found.listed) == (Rate(), Eta(), {})


def test_speed_and_time_left(paths: MigrationPaths) -> None:
    samples = [(float(second), second * 10, second * 12) for second in range(0, 61, 5)]
    found = with_pulse(paths, pulse(BEGUN, samples))
    assert (found.rate.records_per_s, found.rate.requests_per_s) == (10.0, 12.0)
    assert (found.rate.window_limit, found.rate.window_used, found.rate.window_s) == (1666, 120, 10)
    assert found.eta_s == Eta(100, 100, 100)
    assert found.listed == {"conversations": 3000}


def test_no_time_left_before_counting_is_done(paths: MigrationPaths) -> None:
    samples = [(0.0, 0, 0), (10.0, 100, 100)]
    assert with_pulse(paths, pulse(BEGUN, samples, to_do=None)).eta_s == Eta()
    assert with_pulse(paths, pulse(BEGUN, samples), phase="listing").eta_s == Eta()
    assert with_pulse(paths, pulse(BEGUN, [(0.0, 0, 0)])).eta_s == Eta()
    assert with_pulse(paths, pulse(BEGUN, [])).eta_s == Eta()


steps = st.tuples(st.floats(0.5, 10), st.integers(0, 10_000), st.integers(0, 10_000))


def test_time_left_is_a_range_around_what_is_likely(paths: MigrationPaths) -> None:
    with importing(paths), Store(paths.state_db) as store:

        @settings(max_examples=60, deadline=None)
        @given(st.lists(steps, min_size=1, max_size=30), st.integers(0, 10_000_000))
        def holds(increments: list[tuple[float, int, int]], to_do: int) -> None:
            samples = [(0.0, 0, 0)]
            for seconds, records, asked in increments:
                at, done, requests = samples[-1]
                samples.append((at + seconds, done + records, requests + asked))
            with store.transaction() as conn:
                runs.beat(conn, 2, pulse(BEGUN, samples, to_do=to_do))
            found = read(store, paths).eta_s
            recent = [sample for sample in samples if sample[0] >= samples[-1][0] - 60]
            done = recent[-1][1] - recent[0][1]
            if done == 0:
                assert found == Eta()
            else:
                assert found.low is not None
                assert found.likely is not None
                assert found.high is not None
                assert 0 <= found.low <= found.likely <= found.high
                as_before = to_do * (recent[-1][0] - recent[0][0]) / done
                as_intercom_allows = to_do * 10 / 1666
                assert found.likely == pytest.approx(max(as_before, as_intercom_allows), abs=1)

        holds()


def test_outstanding_is_quarantine_or_a_missing_attachment(paths: MigrationPaths) -> None:
    with Store(paths.state_db) as store:
        with store.transaction() as conn:
            run = runs.begin(conn, 1)
            outcomes.record(conn, run.id, "tags", [("a", "created", None), ("b", "skipped", "no")])
            files.attach(conn, ["1"], [files.AttachmentRow("att_1", "1", "stored", 5)])
        assert not read(store, paths).outstanding
        with store.transaction() as conn:
            outcomes.record(conn, run.id, "tags", [("a", "quarantined", "odd")])
        assert read(store, paths).outstanding
        with store.transaction() as conn:
            outcomes.record(conn, run.id, "tags", [("a", "changed", None)])
            files.attach(conn, ["1"], [files.AttachmentRow("att_1", "1", "missing", 0)])
        assert read(store, paths).outstanding


def pulse(run: int, samples: list[tuple[float, int, int]], *, to_do: int | None = 1000) -> dict[str, Any]:
    return {
        "run": run,
        "samples": samples,
        "to_do": to_do,
        "listed": {"conversations": 3000},
        "window_limit": 1666,
        "window_used": 120,
        "throttle_percent": 100,
    }


def with_pulse(paths: MigrationPaths, value: dict[str, Any], phase: str = "conversations") -> Status:
    with importing(paths), Store(paths.state_db) as store:
        with store.transaction() as conn:
            runs.beat(conn, 2, value)
            runs.enter(conn, BEGUN, phase)
        return read(store, paths)
