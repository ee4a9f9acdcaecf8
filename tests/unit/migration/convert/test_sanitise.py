"""Known attacks in HTML: none survives the conversion, judged by another parser than the one that cleans."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.html_attacks import attacks
from tests.support.html_judge import judged

ALL = attacks()


def test_the_corpus_is_what_it_says() -> None:
    assert len(ALL) >= 200
    assert len(set(ALL)) == len(ALL)


@pytest.mark.parametrize("number", range(len(ALL)))
def test_none_survives(number: int) -> None:
    assert judged(ALL[number]) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ALL), min_size=2, max_size=4), st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_no_mixture_of_them_survives(parts: list[str], cuts: list[int]) -> None:
    assert (
        judged("".join(part[:1500][cut if cut < len(part) else 0 :] for part, cut in zip(parts, cuts, strict=False)))
        == []
    )
