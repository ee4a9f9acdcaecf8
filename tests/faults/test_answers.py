"""Bad answers and bad files on the way: what passes leaves no trace, what stays is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.sandbox.server import Sandbox
from ochre_tui.store import outcomes, runs
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, changes, lines
from tests.support.undisturbed import Undisturbed, ends_alike, ends_alike_once_tried_again, undisturbed_by

Survived = Callable[[str], None]
# Separators, control characters, and marks that turn the direction of text.
UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with undisturbed_by(folder, Sandbox(conversations=40, seed=10, nasty=True, rate_limit=0, scroll_life_s=20)) as made:
        yield made


# What a fault is called in docs/reliability.md, and how it is brought about.
PASSING = {
    "R3 429 with the window's end, Retry-After, nothing, or an end that is past": [
        "429=share=0.1",
        "429-retry-after=1,share=0.1",
        "429-bare=share=0.1",
        "429-past=share=0.1",
    ],
    "R4 408, 500, 502, 503, 504 for every request, twice each": [
        "408=share=1,times=2",
        "500=share=1,times=2",
        "502=share=1,times=2",
        "503=share=1,times=2",
        "504=share=1,times=2",
    ],
    "R4 Connections reset, or cut in the middle of the answer": ["reset=share=1,times=2", "cut=share=1,times=2"],
    "R5 Answers in drops, or that stall in the middle": ["slow=0.3,share=0.2", "stall=0.3,share=0.2"],
    "R6 Empty, truncated, compressed or HTML garbage with status 200": [
        "empty=share=1,times=2",
        "html=share=1,times=2",
        "truncated=share=1,times=2",
        "gzip=share=1,times=2",
    ],
    "R6 Answers of 80 MB, or nested 100,000 levels deep": ["huge=share=0.02", "deep=share=0.1"],
    "R7 Rows that make no sense in every list": ["odd-rows"],
    "R8 The scroll over companies lost, locked, failing or going in circles": [
        "scroll-500",
        "scroll-lost",
        "scroll-stuck",
        "scroll-loop",
    ],
    "R16 Links that are refused with 403 though they have not expired": ["file-403=share=1"],
    "R17 Files cut, reset, stalled, in drops, empty, or refused with 500": [
        "file-500=share=1",
        "file-cut=share=1",
        "file-reset=share=1",
        "file-stall=0.2,share=1",
        "file-slow=0.2,share=1",
        "file-zero=share=1",
    ],
}

PAGES = ("overlap", "repeat-cursor", "cursor-expired")


def first_of_each() -> Iterator[Any]:
    """Every fault; those but the first of their kind take their time in the long run alone."""
    for what, faults in PASSING.items():
        for fault in faults:
            yield pytest.param(what, fault, marks=[] if fault == faults[0] else pytest.mark.long)


@pytest.mark.parametrize(("what", "fault"), first_of_each())
def test_what_passes_leaves_no_trace(
    what: str, fault: str, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    fired = disturbed(undisturbed, cli, fault)
    assert fired > 0
    assert cli.status()["state"] == "completed"
    ends_alike(undisturbed, cli)
    survived(what)


@pytest.mark.long
def test_pages_that_shift_leave_no_trace(tmp_path: Path, survived: Survived) -> None:
    """Several pages, each with a row of the one before, and under a cursor that is refused or leads back."""
    with undisturbed_by(tmp_path, Sandbox(conversations=400, seed=4, rate_limit=0)) as undisturbed:
        cli = undisturbed.cli(tmp_path / "home")
        undisturbed.sandbox.control("faults", faults=[*(f"{name}=share=1" for name in PAGES), "inclusive"])
        cli.run_hurried()
        fired = undisturbed.sandbox.control("state")["faults"]["fired"]
        assert {"overlap", "cursor-expired"} <= fired.keys()
        ends_alike(undisturbed, cli)
        survived("R8 Pages that overlap, cursors that repeat or expire, edges that include")


STAYING = {
    "poison=share=0.1": "HTTP 500",
    "not-object=share=0.1": "no JSON object",
    "malformed=share=0.1": "without an id",
}


@pytest.mark.parametrize(("fault", "why"), STAYING.items())
def test_a_conversation_that_stays_bad_is_quarantined_with_its_reason(
    fault: str, why: str, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    assert disturbed(undisturbed, cli, fault) > 0
    with Store(cli.folder / "state.db") as store:
        run = runs.latest(store.conn)
        assert run is not None
        left = outcomes.quarantined(store.conn, run.id)
    status = cli.status()
    assert status["state"] == "completed"
    assert len(left) == status["counts"]["conversations"]["quarantined"] > 0
    assert all(why in record.reason for record in left), left
    ends_alike_once_tried_again(undisturbed, cli)
    survived("R6 Conversations that are answered with 500, a list or nonsense, always")


MISSING = {
    "file-403=share=0.3,times=0": "its link has expired (HTTP 403)",
    "file-404=share=0.3": "Intercom no longer has it (HTTP 404)",
    "file-410=share=0.3": "Intercom no longer has it (HTTP 410)",
    "file-500=share=0.3,times=0": "its host answers HTTP 500",
    "file-redirect=share=0.3": "its host is an address that is not public",
}


@pytest.mark.parametrize(("fault", "why"), MISSING.items())
def test_a_file_that_stays_away_is_missing_with_its_reason(
    fault: str, why: str, undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    assert disturbed(undisturbed, cli, fault) > 0
    status = cli.status()
    assert status["state"] == "completed"
    assert status["counts"] == undisturbed.status["counts"]
    assert status["attachments"]["found"] == undisturbed.status["attachments"]["found"]
    undisturbed.sandbox.control("faults", faults=[])
    exported = lines(cli.export(), "attachments.jsonl")
    missing = [file for file in exported if file["state"] == "missing"]
    assert len(missing) == status["attachments"]["missing"] > undisturbed.status["attachments"]["missing"]
    assert all(file["reason"] for file in missing)
    assert any(why in file["reason"] for file in missing), missing
    assert changes(cli.run()) == {}
    survived("R16 Files that are refused with 403, 404, 410 or 500, or redirected elsewhere, always")


def disturbed(undisturbed: Undisturbed, cli: CommandLine, fault: str) -> int:
    """Import while `fault` is in force; how often it struck."""
    name = fault.partition("=")[0]
    undisturbed.sandbox.control("faults", faults=[fault])
    before = undisturbed.sandbox.control("state")["faults"]["fired"].get(name, 0)
    cli.run_hurried()
    return int(undisturbed.sandbox.control("state")["faults"]["fired"].get(name, 0) - before)


@pytest.mark.long
def test_hostile_file_names_are_never_paths(tmp_path: Path, survived: Survived) -> None:
    with undisturbed_by(tmp_path, Sandbox(conversations=220, seed=4, nasty=True, rate_limit=0)) as undisturbed:
        cli = undisturbed.cli(tmp_path / "home")
        cli.run_hurried()
        files = lines(cli.export(), "attachments.jsonl")
        hostile = [file for file in files if UNSAFE.search(file["source_name"] or "")]
        assert hostile
        assert not [file["name"] for file in files if UNSAFE.search(file["name"]) or len(file["name"].encode()) > 255]
        attachments = cli.folder / "workspace" / "attachments"
        stored = {path.relative_to(attachments).as_posix() for path in attachments.rglob("*") if path.is_file()}
        assert all(re.fullmatch(r"([0-9a-f]{2})/\1[0-9a-f]{62}", path) for path in stored)
        assert list(tmp_path.rglob("passwd")) == []
        ends_alike(undisturbed, cli)
        for _ in {file["source_name"] for file in hostile}:
            survived("R18 Hostile file names: paths, control characters, line breaks, bidi marks, endless ones")
