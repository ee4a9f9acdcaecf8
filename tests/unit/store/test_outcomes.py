"""Counts add up, whatever was recorded in whatever order: the tallies are always what a recount would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ochre_tui.store import files, outcomes
from ochre_tui.store.files import AttachmentRow, AttachmentState, AttachmentTally
from ochre_tui.store.outcomes import KINDS, OUTCOMES, Kind, Outcome
from ochre_tui.store.store import Store
from tests.support.store_in_memory import tables_in_memory

ids = st.sampled_from("abcde")
kinds = st.sampled_from(KINDS[:2])
entries = st.lists(st.tuples(ids, st.sampled_from(OUTCOMES), st.sampled_from([None, "odd"])), max_size=6)


class Recording(RuleBasedStateMachine):
    """Runs follow each other; records are noted, noted again and forgotten; some changes are rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.conn = tables_in_memory()
        self.run = 1
        self.noted: dict[tuple[Kind, str], tuple[int, Outcome]] = {}
        self.earlier: Counter[tuple[int, Kind, Outcome]] = Counter()

    @rule(kind=kinds, entries=entries)
    def record(self, kind: Kind, entries: list[tuple[str, Outcome, str | None]]) -> None:
        with self.conn:
            outcomes.record(self.conn, self.run, kind, entries)
        for id_, outcome, _ in entries:
            run, last = self.noted.get((kind, id_), (self.run, outcome))
            if run != self.run:  # that earlier run has met it, and says so for ever
                self.earlier[run, kind, last] += 1
            self.noted[kind, id_] = (self.run, outcome)

    @rule(kind=kinds, entries=entries)
    def record_in_vain(self, kind: Kind, entries: list[tuple[str, Outcome, str | None]]) -> None:
        self.conn.execute("BEGIN")
        outcomes.record(self.conn, self.run, kind, entries)
        self.conn.rollback()

    @rule(kind=kinds, gone=st.lists(ids, max_size=3))
    def forget(self, kind: Kind, gone: list[str]) -> None:
        with self.conn:
            outcomes.forget(self.conn, kind, gone)
        for id_ in gone:
            self.noted.pop((kind, id_), None)

    @rule()
    def next_run(self) -> None:
        self.run += 1

    @invariant()
    def counts_are_a_recount(self) -> None:
        for run in range(1, self.run + 1):
            counts = outcomes.counts(self.conn, run)
            assert list(counts) == list(KINDS)
            for kind, row in counts.items():
                expected = Counter(o for (k, _), (r, o) in self.noted.items() if k == kind and r == run)
                for outcome in OUTCOMES:
                    assert row[outcome] == expected[outcome] + self.earlier[run, kind, outcome], (run, kind, outcome)
                assert row["found"] == sum(row[outcome] for outcome in OUTCOMES)
        recount = self.conn.execute(
            "SELECT kind, outcome, count(*) FROM outcome WHERE run = ? GROUP BY 1, 2", (self.run,)
        )
        latest = outcomes.counts(self.conn, self.run)
        assert {(k, o): n for k, row in latest.items() for o, n in row.items() if n and o != "found"} == {
            (k, o): n for k, o, n in recount
        }


def test_counts_always_equal_a_recount() -> None:
    run_state_machine_as_test(Recording, settings=settings(max_examples=60, stateful_step_count=15, deadline=None))


states = st.sampled_from(get_args(AttachmentState))
attached = st.dictionaries(st.sampled_from("abc"), st.lists(st.tuples(states, st.integers(0, 2**40)), max_size=4))


@settings(max_examples=80, deadline=None)
@given(st.lists(attached, max_size=6))
def test_the_attachment_tally_always_equals_a_recount(steps: list[dict[str, list[tuple[Any, int]]]]) -> None:
    conn = tables_in_memory()
    now: dict[str, list[tuple[Any, int]]] = {}
    for step in steps:
        files.attach(conn, step, [row for conversation, found in step.items() for row in rows(conversation, found)])
        now |= step
        states = Counter(state for found in now.values() for state, _ in found)
        tally = files.attachment_tally(conn)
        assert tally == AttachmentTally(
            found=sum(states.values()),
            stored=states["stored"],
            missing=states["missing"],
            skipped=states["skipped"],
            bytes=sum(size for found in now.values() for state, size in found if state == "stored"),
        )


def rows(conversation: str, found: list[tuple[Any, int]]) -> Iterator[AttachmentRow]:
    for number, (state, size) in enumerate(found):
        yield AttachmentRow(f"{conversation}{number}", conversation, state, size)


def test_quarantine_names_reasons_and_attempts(store: Store) -> None:
    with store.transaction() as conn:
        outcomes.record(conn, 1, "tags", [("b", "quarantined", "odd"), ("a", "quarantined", None)])
        outcomes.record(conn, 1, "conversations", [("9", "created", None)])
        outcomes.record(conn, 1, "tags", [("b", "quarantined", "odder")])
    found = [(one.kind, one.id, one.reason, one.attempts) for one in outcomes.quarantined(store.conn, 1)]
    assert found == [("tags", "a", "", 1), ("tags", "b", "odder", 2)]
    with store.transaction() as conn:
        outcomes.record(conn, 2, "tags", [("b", "created", None)])
        outcomes.record(conn, 3, "tags", [("b", "quarantined", "again")])
    assert [one.attempts for one in outcomes.quarantined(store.conn, 3)] == [1]
    assert [one.id for one in outcomes.quarantined(store.conn, 1)] == ["a"]


def test_a_transaction_that_fails_leaves_the_counts_alone(store: Store) -> None:
    with store.transaction() as conn:
        outcomes.record(conn, 1, "users", [("a", "created", None)])
    with pytest.raises(ZeroDivisionError):
        fail_after_recording(store)
    assert outcomes.counts(store.conn, 1)["users"]["created"] == 1
    assert outcomes.counts(store.conn, 1)["users"]["found"] == 1


def fail_after_recording(store: Store) -> None:
    with store.transaction() as conn:
        outcomes.record(conn, 1, "users", [("a", "changed", None), ("b", "created", None)])
        raise ZeroDivisionError
