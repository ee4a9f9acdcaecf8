"""Custom attributes and times: what fits where, and what goes to `unmapped`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.convert.context import SKIP, FieldRule, Rules
from ochre_tui.migration.convert.fields import MISFIT, Fields, convert_attributes, fit, storable
from ochre_tui.migration.convert.times import LATEST, is_unreadable, read_date, read_time

PLAN = ("free", "pro", "Pro+")


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        ("text", "a\0b", "a\ufffdb"),
        ("text", 5, "5"),
        ("text", 5.0, "5.0"),
        ("text", True, "true"),
        ("text", " ", " "),
        ("text", ["a"], MISFIT),
        ("text", {"a": 1}, MISFIT),
        ("number", 7, 7),
        ("number", -0.5, -0.5),
        ("number", "-12.50", -12.5),
        ("number", "12", 12),
        ("number", " 12 ", MISFIT),
        ("number", "007", MISFIT),
        ("number", "1e5", MISFIT),
        ("number", "1,000", MISFIT),
        ("number", "plenty", MISFIT),
        ("number", "9" * 30, MISFIT),
        ("number", "9" * 399 + ".0", MISFIT),
        ("number", True, MISFIT),
        ("number", [1], MISFIT),
        ("boolean", True, True),
        ("boolean", False, False),
        ("boolean", "TRUE", True),
        ("boolean", "False", False),
        ("boolean", "yes", MISFIT),
        ("boolean", 1, MISFIT),
        ("date", 1_700_000_000, "2023-11-14T22:13:20Z"),
        ("date", 1_700_000_000_000, "2023-11-14T22:13:20Z"),
        ("date", "1700000000", "2023-11-14T22:13:20Z"),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2025-02-28T23:30:00+02:00", "2025-02-28T21:30:00Z"),
        ("date", "2025-02-28 23:30:00 UTC", "2025-02-28T23:30:00Z"),
        ("date", "2025-02-28T23:30:00.123Z", "2025-02-28T23:30:00Z"),
        ("date", "2023-02-29", MISFIT),
        ("date", "20240101", MISFIT),
        ("date", "soon", MISFIT),
        ("date", -5, "1969-12-31T23:59:55Z"),
        ("date", 64_654_125_776, MISFIT),
        ("date", -2_208_988_800, "1900-01-01T00:00:00Z"),
        ("date", -2_208_988_801, MISFIT),
        ("date", "1899-12-31", MISFIT),
        ("date", "1950-06-07", "1950-06-07"),
        ("date", "1950-06-07T08:09:10Z", "1950-06-07T08:09:10Z"),
        ("date", "-315619200", "1960-01-01T00:00:00Z"),
        ("date", -315_619_200.5, "1959-12-31T23:59:59Z"),
        ("date", "2200-01-01", "2200-01-01"),
        ("date", "2200-01-02", MISFIT),
        ("date", 2**70, MISFIT),
        ("date", -(2**70), MISFIT),
        ("text", 2**63, MISFIT),
        ("text", 2**63 - 1, str(2**63 - 1)),
        ("text", -(2**63), str(-(2**63))),
        ("number", 2**63, MISFIT),
        ("number", -(2**63), -(2**63)),
        ("number", -(2**63) - 1, MISFIT),
        ("boolean", 2**70, MISFIT),
        ("date", True, MISFIT),
        ("single_select", "pro", "pro"),
        ("single_select", "PRO", "pro"),
        ("single_select", "pro+", "Pro+"),
        ("single_select", "gold", MISFIT),
        ("single_select", ["pro"], MISFIT),
        ("single_select", 5, MISFIT),
        ("multi_select", ["FREE", "Pro+", "free"], ["free", "Pro+"]),
        ("multi_select", "pro", ["pro"]),
        ("multi_select", ["pro", "gold"], MISFIT),
        ("multi_select", [], None),
        ("multi_select", ["", None], None),
        ("multi_select", [["pro"]], MISFIT),
        *[(type_, raw, None) for type_ in ("text", "number", "boolean", "date", "single_select", "multi_select")
          for raw in ("", None)],
    ],
)  # fmt: skip
def test_fits(type_: Any, raw: Any, expected: Any) -> None:
    found = fit(FieldRule("key", type_, PLAN), raw)
    assert found == expected
    assert type(found) is type(expected)


def test_attributes_go_to_their_fields_or_stay_raw() -> None:
    rules: Rules = {
        "Plan Tier": FieldRule("plan", "single_select", PLAN),
        "Seats": FieldRule("seats", "number"),
        "Secret": SKIP,
    }
    found = convert_attributes(
        {"Plan Tier": "PRO", "Seats": "plenty", "Secret": "x", "Odd\0": {"a": ["\ud800"]}, "Empty": "", "Null": None},
        rules,
    )
    assert found.values == {"plan": "pro"}
    assert found.unmapped == {"Seats": "plenty", "Odd\ufffd": {"a": ["\ufffd"]}}


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**62), 2**62))
def test_every_json_number_fits_a_number_and_its_text_fits_too(number: float) -> None:
    assert fit(FieldRule("k", "number"), number) == number
    assert fit(FieldRule("k", "text"), number) == json.dumps(number)


@given(st.sampled_from(PLAN), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_options_fit_in_any_case(option: str, change: Any) -> None:
    assert fit(FieldRule("k", "single_select", PLAN), change(option)) == option


def test_values_that_no_store_takes_are_kept_in_another_form() -> None:
    assert storable({"a\0": [2**70, float("inf"), "\ud800", None, True, 1.5]}) == {
        "a\ufffd": [2**70, "inf", "\ufffd", None, True, 1.5]
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (0, 0),
        (1_700_000_000, 1_700_000_000),
        (1_700_000_000.9, 1_700_000_000),
        (1_700_000_000_999, 1_700_000_000),
        (10**11, 10**8),
        (10**11 - 1, None),
        (LATEST, LATEST),
        (LATEST + 1, None),
        (-1, None),
        (64_654_125_776, None),
        ("1700000000", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14T22:13:20.000+00:00", 1_700_000_000),
        ("0001-01-01T00:00:00+14:00", None),
        ("2023-13-01", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        ([1], None),
    ],
)
def test_times(raw: Any, expected: int | None) -> None:
    assert read_time(raw) == expected


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)))  # noqa: DTZ001 - hypothesis takes naive bounds
def test_a_time_reads_the_same_in_all_its_forms(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    seconds = int(moment.timestamp())
    assert read_time(seconds) == seconds or seconds >= 10**11
    assert read_time(moment.isoformat()) == seconds
    assert read_date(moment.isoformat()) == moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert read_date(moment.date().isoformat()) == moment.date().isoformat()
    if seconds * 1000 >= 10**11:
        assert read_time(seconds * 1000 + 7) == seconds


def test_unreadable_times_are_kept_raw() -> None:
    fields = Fields()
    assert fields.time("created_at", "soon") is None
    assert fields.time("updated_at", None) is None
    assert fields.time("snoozed_until", "") is None
    assert fields.times("seen_at", [-5, 7, None, "x"]) == [7]
    assert fields.unmapped == {"created_at": "soon", "seen_at": -5}
    assert is_unreadable(0) is False
