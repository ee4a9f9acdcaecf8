"""Changes while the workspace is in use."""

from __future__ import annotations

import pytest

from ochre_tui.sandbox.world import World

LATER = 1_793_600_000


def test_a_new_conversation_is_the_last_of_the_index(world: World) -> None:
    made = world.new_conversation(LATER)
    row = world.conversation_index()[-1]
    assert (row.id, row.created_at, row.updated_at, row.state) == (made["id"], LATER, LATER, "open")
    assert world.conversation(made["id"]) == made
    assert made["source"]["body"]
    assert all(world.contact_state(contact["id"]) == "listed" for contact in made["contacts"]["contacts"])


def test_new_conversations_have_ids_of_their_own(world: World) -> None:
    ids = [world.new_conversation(LATER + turn)["id"] for turn in range(20)]
    assert len({*ids, *(row.id for row in world.conversation_index())}) == 140


@pytest.mark.parametrize("kind", ["comment", "note", "customer"])
def test_a_part_is_added_and_the_rest_stays_as_it_was(world: World, kind: str) -> None:
    row = world.conversation_index()[40]
    before = world.conversation(row.id)
    assert before is not None
    after = world.add_part(row.id, LATER, kind=kind)
    old, new = (one["conversation_parts"]["conversation_parts"] for one in (before, after))
    assert new[:-1] == old
    assert (new[-1]["created_at"], after["updated_at"]) == (LATER, LATER)
    assert new[-1]["part_type"] == ("comment" if kind == "customer" else kind)
    assert row.part_count == len(new)
    assert before["source"] == after["source"]


def test_parts_that_are_added_have_ids_of_their_own(world: World) -> None:
    row = world.conversation_index()[3]
    for turn in range(5):
        world.add_part(row.id, LATER + turn)
    full = world.conversation(row.id)
    assert full is not None
    ids = [part["id"] for part in full["conversation_parts"]["conversation_parts"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("state", "part_type"), [("open", "open"), ("closed", "close"), ("snoozed", "snoozed")])
def test_a_state_changes_with_a_part_that_says_so(world: World, state: str, part_type: str) -> None:
    row = world.conversation_index()[10]
    after = world.set_state(row.id, state, LATER)
    assert (after["state"], after["updated_at"], after["open"]) == (state, LATER, state != "closed")
    assert after["conversation_parts"]["conversation_parts"][-1]["part_type"] == part_type
    assert (after["snoozed_until"] is not None) == (state == "snoozed")


def test_a_deleted_conversation_is_gone_and_listed_as_deleted(world: World) -> None:
    gone = world.conversation_index()[5].id
    entry = world.delete_conversation(gone, LATER)
    assert world.conversation(gone) is None
    assert gone not in {row.id for row in world.conversation_index()}
    assert entry in world.deleted_conversations()


def test_merges_are_followed_to_the_end(world: World) -> None:
    first, second, third = world.contact_ids()[:3]
    world.merge_contacts(first, second, LATER)
    kept = world.merge_contacts(second, third, LATER + 1)
    assert world.contact_state(first) == world.contact_state(second) == ("merged", third)
    assert {first, second} <= {entry["source_contact_id"] for entry in kept["merge_history"]}
    assert kept["updated_at"] == LATER + 1
    assert not {first, second} & set(world.contact_ids())
    assert world.contact(first) is None
    with pytest.raises(KeyError):
        world.merge_contacts(first, third, LATER)


def test_a_contact_changes_and_goes(world: World) -> None:
    ident = world.contact_ids()[4]
    world.update_contact(ident, LATER, name="Renamed", custom_attributes={"Seats": 3})
    changed = world.update_contact(ident, LATER + 5, custom_attributes={"MRR": 1.5})
    assert (changed["name"], changed["updated_at"]) == ("Renamed", LATER + 5)
    assert (changed["custom_attributes"]["Seats"], changed["custom_attributes"]["MRR"]) == (3, 1.5)
    world.delete_contact(ident)
    assert (world.contact(ident), world.contact_state(ident)) == (None, "deleted")
    with pytest.raises(KeyError):
        world.delete_contact(ident)


def test_a_tag_is_renamed_wherever_it_shows(world: World) -> None:
    row = next(row for row in world.conversation_index() if row.tag_ids and world.tag(row.tag_ids[0]))
    world.rename_tag(row.tag_ids[0], "renamed")
    full = world.conversation(row.id)
    assert full is not None
    assert full["tags"]["tags"][0]["name"] == "renamed"
    assert {"type": "tag", "id": row.tag_ids[0], "name": "renamed"} in world.tags()


def test_a_new_macro_comes_first(world: World) -> None:
    made = world.new_macro(LATER)
    assert world.macros()[0] == made
