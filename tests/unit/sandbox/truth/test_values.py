"""Which values fit, who is one person: the rules of the ground truth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.sandbox.truth.marks import agrees, having, is_safe, one_of, safe_name, unordered
from ochre_tui.sandbox.truth.people import _groups
from ochre_tui.sandbox.truth.values import Field, seconds, sort_out

MISFIT = object()


@pytest.mark.parametrize(
    ("kind", "raw", "fitted"),
    [
        ("text", "x", "x"),
        ("text", 42, "42"),
        ("text", 3.5, "3.5"),
        ("text", True, "true"),
        ("text", ["x"], MISFIT),
        ("text", {"a": 1}, MISFIT),
        ("number", "-12.50", -12.5),
        ("number", "12", 12),
        ("number", 0, 0),
        ("number", True, MISFIT),
        ("number", "about 12", MISFIT),
        ("boolean", "FALSE", False),
        ("boolean", True, True),
        ("boolean", 1, MISFIT),
        ("boolean", "yes", MISFIT),
        ("date", 1_700_000_000, "2023-11-14T22:13:20Z"),
        ("date", 1_700_000_000_000, "2023-11-14T22:13:20Z"),
        ("date", "2024-05-01", "2024-05-01"),
        ("date", "2025-02-28T23:30:00+02:00", "2025-02-28T21:30:00Z"),
        ("date", "soon", MISFIT),
        ("date", -1, MISFIT),
        ("single_select", "Pro", "pro"),
        ("single_select", "PRO", "PRO"),
        ("single_select", ["pro"], MISFIT),
        ("single_select", "gold", MISFIT),
        ("multi_select", ["pro", "Free"], ["pro", "free"]),
        ("multi_select", "free", ["free"]),
        ("multi_select", ["pro", "gold"], MISFIT),
    ],
)
def test_what_fits(kind: str, raw: Any, fitted: Any) -> None:
    values, rest = sort_out({"A": raw}, {"A": Field("a", kind, ("free", "pro", "PRO"))})
    assert (values, rest) == (({}, {"A": raw}) if fitted is MISFIT else ({"a": fitted}, {}))


def test_nothing_is_no_value_and_skipped_is_left_out() -> None:
    fields = {"A": Field("a", "text"), "B": None}
    assert sort_out({"A": "", "B": "x", "C": None, "D": 0, "E": False}, fields) == ({}, {"D": 0, "E": False})


@given(st.dictionaries(st.sampled_from("ABC"), st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))))
def test_every_value_is_in_one_place(attributes: dict[str, Any]) -> None:
    values, rest = sort_out(attributes, {"A": Field("a", "number"), "B": Field("b", "date")})
    for name, raw in attributes.items():
        places = (name.lower() in values) + (name in rest)
        assert places == (0 if raw is None or raw == "" else 1)


@pytest.mark.parametrize(
    ("raw", "at"),
    [(0, 0), (-1, None), (None, None), (64_654_125_776, None), (1_700_000_000_000, 1_700_000_000), ("1", None)],
)
def test_times(raw: Any, at: int | None) -> None:
    assert seconds(raw) == at


@given(st.dictionaries(st.text("ab", min_size=1, max_size=3), st.sets(st.integers(0, 6)), max_size=8), st.randoms())
def test_groups_are_the_connected_ones_in_whatever_order(members: dict[str, set[int]], rng: Any) -> None:
    pairs = [(name, {("key", str(key)) for key in keys}) for name, keys in members.items()]
    groups = _groups(pairs)
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    assert sorted(groups) == sorted(_groups(shuffled))
    assert sorted(name for group in groups for name in group) == sorted(members)
    group_of = {name: place for place, group in enumerate(groups) for name in group}
    for one in members:
        for other in members:
            if members[one] & members[other]:
                assert group_of[one] == group_of[other]
    keys = [{key for name in group for key in members[name]} for group in groups]
    assert all(not keys[a] & keys[b] for a in range(len(keys)) for b in range(a))


@pytest.mark.parametrize(
    ("expected", "actual", "right"),
    [
        (1, 1.0, True),
        (1, True, False),
        ([True], [1], False),
        ({"a": [1, None]}, {"a": [1, None]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (None, "", False),
        ({"$text": True}, "", False),
        ({"$text": True}, "x", True),
        ({"$any": True}, None, True),
        (one_of("a", "b"), "b", True),
        (one_of("a", "b"), "c", False),
        (one_of("a", "a"), "a", True),
        (unordered([1, 2]), [2, 1], True),
        (unordered([1, 2]), [2, 1, 1], False),
        (having({"a": {"b": 1}}), {"a": {"b": 1, "c": 2}, "d": 3}, True),
        (having({"a": {"b": 1}}), {"a": {"b": 2}}, False),
        (having({"a": 1}), None, False),
        (safe_name("x.pdf"), "y.pdf", False),
        (safe_name("../x"), ".._x", True),
        (safe_name("../x"), "../x", False),
        (safe_name("l" * 300), "l" * 256, False),
    ],
)
def test_marks(expected: Any, actual: Any, right: bool) -> None:
    assert agrees(expected, actual) is right


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\nb", "\u202egnp.exe", " a", "x" * 256])
def test_unsafe_names(name: str) -> None:
    assert not is_safe(name)
