"""Counts, sizes and times in words."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.wording import (
    clock,
    counted,
    date,
    day,
    day_and_time,
    duration,
    moment,
    second,
    size,
    timestamp,
)

AT = 1_798_103_100  # 2026-12-24 09:05:00 UTC


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1000, "1,000 files"), (1001, "1,001 files")]
)
def test_a_count_agrees_with_its_noun(number: int, words: str) -> None:
    assert counted(number, "file") == words


def test_a_plural_of_its_own() -> None:
    assert [counted(number, "reply", "replies") for number in (1, 2)] == ["1 reply", "2 replies"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "unknown size"),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (5_600_000, "5.6 MB"),
        (2_500_000_000, "2.5 GB"),
        (3 * 10**15, "3000.0 TB"),
    ],
)
def test_sizes(count: int | None, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 0 min"), (9000, "2 h 30 min")],
)
def test_durations(seconds: int, words: str) -> None:
    assert duration(seconds) == words


@given(st.integers(0, 10**9))
def test_a_duration_says_no_more_than_there_is(seconds: int) -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    named = sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)", duration(seconds)))
    assert named <= seconds < named + 60


def test_times_that_others_read_are_utc() -> None:
    assert timestamp(AT) == "2026-12-24T09:05:00Z"
    assert moment(AT) == "2026-12-24 09:05 UTC"
    assert second(AT) == "2026-12-24 09:05:00"
    assert day_and_time(AT) == "24 Dec 2026, 09:05"


def test_times_of_ones_own_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # UTC+14
    time.tzset()
    try:
        assert (clock(AT, AT), clock(AT, AT + 3600)) == ("23:05", "24 Dec 23:05")
        assert (day(AT), date(AT)) == ("24 Dec 2026", "2026-12-24")
        assert (day(AT + 8 * 86400), date(AT + 8 * 86400)) == ("1 Jan 2027", "2027-01-01")
    finally:
        monkeypatch.undo()
        time.tzset()
