"""The query language: what is found, what is refused, and that pages lose and repeat nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.sandbox.exchange import ApiError
from ochre_tui.sandbox.search import (
    Field,
    Hits,
    Key,
    Language,
    bounds,
    gather,
    read_cursor,
    read_request,
    write_cursor,
)


@dataclass(frozen=True)
class Row:
    id: int
    at: int | None = 0
    day: int | None = 0
    word: str | None = ""
    on: bool = False
    tags: tuple[str, ...] = ()


FIELDS: dict[str, Field[Row]] = {
    "id": Field("number", lambda row: row.id),
    "at": Field("time", lambda row: row.at),
    "day": Field("day", lambda row: row.day),
    "word": Field("text", lambda row: row.word),
    "on": Field("flag", lambda row: row.on),
    "tags": Field("ids", lambda row: row.tags),
}
ZONE = ZoneInfo("America/Los_Angeles")
LANGUAGE = Language(FIELDS, ZONE)


def one(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def found(rows: list[Row], query: Any, language: Language[Row] = LANGUAGE) -> list[int]:
    test = language.compile(query)
    return [row.id for row in rows if test(row)]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", 20, [2]),
        ("=", "20", [2]),
        ("!=", 20, [1, 3, 4]),
        (">", 20, [3]),
        (">=", 20, [2, 3]),
        ("<", 20, [1]),
        ("<=", 20, [1, 2]),
        ("IN", [10, 30], [1, 3]),
        ("NIN", [10, 30], [2, 4]),
        ("=", None, [4]),
    ],
)
def test_times_compare_by_the_exact_second(operator: str, value: Any, expected: list[int]) -> None:
    rows = [Row(1, at=10), Row(2, at=20), Row(3, at=30), Row(4, at=None)]
    assert found(rows, one("at", operator, value)) == expected


def test_inclusive_bounds_take_the_edge() -> None:
    rows = [Row(1, at=10), Row(2, at=20), Row(3, at=30)]
    inclusive = Language(FIELDS, ZONE, inclusive=True)
    assert found(rows, one("at", ">", 20), inclusive) == [2, 3]
    assert found(rows, one("at", "<", 20), inclusive) == [1, 2]


def test_milliseconds_find_nothing() -> None:
    assert found([Row(1, at=1_700_000_000)], one("at", ">", 1_600_000_000_000)) == []


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", "Invoice", [1]),
        ("~", "voice", [1, 2]),
        ("!~", "voice", [3, 4]),
        ("^", "in", [1]),
        ("$", "ED", [2]),
        ("IN", ["Invoice", "other"], [1, 3]),
        ("=", None, [4]),
    ],
)
def test_text_operators(operator: str, value: Any, expected: list[int]) -> None:
    rows = [Row(1, word="Invoice"), Row(2, word="reinvoiced"), Row(3, word="other"), Row(4, word=None)]
    assert found(rows, one("word", operator, value)) == expected


def test_lists_match_by_their_members() -> None:
    rows = [Row(1, tags=("7", "8")), Row(2, tags=("9",)), Row(3)]
    assert found(rows, one("tags", "=", 7)) == [1]
    assert found(rows, one("tags", "IN", ["7", "9"])) == [1, 2]
    assert found(rows, one("tags", "NIN", ["7"])) == [2, 3]


def test_match_all_by_both_values_of_a_flag() -> None:
    query = {"operator": "OR", "value": [one("on", "=", True), one("on", "=", False)]}
    assert found([Row(1, on=True), Row(2)], query) == [1, 2]


def test_days_are_whole_days_of_the_workspace() -> None:
    # 2026-03-08 has 23 hours in Los Angeles: 08:00Z to 07:00Z of the next day.
    start, end = 1_772_956_800, 1_773_039_600
    rows = [Row(1, day=start - 1), Row(2, day=start), Row(3, day=end - 1), Row(4, day=end), Row(5, day=None)]
    noon = start + 40_000
    assert found(rows, one("day", "=", noon)) == [2, 3]
    assert found(rows, one("day", ">", noon)) == [4]
    assert found(rows, one("day", "<", noon)) == [1]
    with pytest.raises(ApiError, match="not valid for 'day'"):
        found(rows, one("day", ">=", noon))


def nested(levels: int) -> dict[str, Any]:
    query = one("id", "=", 1)
    for _ in range(levels):
        query = {"operator": "AND", "value": [query]}
    return query


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, "operator and a value"),
        ({}, "operator and a value"),
        ([], "operator and a value"),
        (one("nothing", "=", 1), "not a searchable field"),
        (one("at", "~", 1), "not valid"),
        (one("at", ">", "soon"), "not a number"),
        (one("at", ">", None), "needs a value"),
        (one("at", ">", True), "not a number"),
        (one("at", "IN", 1), "list of values"),
        ({"operator": "AND", "value": []}, "list of filters"),
        ({"operator": "OR", "value": one("id", "=", 1)}, "list of filters"),
        ({"operator": "AND", "value": [one("id", "=", 1)] * 16}, "15 filters"),
        (nested(3), "2 levels"),
    ],
)
def test_bad_queries_are_refused(query: Any, message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        found([Row(1)], query)
    assert (caught.value.status, caught.value.code) == (400, "parameter_invalid")


def test_two_levels_and_fifteen_filters_are_allowed() -> None:
    assert found([Row(1)], nested(2)) == [1]
    assert found([Row(1)], {"operator": "AND", "value": [one("id", "=", 1)] * 15}) == [1]


@given(
    times=st.lists(st.integers(0, 30), max_size=40),
    filters=st.lists(st.tuples(st.sampled_from([">", ">=", "<", "<=", "=", "!="]), st.integers(0, 30)), max_size=4),
)
def test_bounds_never_exclude_a_hit(times: list[int], filters: list[tuple[str, int]]) -> None:
    query = {"operator": "AND", "value": [one("at", *pair) for pair in filters] or [one("on", "=", False)]}
    low, high = bounds(query, "at")
    test = LANGUAGE.compile(query)
    assert all(low <= at <= high for at in times if test(Row(1, at=at)))


def walk(hits: Hits[Row], *, descending: bool, size: int) -> list[int]:
    seen: list[int] = []
    after: Key | None = None
    page = 1
    while True:
        rows, last = hits.after(after, descending=descending, size=size)
        seen += [row.id for row in rows]
        if last is None:
            return seen
        after, page = read_cursor(write_cursor(last, page + 1))


@given(times=st.lists(st.integers(0, 5), max_size=40), size=st.integers(1, 7), descending=st.booleans())
def test_pages_lose_and_repeat_nothing(times: list[int], size: int, descending: bool) -> None:
    rows = [Row(number, at=at) for number, at in enumerate(times)]
    hits = gather(rows, lambda row: True, lambda row: (float(row.at or 0), row.id))
    expected = [row.id for row in sorted(rows, key=lambda row: (row.at or 0, row.id), reverse=descending)]
    assert walk(hits, descending=descending, size=size) == expected


def test_sort_words_are_exact() -> None:
    with pytest.raises(ApiError) as caught:
        read_request({"sort": {"field": "at", "order": "desc"}}, sortable=FIELDS, default_size=20)
    assert caught.value.code == "invalid_sort_order"


def test_a_page_size_over_150_is_refused() -> None:
    body = {"sort": {"field": "at", "order": "ascending"}, "pagination": {"per_page": 151}}
    with pytest.raises(ApiError, match="Per Page is too big"):
        read_request(body, sortable=FIELDS, default_size=20)


@pytest.mark.parametrize("cursor", ["%%%", "bm90IGpzb24=", "WzFd", "e30="])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ApiError, match="not a valid cursor"):
        read_cursor(cursor)
