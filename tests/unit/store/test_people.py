"""Contacts and the customers they become: whoever moves, both customers are written again."""

from __future__ import annotations

import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.store import outcomes, people
from ochre_tui.store.people import Origin, PersonKind, Seen
from ochre_tui.store.store import Store
from tests.support.store_in_memory import tables_in_memory


def to_do(conn: sqlite3.Connection) -> set[str]:
    return set(people.customers_to_do(conn, "", 1000))


def sighting(person: str, conversation: str, position: int = 0, kind: PersonKind = "contact") -> Seen:
    return Seen(kind, person, conversation, 5, position, "user", "Ann", "ann@example.com", None)


contacts = st.sampled_from("abcdef")
customers = st.sampled_from("ABC")
assignments = st.dictionaries(contacts, st.tuples(customers, st.sampled_from(["listed", "merged"])), max_size=6)


@settings(max_examples=80, deadline=None)
@given(st.lists(assignments, max_size=6))
def test_assigning_marks_who_moved_and_nobody_else(steps: list[dict[str, tuple[str, Origin]]]) -> None:
    conn = tables_in_memory()
    now: dict[str, tuple[str, Origin]] = {}
    for step in steps:
        people.customers_done(conn, "ABC")
        moved = {id_: member for id_, member in step.items() if now.get(id_) != member}
        assert people.assign(conn, [(id_, *member) for id_, member in step.items()]) == len(moved)
        touched = {now[id_][0] for id_ in moved if id_ in now} | {customer for customer, _ in moved.values()}
        now |= step
        lived_in = {customer for customer, _ in now.values()}
        # A customer that nobody is any more leaves the target instead of being written.
        assert to_do(conn) == touched & lived_in
        assert set(people.nobodies(conn)) == {row[0] for row in conn.execute("SELECT id FROM customer")} - lived_in
        assert people.customer_ids(conn, list(now)) == now
        for customer in lived_in:
            members = sorted((id_, origin) for id_, (of, origin) in now.items() if of == customer)
            assert people.members(conn, customer) == members
        assert people.assign(conn, [(id_, *member) for id_, member in step.items()]) == 0


def test_a_placeholder_becomes_a_customer_once_a_contact_is_it(store: Store) -> None:
    with store.transaction() as conn:
        people.assign(conn, [("x", "X", "placeholder")])
        assert people.count_contacts(conn, 1) == (0, 0, 1)
        people.take_contact(conn, 1, "a", b"1", ["email:a"])
        people.assign(conn, [("a", "X", "listed")])
        assert people.count_contacts(conn, 1) == (1, 0, 0)


def test_a_contact_is_taken_with_its_keys_and_marks_its_customer(store: Store) -> None:
    with store.transaction() as conn:
        people.take_contact(conn, 1, "b", b"1", ["email:x", "external:7"])
        people.take_contact(conn, 1, "a", b"1", ["email:x", "email:x"])
        assert list(people.shared_keys(conn)) == [("a", "email:x"), ("b", "email:x")]
        assert people.contact_by_key(conn, "email:x") == "a"
        assert people.contact_by_key(conn, "email:nobody") is None
        assert people.contact_digests(conn, ["a", "b", "c"]) == {"a": b"1", "b": b"1"}
        people.assign(conn, [("a", "A", "listed"), ("b", "A", "listed")])
        people.customers_done(conn, ["A"])
        people.still_listed(conn, 2, ["a"])
        assert to_do(conn) == set()
        people.take_contact(conn, 2, "b", b"2", ["email:y"])
        assert to_do(conn) == {"A"}
        assert list(people.shared_keys(conn)) == []
        assert people.contacts_read(conn, 2) == 2
        assert people.contacts_read(conn, 1) == 0
        assert people.contact_ids(conn, "", 10) == ["a", "b"]
        assert people.contact_ids(conn, "a", 10) == ["b"]
        assert people.count_contacts(conn, 2) == (2, 1, 0)


