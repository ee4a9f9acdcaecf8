"""The calendar file, as a strict reader of RFC 5545 takes it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.text import clean_line
from ochre_tui.migration.cutover.calendar_file import calendar

NOON = 1_793_534_400


@pytest.fixture(autouse=True, scope="module")
def _utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def read(text: str) -> list[dict[str, str]]:
    """The events; every line is checked on the way."""
    assert text.endswith("\r\n")
    assert not re.search(r"[^\r]\n|\r[^\n]", text)
    lines = text.split("\r\n")[:-1]
    assert all(len(line.encode()) <= 75 for line in lines)
    events: list[dict[str, str]] = []
    for line in "\n".join(lines).replace("\n ", "").split("\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events:
            events[-1].setdefault(name, re.sub(r"\\([\\;,n])", lambda m: "\n" if m[1] == "n" else m[1], value))
            assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value)
    return events


def test_the_two_dates() -> None:
    text = calendar("Acme; Café, Ltd\\", "x1", NOON, NOON)
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    first, second = read(text)
    assert (first["DTSTART;VALUE=DATE"], first["DTEND;VALUE=DATE"]) == ("20261201", "20261202")
    assert second["DTSTART;VALUE=DATE"] == "20261231"
    assert first["SUMMARY"] == "Intercom (Acme; Café, Ltd\\) was read-only for 30 days"
    assert first["DTSTAMP"] == "20261101T120000Z"
    assert "\n" in second["DESCRIPTION"]
    assert first["UID"] != second["UID"]


@given(st.text(max_size=120))
def test_any_name_of_a_workspace(name: str) -> None:
    said = clean_line(name, 80)
    assert f"({said})" in read(calendar(said, "x1", NOON, NOON))[0]["SUMMARY"]
