"""How long `status` takes over a million records: the read by itself, and the whole command.

Run it with `python -m benchmarks.status_at_a_million [RECORDS]`; it fails where the read takes longer than 200 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.status import read
from ochre_tui.store import runs
from ochre_tui.store.store import Store

GOAL_MS = 200
RECORDS = 1_000_000
_REPEATS = 7

_OUTCOMES = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO outcome (kind, id, run, outcome)
SELECT CASE WHEN i % 10 < 6 THEN 'conversations' WHEN i % 10 < 9 THEN 'customers' ELSE 'companies' END,
    printf('%012d', i), ?, CASE WHEN i % 100 = 0 THEN 'quarantined' WHEN i % 7 = 0 THEN 'changed' ELSE 'created' END
FROM n
"""
_ATTACHMENTS = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO attachment SELECT printf('att_%012d', i), printf('%012d', i), 'stored', i FROM n
"""


def fill(paths: MigrationPaths, records: int) -> None:
    """A store as an import of so many records leaves it, with half as many attachments."""
    paths.create()
    with Store(paths.state_db) as store, store.transaction() as conn:
        run = runs.begin(conn, 1_700_000_000)
        conn.execute(_OUTCOMES, (records, run.id))
        conn.execute(_ATTACHMENTS, (records // 2,))
        runs.end(conn, run.id, "completed", None, 1_700_003_600)


def read_once(paths: MigrationPaths, records: int) -> None:
    with Store(paths.state_db) as store:
        status = read(store, paths)
    assert sum(kind["found"] for kind in status.counts.values()) == records
    assert status.attachments.found == records // 2


def run_command(home: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "ochre_tui", "status", "--json"],
        env={**os.environ, "OCHRE_TUI_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """The median and the longest of several times, in milliseconds."""
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), max(times)


def main() -> int:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    with tempfile.TemporaryDirectory(prefix="ochre-tui-status-") as folder:
        paths = MigrationPaths("default", Path(folder) / "default")
        fill(paths, records)
        print(f"{records:,} records, state.db of {paths.state_db.stat().st_size / 1e6:.0f} MB")
        median, longest = timed(lambda: read_once(paths, records))
        print(f"opening and reading the status   {median:7.1f} ms (longest {longest:.1f} ms), goal {GOAL_MS} ms")
        whole, slowest = timed(lambda: run_command(Path(folder)))
        print(f"the whole command                {whole:7.1f} ms (longest {slowest:.1f} ms)")
    return 0 if median <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