def test_a_contact_that_was_merged_away_is_nobody_of_its_own(store: Store) -> None:
    with store.transaction() as conn:
        people.take_contact(conn, 1, "a", b"1", ["email:x"])
        people.take_contact(conn, 1, "b", b"1", ["email:y"])
        people.merged_into(conn, "b", ["a", "gone", "b"])
        people.drop_merged(conn)
        assert people.contact_ids(conn, "", 10) == ["b"]
        assert people.contact_by_key(conn, "email:x") is None
        assert sorted(people.merged_ids(conn, ["b"])) == [("a", "b"), ("gone", "b")]
        people.merged_into(conn, "b", [])
        assert sorted(people.merged_ids(conn, ["b"])) == [("a", "b"), ("gone", "b")]


def test_a_merge_into_one_that_is_merged_itself_leads_to_the_last_one(store: Store) -> None:
    with store.transaction() as conn:
        for id_ in ("a", "b", "c"):
            people.take_contact(conn, 1, id_, b"1", [f"email:{id_}"])
        people.merged_into(conn, "b", ["a"])
        people.merged_into(conn, "c", ["b"])
        people.merged_into(conn, "x", ["y"])
        people.merged_into(conn, "y", ["x"])
        people.drop_merged(conn)
        assert people.contact_ids(conn, "", 10) == ["c"]
        assert sorted(people.merged_ids(conn, ["c"])) == [("a", "c"), ("b", "c")]


def test_sightings_of_a_conversation_are_replaced(store: Store) -> None:
    with store.transaction() as conn:
        people.see(conn, ["1", "2"], [sighting("a", "1"), sighting("a", "1", 3), sighting("a", "2")])
        people.see(conn, ["1"], [sighting("b", "1")])
        assert people.sightings(conn, "contact", "a") == [sighting("a", "2")]
        assert people.sightings(conn, "contact", "b") == [sighting("b", "1")]
        assert people.sightings(conn, "admin", "b") == []


def test_unlisted_people_are_those_that_only_conversations_know(store: Store) -> None:
    with store.transaction() as conn:
        people.assign(conn, [("a", "A", "listed"), ("m", "A", "merged"), ("p", "P", "placeholder")])
        people.see(conn, ["1"], [sighting(person, "1") for person in "ampx"])
        people.see(conn, ["2"], [sighting("7", "2", kind="admin"), sighting("8", "2", kind="admin")])
        assert people.unlisted_contacts(conn) == ["p", "x"]
        assert people.unlisted_admins(conn, ["8"]) == ["7"]


def test_customers_who_talk_and_those_who_do_not(store: Store) -> None:
    with store.transaction() as conn:
        people.assign(conn, [("a", "A", "listed"), ("b", "B", "listed"), ("c", "C", "listed")])
        people.see(conn, ["1"], [sighting("a", "1")])
        assert people.talking_customers_to_do(conn, "", 10) == ["A"]
        assert people.customers_to_do(conn, "A", 1) == ["B"]
        outcomes.record(conn, 1, "customers", [("C", "created", None)])
        people.note_silent(conn, 1)
        counts = outcomes.counts(conn, 1)["customers"]
        assert (counts["skipped"], counts["created"]) == (1, 1)
        assert people.customers_among(conn, ["A", "B", "nobody"]) == ["A", "B"]
        people.customers_done(conn, ["A", "B", "C"])
        assert people.customers_among(conn, ["A", "B"]) == []
        people.note_unchanged(conn, 1)
        assert outcomes.counts(conn, 1)["customers"] == {**counts, "unchanged": 1, "found": 3}
        people.convert_all_again(conn)
        assert to_do(conn) == {"A", "B", "C"}


def test_placeholders_are_touched_and_customers_dropped(store: Store) -> None:
    with store.transaction() as conn:
        people.assign(conn, [("a", "A", "listed"), ("p", "P", "placeholder")])
        people.customers_done(conn, ["A", "P"])
        people.touch_placeholders(conn)
        assert to_do(conn) == {"P"}
        people.assign(conn, [("p", "A", "placeholder")])
        assert people.nobodies(conn) == ["P"]
        people.drop_customer(conn, "P")
        assert people.nobodies(conn) == []
