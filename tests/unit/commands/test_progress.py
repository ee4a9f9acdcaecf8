"""How an import is told: lines that fit, numbers that are honest, nothing from outside taken for more than text."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from ochre_tui.commands.progress import _Lines, _Live, summary, view
from ochre_tui.migration.status import Contacts, Eta, Rate, Status
from ochre_tui.migration.wording import facts, status_lines
from ochre_tui.store.files import AttachmentTally
from ochre_tui.store.outcomes import KINDS, OUTCOMES

COUNTS: dict[str, dict[str, int]] = {kind: {"found": 0, **dict.fromkeys(OUTCOMES, 0)} for kind in KINDS}
STATUS = Status(
    migration="default",
    state="importing",
    reason=None,
    phase="conversations",
    pid=7,
    host="here",
    started_at=1,
    counts={**COUNTS, "conversations": {**COUNTS["conversations"], "found": 1200, "created": 1200}},
    contacts=Contacts(5000, 120, 7),
    attachments=AttachmentTally(300, 290, 4, 6, 1_234_567),
    rate=Rate(records_per_s=123.4, requests_per_s=150, window_limit=1666, window_used=1601),
    eta_s=Eta(50, 61, 4000),
    listed={"conversations": 25_000},
)


def words(status: Status) -> str:
    return " · ".join(facts(status))


def test_an_import_under_way() -> None:
    assert words(STATUS) == (
        "Importing · conversations · 1,200 of 25,000 conversations · 123 records/s · API 1,601/1,666 in 10 s"
        " · 1 min left (50 s to 1 h 6 min)"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"phase": "setup", "listed": {}}, "Importing · reading the team, tags and attributes"),
        ({"phase": "listing", "listed": {}}, "Importing · listing what there is · nothing yet"),
        (
            {"phase": "listing", "listed": {"conversations": 1500, "contacts": 20}},
            "Importing · listing what there is · 1,500 conversations, 20 contacts",
        ),
        ({"phase": None, "listed": {}}, "Importing"),
        ({"phase": "closing", "listed": {}}, "Importing · closing"),
        ({"state": "paused"}, "Paused"),
        ({"state": "failed"}, "Failed"),
        ({"state": "completed"}, "Completed"),
        ({"state": "new"}, "New"),
        ({"state": "queued"}, "Queued"),
    ],
)
def test_other_states_and_phases_with_no_time_left(changes: dict[str, object], said: str) -> None:
    quiet = replace(STATUS, rate=Rate(), eta_s=Eta())
    assert words(replace(quiet, **changes)) == said  # type: ignore[arg-type]  # the cases above give the right types


def test_no_time_is_told_before_it_is_known() -> None:
    assert "left" not in words(replace(STATUS, eta_s=Eta()))
    assert "API" not in words(replace(STATUS, rate=Rate()))


def test_the_table_of_a_status_fits_a_terminal() -> None:
    big: dict[str, dict[str, int]] = {
        kind: {"found": 9_999_999, **dict.fromkeys(OUTCOMES, 1_234_567)} for kind in KINDS
    }
    lines = list(status_lines(replace(STATUS, counts=big, state="paused")))
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) == 1 + 1 + len(KINDS) + 1
    assert lines[2].split() == ["Conversations", "9,999,999", *["1,234,567"] * 5]
    assert lines[-1] == "Attachments          300 · 290 stored (1.2 MB), 4 missing, 6 left out"


def test_a_reason_is_one_clean_line() -> None:
    lines = list(status_lines(replace(STATUS, state="failed", reason="It\x1b[31m broke\nbadly")))
    assert lines[1] == "It␛[31m broke badly"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_come_at_each_phase_and_every_few_seconds() -> None:
    clock, out = Clock(), io.StringIO()
    lines = _Lines(Console(file=out, width=40), clock)
    for _ in range(10):
        lines.show(STATUS)
    assert len(out.getvalue().splitlines()) == 1  # too long for the width, and not broken all the same
    clock.now += 5
    lines.show(STATUS)
    lines.show(replace(STATUS, phase="closing"))
    lines.show(replace(STATUS, phase="closing"))
    lines.close()
    assert [line.split(" · ")[1] for line in out.getvalue().splitlines()] == ["conversations"] * 2 + ["closing"]


def test_without_a_terminal_lines_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    shown = view()
    shown.show(STATUS)
    shown.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == words(STATUS) + "\n"


def test_a_live_view_shows_the_table_and_takes_nothing_for_markup() -> None:
    out = io.StringIO()
    live = _Live(Console(file=out, force_terminal=True, width=100, height=40))
    live.show(replace(STATUS, reason="[bold]as it is[/bold]"))
    live.close()
    assert "[bold]as it is[/bold]" in out.getvalue()
    assert "Ctrl-C stops after the records in hand." in out.getvalue()
    assert "\x1b[?25h" in out.getvalue()  # the cursor is back


def test_the_summary_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    summary(STATUS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["found", "created", "changed", "unchanged", "skipped", "quarantined"]
    assert lines[1].split() == ["Conversations", "1,200", "1,200", "0", "0", "0", "0"]
    assert lines[-2:] == [
        "Attachments: 300 found, 290 stored (1.2 MB), 4 missing, 6 left out.",
        "Contacts: 5,000 read, 120 merged into others, 7 placeholders.",
    ]
