"""JSON from outside: what is read, what is refused, and that nothing is lost on the way back."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.json_codec import MAX_DEPTH, BadBodyError, dump, parse

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_what_is_written_reads_back_the_same(value: dict[str, object]) -> None:
    assert parse(dump(value)) == value


def test_lone_surrogates_survive() -> None:
    raw = b'{"body": "half \\ud83d", "name": "\\uDE00x"}'
    assert parse(raw) == {"body": "half \ud83d", "name": "\ude00x"}
    assert parse(dump(parse(raw))) == parse(raw)


@given(st.binary(max_size=60))
def test_no_bytes_break_it(raw: bytes) -> None:
    with suppress(BadBodyError):
        assert parse(raw) == json.loads(raw)


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"[]", b"1", b'"x"', b'{"a":', b"<html>", b'{"a": NaN, "b": "\\ud800"}', b"\xff{}"]
)
def test_no_answers(raw: bytes) -> None:
    with pytest.raises(BadBodyError):
        parse(raw)


@pytest.mark.parametrize("surrogate", [b"1", b'"\\ud800"'])
def test_depth_has_a_bound(surrogate: bytes) -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' + b"[" * (depth - 1) + surrogate + b"]" * (depth - 1) + b"}"

    assert parse(nested(MAX_DEPTH))
    for depth in (MAX_DEPTH + 1, 2000, 200_000):
        with pytest.raises(BadBodyError):
            parse(nested(depth))
