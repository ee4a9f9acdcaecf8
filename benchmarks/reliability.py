"""What imports have survived: runs every fault test, the long ones too, and writes the table of docs/reliability.md.

    python benchmarks/reliability.py [--quick] [--from REPORT.xml …]

A test notes each disturbance that an import came through with the common ending; one that fails ends this with 1, and
the table stays as it was. `--quick` leaves the long tests out, `--from` reads reports that pytest has written already;
of a test that is in several the last counts.
"""

from __future__ import annotations

import argparse
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
TESTS = ("tests/faults", "tests/journey/test_journey_kill.py")
BEGIN, END = "<!-- survived: begin -->\n", "<!-- survived: end -->\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--from", dest="reports", type=Path, nargs="+", default=[])
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports = given.reports or [Path(folder) / "report.xml"]
        if not given.reports and (code := tested(reports[0], quick=given.quick)):
            return code
        cases = {
            (case.get("classname"), case.get("name")): case
            for report in reports
            for case in ElementTree.parse(report).getroot().iter("testcase")
        }
        survived = Counter(
            str(found.get("value"))
            for case in cases.values()
            if case.find("failure") is None and case.find("error") is None
            for found in case.iter("property")
            if found.get("name") == "survived"
        )
    PAGE.write_text(replaced(PAGE.read_text("utf-8"), table(survived)), "utf-8")
    print(f"{sum(survived.values()):,} disturbances, {len(survived)} kinds: {PAGE.relative_to(ROOT)}")
    return 0


def tested(report: Path, *, quick: bool) -> int:
    """Run the tests; pytest's exit code."""
    which = ["-m", "not long"] if quick else []
    report_to = ["-o", "junit_family=xunit1", f"--junitxml={report}"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "worksteal",
        "--timeout",
        "3600",
        *which,
        *report_to,
        *TESTS,
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def table(survived: Counter[str]) -> str:
    """The table, by the number of the promise."""
    rows = sorted(survived.items(), key=lambda row: (int(re.findall(r"\d+", row[0])[0]), row[0]))
    lines = [
        f"{sum(survived.values()):,} disturbances of {len(survived)} kinds survived. {datetime.now(UTC):%Y-%m-%d}, "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}.",
        "",
        "| | disturbed by | times |",
        "|---|---|---:|",
    ]
    for what, count in rows:
        promise, _, words = what.partition(" ")
        lines.append(f"| {promise} | {words} | {count:,} |")
    return "\n".join(lines) + "\n"


def replaced(page: str, lines: str) -> str:
    """`page` with `lines` between the two marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} lacks the marks that the table stands between.")
    return before + begin + lines + end + after


if __name__ == "__main__":
    sys.exit(main())
