"""The made-up data: the same every time, consistent in itself, and as odd as Intercom's."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from ochre_tui.sandbox.world import World

Json = dict[str, Any]
MakeWorld = Callable[[int, int, bool], World]

PART_TYPES = {
    "comment", "note", "note_and_reopen", "note_and_unsnooze", "quick_reply", "call_summary", "open", "close",
    "snoozed", "unsnoozed", "timer_unsnooze", "user_became_idle", "merged_primary_conversation", "assignment",
    "assign_and_reopen", "assign_and_unsnooze", "default_assignment", "away_mode_assignment",
    "workflow_assignment", "participant_added", "participant_removed", "conversation_rating_changed",
    "conversation_rating_remark_added", "conversation_attribute_updated_by_admin",
    "conversation_attribute_updated_by_user", "conversation_attribute_updated_by_workflow",
    "attribute_collector", "attribute_collected", "conversation_tags_updated", "priority_changed",
    "priority_changed_by_rule", "language_detection_details", "conversation_sla_applied_by_rule",
    "conversation_sla_applied_by_workflow", "conversation_sla_removed", "conversation_sla_target_missed",
    "operator_workflow_event", "custom_action_started", "custom_action_finished",
    "resolution_bot_found_no_answer", "ticket_state_updated_by_admin", "ticket_attribute_updated_by_admin",
}  # fmt: skip


def conversations_of(world: World) -> list[Json]:
    found = [world.conversation(row.id) for row in world.conversation_index()]
    return [conversation for conversation in found if conversation is not None]


def parts_of(conversations: list[Json]) -> list[Json]:
    return [part for one in conversations for part in one["conversation_parts"]["conversation_parts"]]


def contacts_of(world: World) -> list[Json]:
    return [contact for ident in world.contact_ids() if (contact := world.contact(ident)) is not None]


@pytest.mark.parametrize("nasty", [False, True])
def test_the_same_numbers_give_the_same_world(nasty: bool) -> None:
    one, other = (World(3, 60, now=1_793_534_400, files_url="http://f", nasty=nasty) for _ in range(2))
    assert conversations_of(one) == conversations_of(other)
    assert contacts_of(one) == contacts_of(other)
    assert one.macros() == other.macros()


def test_another_seed_gives_another_world() -> None:
    one, other = (World(seed, 60, now=1_793_534_400, files_url="http://f") for seed in (1, 2))
    assert one.app != other.app
    assert not {row.id for row in one.conversation_index()} & {row.id for row in other.conversation_index()}
    assert not set(one.contact_ids()) & set(other.contact_ids())


def test_the_index_says_what_the_conversations_say(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, True)
    rows = world.conversation_index()
    assert [(row.created_at, int(row.id)) for row in rows] == sorted((row.created_at, int(row.id)) for row in rows)
    assert len({row.id for row in rows}) == len(rows) == 500
    for row in rows:
        full = world.conversation(row.id)
        assert full is not None
        assert (full["id"], full["created_at"], full["updated_at"]) == (row.id, row.created_at, row.updated_at)
        assert (full["state"], full["open"], full["priority"]) == (row.state, row.open, row.priority)
        assert full["conversation_parts"]["total_count"] == row.part_count
        assert len(full["conversation_parts"]["conversation_parts"]) == row.part_count
        assert full["statistics"]["count_conversation_parts"] == row.part_count
        assert tuple(str(tag["id"]) for tag in full["tags"]["tags"]) == row.tag_ids
        assert tuple(contact["id"] for contact in full["contacts"]["contacts"]) == row.contact_ids
        assert (full["ticket"] is not None) == row.is_ticket
        if full["source"]:
            assert full["source"]["type"] == row.source_type


def test_times_of_a_conversation_are_in_its_life(shared_world: MakeWorld) -> None:
    world = shared_world(2, 500, False)
    for row in world.conversation_index():
        full = world.conversation(row.id)
        assert full is not None
        times = [part["created_at"] for part in full["conversation_parts"]["conversation_parts"]]
        seconds = [at // 1000 if at >= 10**11 else at for at in times]
        assert all(row.created_at <= at <= row.updated_at <= world.now for at in seconds)


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_every_part_and_source_type_occurs(shared_world: MakeWorld, seed: int) -> None:
    found = conversations_of(shared_world(seed, 500, False))
    types = {part["part_type"] for part in parts_of(found)}
    assert types >= PART_TYPES
    assert types - PART_TYPES, "a part type of the future"
    sources = {one["source"]["type"] for one in found if one["source"]}
    known = {"conversation", "email", "facebook", "instagram", "twitter", "whatsapp", "sms", "push"}
    assert sources >= known | {"phone_call", "phone_switch", None}
    assert sources - known - {"phone_call", "phone_switch", None}, "an unknown source type"
    assert any(one["source"] is None for one in found)


def test_ids_of_parts_are_unique_but_for_the_repeated_ones(shared_world: MakeWorld) -> None:
    found = conversations_of(shared_world(1, 500, False))
    per_conversation = [[str(part["id"]) for part in one["conversation_parts"]["conversation_parts"]] for one in found]
    repeated = [ids for ids in per_conversation if len(set(ids)) < len(ids)]
    assert 1 <= len(repeated) <= 5
    distinct = [ident for ids in per_conversation for ident in set(ids)]
    assert len(distinct) == len(set(distinct))


ODDITIES: dict[str, Callable[[Json], bool]] = {
    "no parts": lambda one: one["conversation_parts"]["total_count"] == 0,
    "over 500 parts": lambda one: one["conversation_parts"]["total_count"] > 500,
    "no contacts": lambda one: not one["contacts"]["contacts"],
    "a group": lambda one: len(one["contacts"]["contacts"]) > 2,
    "a ticket": lambda one: one["ticket"] is not None,
    "a rating with words": lambda one: bool(one["conversation_rating"] and one["conversation_rating"]["remark"]),
    "snoozed": lambda one: one["state"] == "snoozed" and 10**9 < one["snoozed_until"] < 10**10,
    "an absurd wake time": lambda one: one["snoozed_until"] == 64_654_125_776,
    "a wake time in milliseconds": lambda one: (one["snoozed_until"] or 0) > 10**12,
    "old priority": lambda one: one["priority"] == "priority",
    "old priority, none": lambda one: one["priority"] == "not_priority",
    "new priority": lambda one: one["priority"] == "urgent",
    "html in the title": lambda one: "<" in (one["title"] or ""),
    "a company": lambda one: one["company"] is not None,
    "linked": lambda one: one["linked_objects"]["total_count"] > 0,
    "unassigned": lambda one: one["admin_assignee_id"] == 0,
    "redacted source": lambda one: bool(one["source"] and one["source"]["redacted"]),
    "lists in attributes": lambda one: any(isinstance(value, list) for value in one["custom_attributes"].values()),
    "objects in attributes": lambda one: any(isinstance(value, dict) for value in one["custom_attributes"].values()),
    "an integer tag id": lambda one: any(isinstance(tag["id"], int) for tag in one["tags"]["tags"]),
    "an escaped tag": lambda one: any("&amp;" in tag["name"] for tag in one["tags"]["tags"]),
    "Fin": lambda one: one["ai_agent_participated"],
    "backdated": lambda one: one["created_at"] < 1_300_000_000,
}

SPEAKING = ("assignment", "close", "open", "snoozed", "note_and_reopen", "assign_and_reopen")


def speaking(kind: str) -> Callable[[Json], bool]:
    return lambda part: part["part_type"] == kind and bool(part["body"])


PART_ODDITIES: dict[str, Callable[[Json], bool]] = {
    **{f"words on {kind}": speaking(kind) for kind in SPEAKING},
    "redacted": lambda part: part["redacted"] and part["body"] is None,
    "quick reply options": lambda part: bool(part["metadata"] and "quick_reply_options" in part["metadata"]),
    "quick reply": lambda part: bool(part["metadata"] and "quick_reply_uuid" in part["metadata"]),
    "empty body": lambda part: part["part_type"] == "comment" and part["body"] == "",
    "null body": lambda part: part["part_type"] == "comment" and part["body"] is None and not part["redacted"],
    "no author": lambda part: part["author"] is None,
    "team author": lambda part: bool(part["author"]) and part["author"]["type"] == "team",
    "bot author": lambda part: bool(part["author"]) and part["author"]["type"] == "bot",
    "Fin as admin": lambda part: (
        bool(part["author"]) and part["author"]["type"] == "admin" and part["author"]["from_ai_agent"]
    ),
    "an integer id": lambda part: isinstance(part["id"], int),
    "milliseconds": lambda part: isinstance(part["created_at"], int) and part["created_at"] > 10**11,
    "tags": lambda part: bool(part["tags"]),
    "unassignment": lambda part: bool(part["assigned_to"]) and part["assigned_to"]["type"] == "nobody_admin",
    "previous value": lambda part: (
        bool(part["event_details"]) and bool(part["event_details"].get("value", {}).get("previous"))
    ),
    "inline image": lambda part: "<img" in (part["body"] or "") and "/i/o/" in part["body"],
    "data image": lambda part: "data:image/gif" in (part["body"] or ""),
    "image elsewhere": lambda part: "images.example.org" in (part["body"] or ""),
    "file link": lambda part: '<a href="http://127.0.0.1:9/i/o/' in (part["body"] or ""),
    "script": lambda part: "<script" in (part["body"] or ""),
    "height as text": lambda part: any(isinstance(file.get("height"), str) for file in part["attachments"]),
    "path in a name": lambda part: any("../" in file["name"] for file in part["attachments"]),
    "a very long name": lambda part: any(len(file["name"]) > 255 for file in part["attachments"]),
    "no content type": lambda part: any(file["content_type"] is None for file in part["attachments"]),
    "a big file": lambda part: any(file["filesize"] > 250_000 for file in part["attachments"]),
}


@pytest.mark.parametrize("seed", [1, 8])
@pytest.mark.parametrize("nasty", [False, True])
def test_every_oddity_is_there_at_500_conversations(shared_world: MakeWorld, seed: int, nasty: bool) -> None:
    found = conversations_of(shared_world(seed, 500, nasty))
    parts = parts_of(found)
    missing = [name for name, is_it in ODDITIES.items() if not any(map(is_it, found))]
    missing += [name for name, is_it in PART_ODDITIES.items() if not any(map(is_it, parts))]
    assert missing == []


def test_nasty_worlds_hold_nul_surrogates_and_unreadable_times(shared_world: MakeWorld) -> None:
    parts = parts_of(conversations_of(shared_world(1, 500, True)))
    bodies = [part["body"] or "" for part in parts]
    assert any("\0" in body for body in bodies)
    assert any("\ud83d" in body for body in bodies)
    assert any(part["created_at"] is None or part["created_at"] < 0 for part in parts)
    calm = [part["body"] or "" for part in parts_of(conversations_of(shared_world(1, 500, False)))]
    for body in calm:
        body.encode()


def test_parts_of_one_second_are_out_of_order_somewhere(shared_world: MakeWorld) -> None:
    def shuffled(one: Json) -> bool:
        keys = [(part["created_at"], int(part["id"])) for part in one["conversation_parts"]["conversation_parts"]]
        return any(a[0] == b[0] and a > b for a, b in pairwise(keys))

    assert any(map(shuffled, conversations_of(shared_world(1, 500, False))))


def test_people_are_as_mixed_as_in_life(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    contacts = contacts_of(world)
    emails: dict[str, list[Json]] = {}
    externals: dict[str, list[Json]] = {}
    for contact in contacts:
        if contact["email"]:
            emails.setdefault(contact["email"].strip().casefold(), []).append(contact)
        if contact["external_id"]:
            externals.setdefault(contact["external_id"], []).append(contact)
    shared = [group for group in emails.values() if len(group) > 1]
    assert any(len({contact["email"] for contact in group}) > 1 for group in shared), "case and spaces differ"
    assert any({"user", "lead"} <= {contact["role"] for contact in group} for group in shared)
    assert any(len(group) > 1 for group in externals.values())
    assert any(contact["tags"]["total_count"] > 10 for contact in contacts)
    assert any(contact["companies"]["total_count"] > 10 for contact in contacts)
    assert any(contact["merge_history"] for contact in contacts)
    names = [contact["name"] or "" for contact in contacts]
    assert any(len(name) > 200 for name in names)
    assert any("\u202e" in name for name in names)
    assert any(unicodedata.category(c) == "Cc" for name in names for c in name)
    created = [contact["created_at"] for contact in contacts]
    assert None in created
    assert any(isinstance(at, int) and at < 0 for at in created)
    assert any(isinstance(at, int) and at > 10**12 for at in created)


def test_a_chain_links_three_contacts_through_email_and_external_id(shared_world: MakeWorld) -> None:
    contacts = contacts_of(shared_world(1, 500, False))
    triples = zip(contacts, contacts[1:], contacts[2:], strict=False)
    assert any(
        a["external_id"]
        and a["external_id"] == b["external_id"]
        and b["email"]
        and b["email"] == c["email"] != a["email"]
        for a, b, c in triples
    )


def test_vanished_people_write_and_take_part(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    found = conversations_of(world)
    ids = {contact["id"] for one in found for contact in one["contacts"]["contacts"]}
    ids |= {part["author"]["id"] for part in parts_of(found) if part["author"] and part["author"]["type"] == "lead"}
    states = {state if isinstance(state := world.contact_state(ident), str) else state[0] for ident in ids}
    assert states == {"listed", "archived", "deleted", "merged"}
    for ident in ids:
        state = world.contact_state(ident)
        assert (world.contact(ident) is not None) == (state == "listed")
        if isinstance(state, tuple):
            winner = world.contact(state[1])
            assert winner is not None
            assert ident in {entry["source_contact_id"] for entry in winner["merge_history"]}


def test_contacts_come_in_order_of_creation_and_are_found_by_id(shared_world: MakeWorld) -> None:
    world = shared_world(4, 500, False)
    ordinary = [at for contact in contacts_of(world) if 10**9 < (at := contact["created_at"] or 0) < 10**10]
    assert ordinary == sorted(ordinary)
    assert all(world.contact_state(ident) == "listed" for ident in world.contact_ids())
    assert world.contact("0" * 24) is None
    assert world.contact_state("nonsense") == "deleted"


def test_removed_admins_write_but_are_not_listed(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    listed = {admin["id"] for admin in world.admins()}
    authors = [part["author"] for part in parts_of(conversations_of(world)) if part["author"]]
    gone = {str(author["id"]) for author in authors if author["type"] == "admin"} - listed
    assert len(gone) >= 3
    names = [admin["name"] for admin in world.admins()]
    assert len(set(names)) < len(names), "two of one name"
    assert any(admin["email"].startswith("operator+") for admin in world.admins())


def test_deleted_tags_are_on_old_conversations_only(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    live = {tag["id"] for tag in world.tags()}
    used = {str(tag["id"]) for one in conversations_of(world) for tag in one["tags"]["tags"]}
    assert used - live
    assert used & live
    assert all(world.tag(ident) is None for ident in used - live)


def test_some_companies_are_named_but_not_in_the_scroll(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    named = {company["id"] for contact in contacts_of(world) for company in contact["companies"]["data"]}
    hidden = {ident for ident in named if not world.company_in_scroll(ident)}
    assert hidden
    assert all(world.company(ident) is not None for ident in named)
    assert {ident for ident in world.company_ids() if world.company_in_scroll(ident)} - named, "one without people"
    assert world.company("0" * 24) is None


def test_macros_have_both_spellings_of_placeholders(shared_world: MakeWorld) -> None:
    macros = shared_world(1, 500, False).macros()
    assert any('<attribute key="user.first_name" default="there"/>' in macro["body"] for macro in macros)
    assert any('{{user.first_name|fallback:"there"}}' in macro["body_text"] for macro in macros)
    assert any(macro["visible_to"] == "specific_teams" for macro in macros)


def test_all_answers_are_plain_json(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, True)
    lists = (world.admins(), world.teams(), world.tags(), world.segments(), world.contact_attributes())
    more = (world.company_attributes(), world.conversation_attributes(), world.macros(), world.subscription_types())
    rest = (world.ticket_types(), world.tickets_only(), world.deleted_conversations(), [world.me()])
    for rows in (*lists, *more, *rest, *world.left_behind().values()):
        assert rows
        assert json.loads(json.dumps(rows)) == rows
    tickets = [row.id for row in world.conversation_index() if row.is_ticket]
    assert tickets
    assert all((ticket := world.ticket(ident)) and ticket["id"] == ident for ident in tickets)


def test_a_big_world_is_made_quickly() -> None:
    begun = time.process_time()
    world = World(1, 5000, now=1_793_534_400, files_url="http://f")
    assert len(world.conversation_index()) == 5000
    assert time.process_time() - begun < 3
