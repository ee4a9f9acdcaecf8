"""What would not fit is what conversion would refuse."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.convert.context import FieldRule
from ochre_tui.migration.convert.fields import MISFIT, fit, is_nothing
from ochre_tui.migration.mapping.fields import misfits
from ochre_tui.migration.plan.model import FIELD_TYPES, SELECTS
from ochre_tui.migration.scan.result import ScannedField
from ochre_tui.migration.scan.usage import AttributeUse
from ochre_tui.ochre.records import FieldType

WORDS = st.sampled_from(["a", "A", "b", "c", "12", "-1.5", "true", "2024-02-03", "1700000000", "", " "])
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(-3, 10**12), st.floats(allow_nan=False))
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(WORDS, SCALARS, max_size=1))
OPTIONS = st.lists(st.sampled_from(["a", "b", "c", "d", "12"]), unique=True, max_size=4)


def counted(values: list[Any]) -> ScannedField:
    use = AttributeUse(
        ScannedField(scope="contact", name="x", label="x", data_type="string", options=[], archived=False)
    )
    for value in values:
        use.add(value)
    return use.result()


def refused(values: list[Any], kind: FieldType, options: list[str]) -> int:
    rule = FieldRule("x", kind, tuple(options))
    return sum(fit(rule, value) is MISFIT for value in values if not is_nothing(value))


@given(st.lists(VALUES, max_size=15), st.sampled_from(FIELD_TYPES), OPTIONS)
def test_the_count_is_what_conversion_refuses_or_at_most_that(
    values: list[Any], kind: FieldType, options: list[str]
) -> None:
    found = misfits(counted(values), kind, options if kind in SELECTS else ())
    assert found is not None
    right = refused(values, kind, options)
    assert found.count >= right
    assert found.of == sum(not is_nothing(value) for value in values)
    if found.exact:
        assert found.count == right


@given(st.lists(SCALARS, max_size=15), OPTIONS)
def test_single_values_are_counted_exactly(values: list[Any], options: list[str]) -> None:
    found = misfits(counted(values), "single_select", options)
    assert found is not None
    assert found.exact
    assert found.count == refused(values, "single_select", options)


def test_beyond_the_values_that_are_counted_apart_it_says_at_most() -> None:
    values = [f"value {number}" for number in range(300)]
    seen, unseen = misfits(counted(values), "single_select", ["value 1"]), None
    assert seen is not None
    assert str(seen) == "299 of 300 do not fit"
    unseen = misfits(counted(values), "single_select", ["value 1", "value 299"])
    assert str(unseen) == "up to 299 of 300 do not fit"


def test_words() -> None:
    assert str(misfits(counted(["a"]), "text")) == "all values fit"
    assert str(misfits(counted([]), "text")) == "no values"
    assert str(misfits(counted(["a", 1]), "number")) == "1 of 2 does not fit"
