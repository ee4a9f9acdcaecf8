"""Quiet hours: the wall clock of the workspace decides, whatever its clocks do."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.plan.model import PaceWindow, PlanError, parse_plan
from ochre_tui.migration.plan.scope import QuietHours, quiet_hours

ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")

times = st.times().map(lambda at: at.strftime("%H:%M"))
moments = st.integers(0, 4_000_000_000)
zones = st.sampled_from(ZONES).map(ZoneInfo)


def window(begin: str, end: str, percent: int = 20) -> PaceWindow:
    return PaceWindow.model_validate({"from": begin, "to": end, "percent": percent})


windows = (
    st.tuples(times, times, st.integers(1, 100)).filter(lambda one: one[0] != one[1]).map(lambda one: window(*one))
)


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("time", "holds"),
    [("08:59", False), ("09:00", True), ("17:59", True), ("18:00", False), ("00:00", False)],
)
def test_a_window_begins_with_its_first_minute_and_ends_before_its_last(time: str, holds: bool) -> None:
    found = quiet_hours([window("09:00", "18:00")], at(f"2026-11-25 {time}"), ZoneInfo("UTC"))
    assert found == (QuietHours(20, "18:00") if holds else None)


@pytest.mark.parametrize(("time", "holds"), [("21:59", False), ("22:00", True), ("05:59", True), ("06:00", False)])
def test_a_window_goes_over_midnight(time: str, holds: bool) -> None:
    assert (quiet_hours([window("22:00", "06:00")], at(f"2026-11-25 {time}"), ZoneInfo("UTC")) is not None) is holds


def test_a_whole_day_has_no_end() -> None:
    day = [window("00:00", "24:00", 5)]
    assert all(quiet_hours(day, at("2026-11-25 00:00") + 60 * minute, ZoneInfo("UTC")) for minute in range(24 * 60))


def test_when_the_clocks_go_forward_the_skipped_hour_is_no_part_of_it() -> None:
    """In New York 02:00 of 2026-03-08 is 03:00 at once."""
    night, zone = [window("01:30", "03:30")], ZoneInfo("America/New_York")
    begin = at("2026-03-08 01:30", "America/New_York")
    held = [minute for minute in range(180) if quiet_hours(night, begin + 60 * minute, zone)]
    assert held == list(range(60)), "an hour shorter than the clock says"


def test_when_the_clocks_go_back_the_repeated_hour_counts_twice() -> None:
    """In New York 02:00 of 2026-11-01 is 01:00 again."""
    night, zone = [window("00:30", "01:30")], ZoneInfo("America/New_York")
    begin = at("2026-11-01 00:30", "America/New_York")
    held = [minute for minute in range(180) if quiet_hours(night, begin + 60 * minute, zone)]
    assert held == [*range(60), *range(90, 120)]


@given(st.lists(windows, max_size=4), moments, zones)
def test_of_several_windows_the_strictest_holds(several: list[PaceWindow], now: int, zone: ZoneInfo) -> None:
    each = [found for one in several if (found := quiet_hours([one], now, zone))]
    assert quiet_hours(several, now, zone) == min(each, key=lambda found: found.percent, default=None)


@given(times, times, moments, zones)
def test_a_window_and_its_opposite_share_out_the_day(begin: str, end: str, now: int, zone: ZoneInfo) -> None:
    if begin != end:
        assert (quiet_hours([window(begin, end)], now, zone) is None) != (
            quiet_hours([window(end, begin)], now, zone) is None
        )


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ('{from="9:00",to="18:00",percent=20}', "pace.windows[0].from", 'as in "09:00", not "9:00"'),
        ('{from="24:00",to="18:00",percent=20}', "pace.windows[0].from", "a time of the day"),
        ('{from="09:00",to="25:00",percent=20}', "pace.windows[0].to", "a time of the day"),
        ('{from=09:00:00,to="18:00",percent=20}', "pace.windows[0].from", "in quotes"),
        ('{from="09:00",to="09:00",percent=20}', "pace.windows[0].to", "must differ"),
        ('{from="09:00",to="18:00",percent=0}', "pace.windows[0].percent", "from 1 to 100, not 0"),
        ('{from="09:00",to="18:00",percent="20"}', "pace.windows[0].percent", "from 1 to 100"),
        ('{from="09:00",to="18:00"}', "pace.windows[0].percent", "is missing"),
        ('{frm="09:00",to="18:00",percent=9}', "pace.windows[0].frm", "did you mean from?"),
        ("7", "pace.windows[0]", "a table with from"),
    ],
)
def test_each_error_names_its_key_and_what_would_be_right(text: str, key: str, words: str) -> None:
    with pytest.raises(PlanError) as raised:
        parse_plan(f"[pace]\nwindows = [{text}]")
    assert any(problem.key == key and words in problem.error for problem in raised.value.errors), raised.value.errors
