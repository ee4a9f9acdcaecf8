"""The sheet of attributes: choices with their misfits, editing, problems."""

from __future__ import annotations

import pytest

from ochre_tui.migration.mapping.fields import FieldKey, FieldSheet, field_entries, field_words, with_fields
from ochre_tui.migration.plan.model import FieldEntry, Fields, Plan, PlanScope
from ochre_tui.migration.scan.result import ScannedField, TextUse
from ochre_tui.ochre.records import CustomField

TIER: FieldKey = ("contact", "Plan Tier")
SEATS: FieldKey = ("contact", "Seats")
NOTES: FieldKey = ("contact", "Notes")
REGION: FieldKey = ("company", "Region")


def attribute(
    key: FieldKey, data_type: str = "string", options: list[str] | None = None, **more: object
) -> ScannedField:
    scope: PlanScope = key[0]
    found = ScannedField(
        scope=scope, name=key[1], label=key[1], data_type=data_type, options=options or [], archived=False
    )
    return found.model_copy(update=more)


ATTRIBUTES = (
    attribute(
        TIER,
        options=["free", "pro"],
        usage=10,
        misfits=2,
        misfits_as={"text": 0, "number": 10, "boolean": 10, "date": 10},
        texts=TextUse(alone={"free": 5, "Pro": 3, "gold": 2}),
    ),
    attribute(SEATS, "integer", usage=4, misfits_as={"text": 0, "number": 0, "boolean": 4, "date": 4}, texts=TextUse()),
    attribute(NOTES, usage=900, distinct_capped=True, misfits_as={"text": 0}, texts=TextUse(alone={"x": 1})),
    attribute(REGION, options=["EU"], usage=1, texts=TextUse(alone={"EU": 1})),
)
LEVEL = CustomField("f1", "customer", "level", "Level", "single_select", ("free", "pro", "gold"))
COUNT = CustomField("f2", "customer", "count", "Count", "number")


def sheet(entries: dict[FieldKey, FieldEntry] | None = None) -> FieldSheet:
    return FieldSheet(ATTRIBUTES, (LEVEL, COUNT), entries or {})


def create(key: str, kind: str = "text", *options: str) -> FieldEntry:
    return FieldEntry.model_validate({"action": "create", "key": key, "type": kind, "options": options or None})


def test_what_fits_wholly_is_certain() -> None:
    assert sheet().certain() == [SEATS, NOTES, REGION]


def test_choices_tell_what_would_not_fit() -> None:
    choices = {choice.label: choice for choice in sheet().choices([TIER])}
    first = next(iter(choices.values()))
    assert (first.label, first.suggested, first.warning) == ("New single select field", True, "2 of 10 do not fit")
    assert choices["New text field"].detail == "all values fit"
    assert choices["New number field"].warning == "10 of 10 do not fit"
    assert choices["Map to level"].warning == ""
    assert choices["Map to count"].refused == "a number field can't hold this attribute"


def test_a_select_whose_options_nobody_knows_is_refused() -> None:
    choices = {choice.label: choice for choice in sheet().choices([NOTES])}
    assert choices["New single select field"].refused == "its options are not known: name them with o"


def test_fields_of_another_scope_are_not_offered() -> None:
    assert not [choice for choice in sheet().choices([REGION]) if choice.label.startswith("Map")]


def test_a_field_takes_one_attribute() -> None:
    rows = sheet({TIER: FieldEntry(action="map", key="level")})
    refused = next(choice.refused for choice in rows.choices([NOTES]) if choice.label == "Map to level")
    assert refused == "Plan Tier goes there"


def test_two_attributes_on_one_key_are_a_problem_that_either_can_end() -> None:
    rows = sheet({SEATS: create("same", "number"), NOTES: create("same")})
    assert [rows.status(key) for key in (SEATS, NOTES)] == ["decided", "problem"]
    rows.skip([SEATS])
    assert rows.tally().problems == 0
    rows.undo()
    assert rows.status(NOTES) == "problem"
    rows.decide("x", {NOTES: create("notes")})
    assert rows.tally().problems == 0


def test_the_same_key_in_two_scopes_is_no_problem() -> None:
    assert sheet({NOTES: create("same"), REGION: create("same")}).tally().problems == 0


def test_several_become_new_fields_at_once() -> None:
    rows = sheet()
    keys = [TIER, SEATS, NOTES]
    text = next(choice for choice in rows.choices(keys) if choice.label == "New text field")
    rows.choose(text, keys)
    assert rows.entries() == {TIER: create("plan_tier"), SEATS: create("seats"), NOTES: create("notes")}
    select = next(choice for choice in rows.choices(keys) if choice.label == "New single select field")
    assert select.warning == "2 of 10 do not fit · 2 attributes without options stay as they are"


def test_a_new_type_keeps_the_key_and_options_that_were_decided() -> None:
    rows = sheet({TIER: create("level_of_plan", "single_select", "a", "b")})
    assert rows.new_entry(TIER, "multi_select") == create("level_of_plan", "multi_select", "a", "b")
    assert rows.new_entry(TIER, "text") == create("level_of_plan")


@pytest.mark.parametrize(
    ("key", "kind", "options", "wrong"),
    [
        ("Plan", "text", [], {"key"}),
        ("", "text", [], {"key"}),
        ("plan", "single_select", [], {"options"}),
        ("plan", "single_select", ["a", "a"], {"options"}),
        ("level", "text", [], {"key"}),
        ("taken", "text", [], {"key"}),
        ("plan", "number", ["left over"], set()),
        ("plan", "single_select", ["a", "b"], set()),
    ],
)
def test_what_is_entered_by_hand_is_judged(key: str, kind: str, options: list[str], wrong: set[str]) -> None:
    rows = sheet({NOTES: create("taken")})
    entry, errors = rows.edited(
        TIER, key, "text" if kind == "text" else "single_select" if "select" in kind else "number", options
    )
    assert set(errors) == wrong
    assert (entry is None) == bool(wrong)


def test_misfits_follow_the_options() -> None:
    rows = sheet()
    assert [
        str(rows.misfits(TIER, create("k", "single_select", *options)))
        for options in (["free"], ["FREE", "pro", "gold"], ["other"])
    ] == ["5 of 10 do not fit", "all values fit", "10 of 10 do not fit"]
    assert rows.misfits(TIER, FieldEntry(action="skip")) is None
    assert str(rows.misfits(TIER, FieldEntry(action="map", key="level"))) == "all values fit"


def test_an_older_scan_counted_nothing() -> None:
    rows = FieldSheet([attribute(TIER, usage=3)], (), {})
    assert rows.misfits(TIER, create("k", "number")) is None
    assert [choice.detail for choice in rows.choices([TIER]) if choice.label == "New number field"] == [""]


def test_the_plan_keeps_what_the_sheet_does_not_know() -> None:
    other = Plan(fields=Fields(contact={"Gone": create("gone")}))
    plan = with_fields(other, {TIER: create("tier"), REGION: None})
    assert field_entries(plan) == {("contact", "Gone"): create("gone"), TIER: create("tier")}


def test_decisions_in_words() -> None:
    entries = (FieldEntry(action="skip"), FieldEntry(action="map", key="level"), create("seats", "number"))
    assert [field_words(entry) for entry in entries] == ["skip", "map to level", "seats · number"]
