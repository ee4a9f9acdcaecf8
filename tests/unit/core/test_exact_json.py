"""JSON with whole numbers of any size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.exact_json import dumps, loads

NUMBERS = st.integers() | st.integers(-(2**80), 2**80) | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**40])
VALUES = st.recursive(
    NUMBERS | st.text(st.characters(codec="utf-8")) | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
)


@given(VALUES)
def test_every_value_comes_back_as_it_was(value: object) -> None:
    assert loads(dumps(value)) == value
    assert loads(dumps(value, sort_keys=True).decode()) == value


@dataclass(frozen=True)
class Record:
    numbers: tuple[int, ...]


def test_records_are_written_alike_whatever_their_numbers() -> None:
    assert dumps(Record((1, 2))) == b'{"numbers":[1,2]}'
    assert (
        dumps({"b": Record((2**70,)), "a": "é"}, sort_keys=True) == f'{{"a":"é","b":{{"numbers":[{2**70}]}}}}'.encode()
    )


def test_numbers_that_python_does_not_read_are_texts() -> None:
    assert loads(b"[" + b"9" * 5000 + b"]") == ["9" * 5000]


@pytest.mark.parametrize("value", [{1, 2}, [2**70, {1}], "\ud800", [2**70, "\ud800"], [2**70, math.inf]])
def test_what_json_can_not_say_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        dumps(value)
