"""What a plan would bring over, told from a scan."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.plan.model import CHANNELS, STATES, Dates, Import
from ochre_tui.migration.scan.forecast import forecast
from ochre_tui.migration.scan.result import (
    AttachmentEstimate,
    Basis,
    ConversationCounts,
    Interval,
    ScannedWorkspace,
    ScanResult,
    Stratum,
)

ZONE = "America/Los_Angeles"
NOW = int(datetime.datetime(2026, 11, 15, 12, tzinfo=ZoneInfo(ZONE)).timestamp())


def scan(*strata: Stratum, with_basis: bool = True) -> ScanResult:
    total = sum(stratum.count for stratum in strata)
    files = AttachmentEstimate(count=100, bytes=Interval(low=1000, likely=2000, high=9000), sampled=10)
    images = AttachmentEstimate(count=40, bytes=Interval(low=100, likely=500, high=4000), sampled=10)
    return ScanResult(
        workspace=ScannedWorkspace(id_code="x", name="X", region="US", timezone=ZONE),
        counts={"conversations": total, "contacts": 7, "macros": 3},
        conversations=ConversationCounts(by_state={}, by_channel={}, by_month={}, over_500_parts=[]),
        attachments=files,
        estimate_s=Interval(low=1, likely=2, high=3),
        admins=[],
        fields=[],
        left_behind={},
        warnings=[],
        basis=Basis(strata=list(strata), images=images, besides=5, limit=100, latency_s=0.1) if with_basis else None,
    )


def stratum(created: str, count: int = 10, updated: str | None = None, **kind: str) -> Stratum:
    return Stratum.model_validate(
        {"created": created, "updated": updated or created, "state": "open", "channel": "email", "count": count, **kind}
    )


def test_everything_is_what_was_found() -> None:
    found = forecast(scan(stratum("2026-10"), stratum("none")), Import(), NOW)
    assert (found.conversations, found.exact, found.contacts, found.saved_replies) == (20, True, 7, 3)
    assert (found.attachments, found.bytes) == (100, Interval(low=1000, likely=2000, high=9000))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Import(states=("open",)), 10),
        (Import(states=("closed", "snoozed")), 32),
        (Import(channels=("messenger",)), 30),
        (Import(channels=("email", "other")), 12),
        (Import(range=Dates.model_validate({"from": datetime.date(2026, 1, 1), "to": datetime.date(2026, 11, 1)})), 30),
    ],
)
def test_states_channels_and_whole_months_are_exact(chosen: Import, expected: int) -> None:
    result = scan(
        stratum("2026-10", 10),
        stratum("2026-09", 20, state="closed", channel="messenger"),
        stratum("2025-09", 10, state="closed", channel="messenger"),
        stratum("none", 2, state="snoozed", channel="other"),
    )
    found = forecast(result, chosen, NOW)
    assert (found.conversations, found.exact) == (expected, True)


def test_a_month_that_is_cut_counts_in_part_and_is_said_to_be_rough() -> None:
    chosen = Import(range=Dates.model_validate({"from": datetime.date(2026, 10, 16), "to": datetime.date(2027, 1, 1)}))
    found = forecast(scan(stratum("2026-10", 310), stratum("2026-09", 50)), chosen, NOW)
    assert (found.conversations, found.exact) == (160, False)


def test_only_closed_ones_are_too_old() -> None:
    result = scan(
        stratum("2024-01", 10, updated="2024-02", state="closed"),
        stratum("2024-01", 20, updated="2024-02"),
        stratum("2024-01", 40, updated="2026-11", state="closed"),
        stratum("2024-01", 80, updated="none", state="closed"),
    )
    found = forecast(result, Import(exclude_closed_older_than_days=90), NOW)
    assert (found.conversations, found.exact) == (140, True)


def test_files_follow_the_share_and_the_choice() -> None:
    result = scan(stratum("2026-10", 10), stratum("2026-10", 30, state="closed"))
    quarter = forecast(result, Import(states=("open",)), NOW)
    assert (quarter.attachments, quarter.bytes.likely) == (25, 500)
    without_images = forecast(result, Import(inline_images=False), NOW)
    assert (without_images.attachments, without_images.bytes) == (60, Interval(low=900, likely=1500, high=5000))
    none = forecast(result, Import(attachments=False), NOW)
    assert (none.attachments, none.bytes.high) == (0, 0)
    assert forecast(result, Import(saved_replies=False), NOW).saved_replies == 0


def test_less_to_import_takes_less_time() -> None:
    result = scan(stratum("2026-10", 1000), stratum("2026-10", 9000, state="closed"))
    whole, part = forecast(result, Import(), NOW), forecast(result, Import(states=("open",)), NOW)
    assert part.seconds.likely * 5 < whole.seconds.likely
    assert part.seconds.low <= part.seconds.likely <= part.seconds.high


def test_a_scan_of_an_older_version_gives_its_own_figures() -> None:
    found = forecast(scan(stratum("2026-10"), with_basis=False), Import(states=("closed",)), NOW)
    assert (found.conversations, found.seconds) == (10, Interval(low=1, likely=2, high=3))


months = st.builds(lambda year, month: f"{year}-{month:02}", st.integers(1970, 2199), st.integers(1, 12))
any_stratum = st.builds(
    lambda created, updated, state, channel, count: stratum(created, count, updated, state=state, channel=channel),
    months | st.just("none"),
    months | st.just("none"),
    st.sampled_from(STATES),
    st.sampled_from(CHANNELS),
    st.integers(1, 10**6),
)


@given(st.lists(any_stratum, min_size=1, max_size=20), st.sampled_from(["all", "2y", "6m"]), st.integers(0, 36_500))
def test_a_choice_never_gains_and_its_halves_add_up(strata: list[Stratum], range_: str, days: int) -> None:
    result = scan(*strata)
    chosen = {"range": range_, "exclude_closed_older_than_days": days}
    whole = forecast(result, Import.model_validate(chosen), NOW).conversations
    parts = [forecast(result, Import.model_validate({**chosen, "states": (state,)}), NOW) for state in STATES]
    assert 0 <= whole <= result.counts["conversations"]
    assert abs(sum(part.conversations for part in parts) - whole) <= 2
