"""Faults: deterministic for seed and request, gone after their number of hits, for ever when said so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.sandbox.faults import KINDS, Faults, parse

CONVERSATION = "/conversations/1"


def active(*texts: str, seed: int = 1) -> Faults:
    faults = Faults(seed)
    faults.put(texts)
    return faults


@given(st.integers(0, 50), st.lists(st.text(max_size=20), min_size=1, max_size=30, unique=True))
def test_the_order_of_requests_does_not_matter(seed: int, keys: list[str]) -> None:
    def struck(order: list[str]) -> dict[str, bool]:
        faults = active("500=share=0.5", seed=seed)
        return {key: faults.hit("api", "/x", key, 0) is not None for key in order}

    assert struck(keys) == struck(keys[::-1])


def test_a_fault_ends_after_its_number_of_hits() -> None:
    faults = active("500=share=1,times=2")
    struck = [faults.hit("api", "/x", "key", 0) is not None for _ in range(4)]
    assert struck == [True, True, False, False]
    assert faults.hit("api", "/x", "another key", 0) is not None
    assert faults.fired["500"] == 3


def test_times_0_is_for_ever() -> None:
    faults = active(f"poison={CONVERSATION.rpartition('/')[2]}")
    assert all(faults.hit("conversation", CONVERSATION, CONVERSATION, 0) for _ in range(20))
    assert faults.hit("conversation", "/conversations/2", "/conversations/2", 0) is None


def test_share_is_kept() -> None:
    faults = active("503=share=0.1")
    struck = sum(faults.hit("api", "/x", f"key {number}", 0) is not None for number in range(5000))
    assert 400 < struck < 600


def test_path_and_start_narrow_a_fault() -> None:
    faults = active("500=share=1,path=/contacts*,after=10")
    assert faults.hit("api", "/contacts", "a", 9) is None
    assert faults.hit("api", "/tags", "b", 10) is None
    assert faults.hit("api", "/contacts", "a", 10) is not None


def test_the_mix_lets_every_request_through_in_the_end() -> None:
    faults = active("mix", seed=3)
    worst = 0
    for number in range(3000):
        key = f"GET /conversations/{number}"
        hits = 0
        while faults.hit("api", key, key, number) is not None:
            hits += 1
            assert hits < 10
        worst = max(worst, hits)
    assert worst == 3
    names = {"500", "502", "empty", "html", "truncated", "reset", "cut"}
    assert names <= faults.fired.keys()


def test_mixed_seeds_strike_different_requests() -> None:
    def struck(seed: int) -> set[int]:
        faults = active("mix", seed=seed)
        return {number for number in range(500) if faults.hit("api", "/x", str(number), 0)}

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)


def test_switches_come_once_and_in_their_time() -> None:
    faults = active("revoke=after=5", "limit=83")
    assert [fault.name for fault in faults.switches(0)] == ["limit"]
    assert faults.switches(4) == []
    assert [fault.name for fault in faults.switches(5)] == ["revoke"]
    assert faults.switches(6) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "unknown fault 'nothing'"),
        ("500=colour=red", "unknown setting 'colour'"),
        ("500=times=two", "two"),
        ("500=share=much", "much"),
    ],
)
def test_what_can_not_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


@pytest.mark.parametrize("name", KINDS)
def test_every_fault_can_be_asked_for_by_its_name(name: str) -> None:
    (fault,) = parse(name)
    assert (fault.name, fault.where) == (name, KINDS[name].where)
