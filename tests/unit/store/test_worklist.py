"""The work list: what is listed waits, what is done rests, what changed waits again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.store import outcomes, people, runs, sync_passes, worklist
from ochre_tui.store.people import Seen
from ochre_tui.store.store import Store
from ochre_tui.store.sync_passes import WindowRow
from ochre_tui.store.worklist import Done, Listed, Need, Pending
from tests.support.store_in_memory import tables_in_memory


def listed(id_: str, created_at: int | None = 100, updated_at: int | None = 200, state: str = "open") -> Listed:
    return Listed(id_, created_at, updated_at, state, "conversation")


def enlist(store: Store, run: int, *rows: Listed) -> None:
    with store.transaction() as conn:
        worklist.enlist(conn, run, rows)


def decide(store: Store, run: int, left_out: dict[str, str] | None = None) -> int:
    with store.transaction() as conn:
        return sum(worklist.decide_scope(conn, run, lambda row: (left_out or {}).get(row.id)))


def finish(store: Store, run: int, *done: Done) -> None:
    with store.transaction() as conn:
        worklist.finish(conn, run, done)
        outcomes.record(conn, run, "conversations", [(item.id, "created", None) for item in done])


def waiting(store: Store, run: int) -> list[tuple[str, Need]]:
    found = [(item.id, item.need) for item in worklist.pending(store.conn, run, None, 1000)]
    assert worklist.to_do(store.conn, run) == len(found)
    return found


def counts(store: Store, run: int) -> dict[str, int]:
    return {key: n for key, n in outcomes.counts(store.conn, run)["conversations"].items() if n}


def test_listed_ones_wait_newest_first(store: Store) -> None:
    enlist(store, 1, listed("1", 10), listed("2", 30), listed("3", None), listed("10", 30), listed("4", 20))
    assert [id_ for id_, _ in waiting(store, 1)] == ["2", "10", "4", "1", "3"]
    assert worklist.listed(store.conn, 1) == 5
    assert worklist.pending(store.conn, 1, None, 1) == [Pending("2", 30, 200, Need.FETCH)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.one_of(st.none(), st.integers(0, 5))), unique_by=lambda r: r[0]))
def test_pages_of_the_work_list_have_every_one_once(rows: list[tuple[int, int | None]]) -> None:
    conn = tables_in_memory()
    worklist.enlist(conn, 1, [listed(str(id_), at) for id_, at in rows])
    found: list[Pending] = []
    last: tuple[int, str] | None = None
    while page := worklist.pending(conn, 1, last, 3):
        found += page
        last = (page[-1].created_at, page[-1].id)
    assert sorted(int(item.id) for item in found) == sorted(id_ for id_, _ in rows)
    order = [(item.created_at, item.id) for item in found]
    assert order == sorted(order, reverse=True)


def test_what_is_done_waits_no_more_and_a_second_listing_leaves_it(store: Store) -> None:
    enlist(store, 1, listed("1"), listed("2"))
    decide(store, 1)
    finish(store, 1, Done("1", 200, 3, 3))
    assert waiting(store, 1) == [("2", Need.FETCH)]
    finish(store, 1, Done("2", 200, 3, 3))
    assert waiting(store, 1) == []
    assert counts(store, 1) == {"found": 2, "created": 2}

    enlist(store, 2, listed("1"), listed("2"))
    assert decide(store, 2) == 2
    assert waiting(store, 2) == []
    assert counts(store, 2) == {"found": 2, "unchanged": 2}


def test_a_later_update_waits_again(store: Store) -> None:
    enlist(store, 1, listed("1"), listed("2"))
    finish(store, 1, Done("1", 200, 3, 3), Done("2", 200, 3, 3))
    enlist(store, 2, listed("1", updated_at=201), listed("2"), listed("3"))
    decide(store, 2)
    assert waiting(store, 2) == [("3", Need.FETCH), ("1", Need.FETCH)]
    assert counts(store, 2) == {"found": 1, "unchanged": 1}
    # An older update than the one that was read is a difference too: clocks and caches are not ours.
    enlist(store, 3, listed("2", updated_at=199))
    assert waiting(store, 3) == [("2", Need.FETCH)]


def test_a_version_that_is_not_known_is_read_once(store: Store) -> None:
    enlist(store, 1, listed("1", updated_at=None))
    finish(store, 1, Done("1", None, 0, 0))
    enlist(store, 2, listed("1", updated_at=None))
    assert waiting(store, 2) == []


def test_conversion_from_the_archive_keeps_the_version_that_was_read(store: Store) -> None:
    enlist(store, 1, listed("1"))
    finish(store, 1, Done("1", 200, 3, 3))
    with store.transaction() as conn:
        worklist.convert_all_again(conn)
    assert waiting(store, 1) == [("1", Need.CONVERT)]  # though this run has done it by the mapping of before
    enlist(store, 2, listed("1"))
    assert waiting(store, 2) == [("1", Need.CONVERT)]
    finish(store, 2, Done("1", None, 3, 3))
    enlist(store, 3, listed("1"))
    assert waiting(store, 3) == []


def test_a_fetch_that_waits_is_not_made_a_conversion(store: Store) -> None:
    enlist(store, 1, listed("1"))
    with store.transaction() as conn:
        worklist.convert_all_again(conn)
    assert waiting(store, 1) == [("1", Need.FETCH)]


def test_set_aside_waits_for_the_next_run(store: Store) -> None:
    enlist(store, 1, listed("1"), listed("2"))
    with store.transaction() as conn:
        worklist.set_aside(conn, 1, ["1"])
    assert waiting(store, 1) == [("2", Need.FETCH)]
    enlist(store, 2, listed("1"), listed("2"))
    assert [id_ for id_, _ in waiting(store, 2)] == ["2", "1"]


def test_what_is_listed_no_more_does_not_wait(store: Store) -> None:
    enlist(store, 1, listed("1"), listed("2"))
    enlist(store, 2, listed("2"))
    assert waiting(store, 2) == [("2", Need.FETCH)]


def test_left_out_ones_do_not_wait_and_say_why(store: Store) -> None:
    enlist(store, 1, listed("1"), listed("2", state="closed"), listed("3"))
    assert decide(store, 1, {"2": "of a state that the plan leaves out"}) == 3
    assert waiting(store, 1) == [("3", Need.FETCH), ("1", Need.FETCH)]
    assert counts(store, 1) == {"found": 1, "skipped": 1}
    assert store.conn.execute("SELECT id, reason FROM outcome").fetchall() == [
        ("2", "of a state that the plan leaves out")
    ]


def test_a_wider_plan_brings_them_in_and_a_narrower_one_takes_them_out(store: Store) -> None:
    enlist(store, 1, listed("1"), listed("2"))
    decide(store, 1, {"2": "why"})
    finish(store, 1, Done("1", 200, 3, 3))
    enlist(store, 2, listed("1"), listed("2"))
    decide(store, 2, {"1": "why"})
    assert waiting(store, 2) == [("2", Need.FETCH)]
    finish(store, 2, Done("2", 200, 3, 3))
    assert counts(store, 2) == {"found": 2, "created": 1, "skipped": 1}
    enlist(store, 3, listed("1"), listed("2"))
    decide(store, 3)
    assert waiting(store, 3) == []
    assert counts(store, 3) == {"found": 2, "unchanged": 2}


def test_deciding_again_after_an_interruption_changes_no_count(store: Store) -> None:
    enlist(store, 1, *(listed(str(number)) for number in range(10)))
    decide(store, 1, {"3": "why"})
    finish(store, 1, Done("1", 200, 3, 3))
    before = counts(store, 1)
    decide(store, 1, {"3": "why"})
    assert counts(store, 1) == before == {"found": 2, "created": 1, "skipped": 1}


def test_scope_is_decided_for_more_than_a_page(store: Store) -> None:
    enlist(store, 1, *(listed(str(number)) for number in range(6_000)))
    with store.transaction() as conn:
        pages = list(worklist.decide_scope(conn, 1, lambda row: "odd" if int(row.id) % 2 else None))
    assert pages == [5_000, 1_000]
    assert counts(store, 1) == {"found": 3_000, "skipped": 3_000}
    assert worklist.to_do(store.conn, 1) == 3_000


def seen(person: str, conversation: str, used: str | None, kind: people.PersonKind = "contact") -> Seen:
    return Seen(kind, person, conversation, None, 0, None, None, None, used)


@pytest.fixture
def settled(store: Store) -> Store:
    """Two conversations done in run 1, one with contact a as customer A, one with contact b as customer B."""
    enlist(store, 1, listed("1"), listed("2"))
    finish(store, 1, Done("1", 200, 3, 3), Done("2", 200, 3, 3))
    with store.transaction() as conn:
        people.assign(conn, [("a", "A", "listed"), ("b", "B", "listed")])
        people.see(
            conn, ["1", "2"], [seen("a", "1", "A"), seen("b", "2", "B"), seen("x", "2", "x@b.example", "assignee")]
        )
    return store


def test_conversations_are_converted_again_where_people_moved(settled: Store) -> None:
    with settled.transaction() as conn:
        assert worklist.convert_again_where_people_moved(conn, 1) == 0
        people.assign(conn, [("b", "A", "listed")])
        assert worklist.convert_again_where_people_moved(conn, 1) == 1
    assert waiting(settled, 1) == [("2", Need.CONVERT)]


def test_conversations_are_converted_again_where_an_assignee_has_another_email(settled: Store) -> None:
    with settled.transaction() as conn:
        assert worklist.convert_again_where_assigned(conn, 1, "x", "x@b.example") == 0
        assert worklist.convert_again_where_assigned(conn, 1, "y", "new@b.example") == 0
        assert worklist.convert_again_where_assigned(conn, 1, "x", None) == 1
    assert waiting(settled, 1) == [("2", Need.CONVERT)]


def test_windows_are_walked_once(store: Store) -> None:
    first, second = WindowRow(0, 50, 150), WindowRow(50, 100, 150)
    with store.transaction() as conn:
        assert not sync_passes.any_window(conn, 1)
        sync_passes.plan_windows(conn, 1, [second, first])
        sync_passes.plan_windows(conn, 1, [first])
        assert sync_passes.any_window(conn, 1)
        assert sync_passes.windows_to_do(conn, 1) == [first, second]
        sync_passes.window_done(conn, 1, first, [])
        assert sync_passes.windows_to_do(conn, 1) == [second]
        halves = [WindowRow(50, 75, 50), WindowRow(75, 100, 50)]
        sync_passes.window_done(conn, 1, second, halves)
        assert sync_passes.windows_to_do(conn, 1) == halves
        for half in halves:
            sync_passes.window_done(conn, 1, half, [])
        assert sync_passes.windows_to_do(conn, 1) == []
        assert sync_passes.any_window(conn, 1)
        assert not sync_passes.any_window(conn, 2)


def test_a_run_is_taken_up_until_it_is_complete(store: Store) -> None:
    assert runs.latest(store.conn) is None
    with store.transaction() as conn:
        first = runs.begin(conn, 100)
        runs.enter(conn, first.id, "listing")
        runs.end(conn, first.id, "paused", "why", 150)
        again = runs.begin(conn, 200)
        assert (again.id, again.state, again.reason, again.started_at, again.ended_at, again.phase) == (
            first.id,
            "importing",
            None,
            100,
            None,
            "listing",
        )
        runs.end(conn, again.id, "failed", "why", 250)
        assert runs.begin(conn, 300).id == first.id
        runs.end(conn, first.id, "completed", None, 350)
        second = runs.begin(conn, 400)
    assert second.id > first.id
    assert runs.latest(store.conn) == second


def test_a_run_has_a_number_of_its_own_even_when_the_clock_goes_back_or_the_store_begins_anew(store: Store) -> None:
    with store.transaction() as conn:
        numbers = []
        for now in (1_700_000_000, 1_600_000_000, 1_700_000_000):
            run = runs.begin(conn, now, number=now)
            runs.end(conn, run.id, "completed", None, now)
            numbers.append(run.id)
    assert numbers == [1_700_000_000, 1_700_000_001, 1_700_000_002]


def test_steps_and_pulse_are_kept(store: Store) -> None:
    with store.transaction() as conn:
        assert runs.step(conn, 1, "contacts") == runs.Step(False, None)
        runs.checkpoint(conn, 1, "contacts", done=False, cursor="abc")
        assert runs.step(conn, 1, "contacts") == runs.Step(False, "abc")
        runs.checkpoint(conn, 1, "contacts", done=True)
        assert runs.step(conn, 1, "contacts") == runs.Step(True, None)
        assert runs.step(conn, 2, "contacts") == runs.Step(False, None)
        assert runs.pulse(conn) is None
        runs.beat(conn, 5, {"run": 1})
        runs.beat(conn, 6, {"run": 2})
        assert runs.pulse(conn) == (6, {"run": 2})
