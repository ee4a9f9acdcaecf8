"""The event log, and what the operator marks."""

from __future__ import annotations

import sqlite3

import pytest

from ochre_tui.store import checklist, events, files, outcomes, runs
from ochre_tui.store.files import FileRow
from tests.support.store_in_memory import tables_in_memory

RUN = 1_700_000_000


@pytest.fixture
def conn() -> sqlite3.Connection:
    return tables_in_memory()


def test_events_come_back_in_their_order_and_by_topic(conn: sqlite3.Connection) -> None:
    events.note(conn, 5, "info", "phase", "listing")
    events.note(conn, 6, "error", "state", "The disk is full.")
    events.note(conn, 7, "info", "phase", "people")
    found = events.after(conn, 0, 10)
    assert [(event.at, event.level, event.text) for event in found] == [
        (5, "info", "listing"),
        (6, "error", "The disk is full."),
        (7, "info", "people"),
    ]
    assert events.after(conn, found[0].id, 1) == [found[2]]
    assert events.latest(conn, "phase") == found[2]
    assert events.latest(conn, "limit") is None


def test_the_oldest_events_go(conn: sqlite3.Connection) -> None:
    for number in range(5_100):
        events.note(conn, number, "info", "pace", "")
    kept = events.after(conn, 0, 10_000)
    assert [kept[0].at, kept[-1].at, len(kept)] == [100, 5_099, 5_000]


def test_quarantined_records_note_themselves_at_the_time_of_the_pulse(conn: sqlite3.Connection) -> None:
    outcomes.record(conn, RUN, "conversations", [("1", "quarantined", "broken"), ("2", "created", None)])
    runs.beat(conn, RUN + 60, {})
    outcomes.record(conn, RUN, "conversations", [("1", "quarantined", "still broken")])
    outcomes.record(conn, RUN, "conversations", [("1", "created", None)])
    found = events.after(conn, 0, 10)
    assert [(event.at, event.topic, event.kind, event.record, event.text) for event in found] == [
        (RUN, "quarantine", "conversations", "1", "broken"),
        (RUN + 60, "quarantine", "conversations", "1", "still broken"),
    ]


def test_missing_files_note_themselves_once(conn: sqlite3.Connection) -> None:
    gone = FileRow("https://files.example/a.pdf", "missing", None, None, None, "404")
    files.keep(conn, [gone, FileRow("https://files.example/b.pdf", "stored", "ab" * 32, 3, "application/pdf", None)])
    files.keep(conn, [gone])
    assert [(event.topic, event.record, event.text) for event in events.after(conn, 0, 10)] == [
        ("file", "https://files.example/a.pdf", "404")
    ]


def test_marks_are_set_and_taken_back(conn: sqlite3.Connection) -> None:
    checklist.mark_looked_at(conn, "17", 5)
    checklist.mark_looked_at(conn, "9", 6)
    checklist.mark_looked_at(conn, "17", 7)
    assert list(checklist.looked_at(conn).items()) == [("9", 6), ("17", 7)]
    checklist.mark_looked_at(conn, "9", None)
    assert checklist.looked_at(conn) == {"17": 7}
    checklist.tick(conn, "mx", 8)
    assert checklist.ticked(conn) == {"mx": 8}
    checklist.tick(conn, "mx", None)
    assert checklist.ticked(conn) == {}
