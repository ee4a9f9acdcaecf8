import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.plan.model import parse_plan
from ochre_tui.migration.plan.scope import CreatedRange, channel_of, created_range, in_scope, selection, workspace_zone

DAY = 86_400
ZONES = ["UTC", "America/Los_Angeles", "Asia/Kolkata", "Europe/Berlin", "Pacific/Chatham", "America/Sao_Paulo"]


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("now", "zone", "word", "start"),
    [
        ("2026-11-01T12:00", "UTC", "2y", "2024-11-01T00:00"),
        ("2026-11-01T12:00", "UTC", "6m", "2026-05-01T00:00"),
        ("2028-02-29T12:00", "UTC", "2y", "2026-02-28T00:00"),
        ("2026-08-31T12:00", "UTC", "6m", "2026-02-28T00:00"),
        ("2028-08-31T12:00", "UTC", "6m", "2028-02-29T00:00"),
        ("2026-03-15T00:00", "UTC", "6m", "2025-09-15T00:00"),
        ("2026-11-01T23:30", "America/Los_Angeles", "2y", "2024-11-01T00:00"),
        ("2026-03-08T12:00", "America/Los_Angeles", "6m", "2025-09-08T00:00"),
        ("2026-01-10T05:00", "Asia/Kolkata", "2y", "2024-01-10T00:00"),
    ],
)
def test_a_range_back_from_today(now: str, zone: str, word: str, start: str) -> None:
    plan = parse_plan(f"[import]\nrange = '{word}'")
    found = created_range(plan.import_.range, at(now, zone), ZoneInfo(zone))
    assert found == CreatedRange(at(start, zone), None)


def test_today_is_the_workspace_s_day() -> None:
    plan = parse_plan("[import]\nrange = '2y'")
    now = at("2026-11-01T03:00")
    assert created_range(plan.import_.range, now, ZoneInfo("America/Los_Angeles")).start == at(
        "2024-10-31T00:00", "America/Los_Angeles"
    )


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        # 00:00 to 01:00 did not exist on this day
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),
        # 00:00 to 01:00 came twice on this day
        ("America/Havana", "2024-11-03", "2024-11-03T04:00"),
        ("Europe/Berlin", "2024-07-01", "2024-06-30T22:00"),
        ("Asia/Kathmandu", "2024-01-01", "2023-12-31T18:15"),
    ],
)
def test_a_day_begins_at_its_first_moment(zone: str, day: str, first: str) -> None:
    plan = parse_plan(f"[import]\nrange = {{ from = {day}, to = 2025-01-01 }}")
    found = created_range(plan.import_.range, 0, ZoneInfo(zone))
    assert found.start == at(first)
    assert found.end == at("2025-01-01T00:00", zone)


@given(st.integers(0, 4_000_000_000), st.sampled_from(ZONES), st.sampled_from([("2y", 731), ("6m", 184)]))
def test_a_range_is_as_long_as_it_says(now: int, zone: str, word: tuple[str, int]) -> None:
    plan = parse_plan(f"[import]\nrange = '{word[0]}'")
    start = created_range(plan.import_.range, now, ZoneInfo(zone)).start
    assert start is not None
    assert (word[1] - 5) * DAY <= now - start <= (word[1] + 2) * DAY
    local = datetime.datetime.fromtimestamp(start, ZoneInfo(zone))
    assert local.minute == 0
    assert local.hour in {0, 1}


@given(st.sampled_from(ZONES), st.dates(datetime.date(1970, 1, 2), datetime.date(2199, 12, 30)), st.integers(1, 300))
def test_dates_that_touch_neither_overlap_nor_leave_a_gap(zone: str, day: datetime.date, length: int) -> None:
    middle = min(day + datetime.timedelta(days=length), datetime.date(2200, 12, 30))
    first = parse_plan(f"[import]\nrange = {{ from = {day}, to = {middle} }}")
    second = parse_plan(f"[import]\nrange = {{ from = {middle}, to = 2200-12-31 }}")
    tz = ZoneInfo(zone)
    assert created_range(first.import_.range, 0, tz).end == created_range(second.import_.range, 0, tz).start


NOW = at("2026-11-01T12:00")
CONVERSATION = {"created_at": NOW - 100 * DAY, "updated_at": NOW - 100 * DAY, "state": "closed", "source_type": "email"}


@pytest.mark.parametrize(
    ("plan", "changed", "reason"),
    [
        ("", {}, None),
        ("", {"created_at": None}, None),
        ("", {"created_at": None, "updated_at": None, "state": None, "source_type": None}, None),
        ("range = '6m'", {"created_at": at("2026-05-01T00:00")}, None),
        ("range = '6m'", {"created_at": at("2026-05-01T00:00") - 1}, "range"),
        ("range = '6m'", {"created_at": None}, "range"),
        ("range = { from = 2026-01-01, to = 2026-02-01 }", {"created_at": at("2026-02-01T00:00")}, "range"),
        ("range = { from = 2026-01-01, to = 2026-02-01 }", {"created_at": at("2026-02-01T00:00") - 1}, None),
        ("states = ['open']", {}, "state"),
        ("states = ['closed']", {"state": "archived"}, None),
        ("states = ['open', 'snoozed']", {"state": None}, "state"),
        ("states = ['snoozed']", {"state": "snoozed"}, None),
        ("channels = ['messenger']", {}, "channel"),
        ("channels = ['messenger']", {"source_type": "conversation"}, None),
        ("channels = ['messenger']", {"source_type": "inapp"}, "channel"),
        ("channels = ['other']", {"source_type": None}, None),
        ("channels = ['other']", {"source_type": "whatsapp"}, None),
        ("exclude_closed_older_than_days = 100", {}, None),
        ("exclude_closed_older_than_days = 99", {}, "old"),
        ("exclude_closed_older_than_days = 99", {"state": "open"}, None),
        ("exclude_closed_older_than_days = 99", {"state": "strange"}, "old"),
        ("exclude_closed_older_than_days = 99", {"updated_at": NOW}, None),
        ("exclude_closed_older_than_days = 99", {"updated_at": None}, None),
        ("exclude_closed_older_than_days = 1", {"updated_at": at("2026-10-31T00:00")}, None),
        ("exclude_closed_older_than_days = 1", {"updated_at": at("2026-10-31T00:00") - 1}, "old"),
    ],
)
def test_what_is_in_scope(plan: str, changed: dict[str, object], reason: str | None) -> None:
    conversation: dict[str, object] = {**CONVERSATION, **changed}
    parsed = parse_plan("[import]\n" + plan)
    assert in_scope(parsed, **conversation, now=NOW, zone=datetime.UTC) == reason  # type: ignore[arg-type]  # table


@pytest.mark.parametrize(
    ("source", "channel"),
    [
        ("conversation", "messenger"),
        ("email", "email"),
        ("phone_call", "other"),
        (None, "other"),
        ("", "other"),
        ("Email", "other"),
    ],
)
def test_channels(source: str | None, channel: str) -> None:
    assert channel_of(source) == channel


def test_a_selection_does_not_change_within_a_day() -> None:
    plan = parse_plan("[import]\nrange = '6m'\nexclude_closed_older_than_days = 30")
    zone = ZoneInfo("America/Los_Angeles")
    assert selection(plan, at("2026-05-05T00:00", "America/Los_Angeles"), zone) == selection(
        plan, at("2026-05-05T23:59", "America/Los_Angeles"), zone
    )


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd", "\x00", "America"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert workspace_zone(name).utcoffset(datetime.datetime(2026, 1, 1)) == datetime.timedelta(0)  # noqa: DTZ001 - local
