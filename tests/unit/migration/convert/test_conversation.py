"""Conversations: every rule of their own fields, and whole ones against golden files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.intercom.models import Conversation as IntercomConversation
from ochre_tui.migration.convert import (
    Converted,
    convert_conversation,
    people_of,
    staff_of,
)
from ochre_tui.ochre.records import Conversation
from tests.support.lookups import LOOKUPS

GOLDEN = Path(__file__).parent / "golden"


def convert(**raw: Any) -> Converted:
    return convert_conversation(IntercomConversation.read({"id": "215", **raw}), LOOKUPS)


def converted(**raw: Any) -> Conversation:
    return convert(**raw).thread.conversation


def part(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "part_type": "comment", "created_at": number, **more}


def parts(*items: dict[str, Any], total: Any = None) -> dict[str, Any]:
    return {"conversation_parts": list(items), "total_count": len(items) if total is None else total}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    """`source` as Intercom sends it, `thread` as it has to become; ids are part of the promise."""
    golden = json.loads(path.read_text())
    result = convert_conversation(IntercomConversation.read(golden["source"]), LOOKUPS)
    found = json.loads(json.dumps(asdict(result.thread)))
    assert found == golden["thread"]
    assert result.warnings == golden["warnings"]


@pytest.mark.parametrize(
    ("state", "status", "warned"),
    [
        ("open", "open", 0),
        ("closed", "closed", 0),
        ("snoozed", "snoozed", 0),
        ("archived", "closed", 1),
        (None, "closed", 1),
    ],
)
def test_status(state: str | None, status: str, warned: int) -> None:
    result = convert(state=state)
    assert result.thread.conversation.status == status
    assert len(result.warnings) == warned


@pytest.mark.parametrize(
    ("raw", "priority"),
    [("priority", "high"), ("high", "high"), ("urgent", "urgent"), ("low", "low"), ("medium", "normal"),
     ("none", "normal"), ("not_priority", "normal"), (None, "normal"), (7, "normal")],
)  # fmt: skip
def test_priority(raw: Any, priority: str) -> None:
    assert converted(priority=raw).priority == priority


@pytest.mark.parametrize(
    ("source_type", "channel"),
    [
        ("conversation", "Intercom Messenger"),
        ("email", "Intercom Email"),
        ("facebook", "Intercom Facebook"),
        ("instagram", "Intercom Instagram"),
        ("twitter", "Intercom Twitter"),
        ("push", "Intercom Push"),
        ("phone_call", "Intercom Phone"),
        ("phone_switch", "Intercom Phone"),
        ("sms", "Intercom SMS"),
        ("whatsapp", "Intercom WhatsApp"),
        (None, "Intercom Other"),
        ("carrier_pigeon", "Intercom Carrier Pigeon"),
    ],
)
def test_channel(source_type: str | None, channel: str) -> None:
    assert converted(source={"type": source_type}).channel == channel


def test_a_conversation_without_source_is_of_the_other_channel() -> None:
    assert converted(source=None).channel == "Intercom Other"


LONG = "We have been trying to connect the new warehouse scanner since Monday, and each time it says no."


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ({"title": " Re: <order 5> & more "}, " Re: <order 5> & more "),
        ({"title": "", "source": {"subject": "Invoice"}}, "Invoice"),
        ({"title": None, "source": {"subject": "<p>Tom &amp; Jerry</p>"}}, "Tom & Jerry"),
        ({"source": {"subject": "a < b & c"}}, "a < b & c"),
        ({"source": {"subject": "", "body": f"<p>{LONG}</p>"}},
         "We have been trying to connect the new warehouse scanner since Monday, and each…"),
        ({"source": {"body": "<p>one</p><p>two</p>"}}, "one two"),
        ({"source": {"body": ""}, "conversation_parts": parts(part(1), part(2, body="<p>later</p>"))}, "later"),
        ({"source": {"body": "x" * 81}}, "x" * 80 + "…"),
        ({"source": {"body": "x" * 80}}, "x" * 80),
        ({"source": {"body": "x" * 80 + " y"}}, "x" * 80 + "…"),
        ({"source": {"body": None}}, "(no subject)"),
        ({"title": "<p>A<br>B</p>", "source": {"subject": "C"}}, "A B"),
        ({"title": "<b>R</b>&amp;D &amp;lt; Ada <a@b.example> &copy 5 > 3"}, "R&D &lt; Ada <a@b.example> &copy 5 > 3"),
        ({"title": "<p> </p>", "source": {"subject": "<div>&nbsp;</div>", "body": "said"}}, "said"),
        ({"custom_attributes": {"_default_title_": "App &amp; error"}, "source": {"subject": "S"}}, "App & error"),
        ({"ticket": {"custom_attributes": {"_default_title_": {"value": "App error", "type": "string"}}},
          "source": {"body": "x"}}, "App error"),
        ({"title": "T", "custom_attributes": {"_default_title_": "App error"}}, "T"),
        ({"conversation_parts": parts(part(1, part_type="note", body="internal.TimeoutException"))}, "(no subject)"),
        ({"conversation_parts": parts(part(1, part_type="note", body="internal"), part(2, body="answer"))}, "answer"),
        ({"conversation_parts": parts(part(1, part_type="call_summary", body="x"), part(2, part_type="assignment",
                                                                                         body="Hello"))}, "Hello"),
        ({"custom_attributes": {"_default_description_": "I can't link my card"},
          "conversation_parts": parts(part(1, part_type="note", body="internal"))}, "I can't link my card"),
        ({}, "(no subject)"),
    ],
)  # fmt: skip
def test_subject(raw: dict[str, Any], subject: str) -> None:
    assert converted(**raw).subject == subject


@pytest.mark.parametrize(
    ("raw", "assignee"),
    [
        (814860, ("usr_ana", "ana@ochre.example", "814860")),
        ("814861", (None, "gone@old.example", "814861")),
        ("404", (None, None, "404")),
        (0, (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_assignee(raw: Any, assignee: tuple[str | None, str | None, str | None]) -> None:
    found = converted(admin_assignee_id=raw)
    assert (found.assignee_id, found.assignee_email, found.assignee_intercom_id) == assignee


def test_team() -> None:
    assert converted(team_assignee_id="31").team == "Billing"
    assert converted(team_assignee_id=0).team is None


def test_customers_are_participants_then_others_who_wrote() -> None:
    found = converted(
        contacts={"contacts": [{"id": "c2"}, {"id": "c1"}, {"id": "unknown"}, {"id": "c2"}]},
        source={"author": {"type": "user", "id": "c1"}, "body": "x"},
        conversation_parts=parts(
            part(2, author={"type": "lead", "id": "c3"}), part(1, author={"type": "admin", "id": "814860"})
        ),
    )
    assert found.customer_ids == ("cus_2", "cus_1", "cus_3")


def test_tags_are_names_sorted_and_distinct() -> None:
    result = convert(
        tags={
            "tags": [
                {"id": 8, "name": "old name"},
                {"id": "99", "name": " A &amp; B "},
                {"id": "7"},
                {"id": "98", "name": "VIP"},
            ]
        },
        conversation_parts=parts(part(1, tags=[{"id": "97", "name": "Zu\u0308rich"}])),
    )
    assert result.thread.conversation.tags == ("A & B", "VIP", "billing")
    assert result.thread.messages[0].tags == ("Z\u00fcrich",)
    assert result.tags_seen == {"8": "old name", "99": " A &amp; B ", "98": "VIP", "97": "Zu\u0308rich"}


def test_a_tickets_fields_are_custom_attributes() -> None:
    result = convert(
        custom_attributes={"Issue type": "bug", "Title": "", "Old queue": "North", "Copilot used": False},
        ticket={"custom_attributes": {"Title": {"value": "Wet", "type": "string"}, "Pallets": {"value": 3}, "Raw": 1,
                                      "Issue type": {"value": "Question"}, "Order number": {"value": 5}}},
    )  # fmt: skip
    conversation = result.thread.conversation
    assert conversation.custom_fields == {"issue_type": "Bug", "order_number": "5"}
    assert conversation.unmapped == {"Title": "Wet", "Copilot used": False, "Pallets": 3, "Raw": 1}
    assert result.unmapped == Counter({("conversation", name): 1 for name in conversation.unmapped})


def test_rating() -> None:
    found = converted(conversation_rating={"rating": "5", "remark": "great\0", "contact": {"id": "c1"}})
    assert (found.rating, found.rating_remark) == (5, "great\ufffd")
    assert (converted(conversation_rating=None).rating, converted(conversation_rating={}).rating_remark) == (None, None)


def test_times_out_of_range_are_null_and_kept_raw() -> None:
    result = convert(
        created_at=1_700_000_000_000,
        updated_at=-5,
        snoozed_until=64_654_125_776,
        conversation_parts=parts(part(1, created_at="never"), part(2, created_at=None)),
    )
    conversation = result.thread.conversation
    assert (conversation.created_at, conversation.updated_at, conversation.snoozed_until) == (1_700_000_000, None, None)
    assert conversation.unmapped == {"updated_at": -5, "snoozed_until": 64_654_125_776, "part 1 created_at": "never"}
    assert result.unmapped["conversation", "part created_at"] == 1


@pytest.mark.parametrize(("total", "incomplete"), [(2, False), (3, True), ("3", True), (1, False), ("?", False)])
def test_a_conversation_with_fewer_parts_than_intercom_counts_is_incomplete(total: Any, incomplete: bool) -> None:
    result = convert(state="open", conversation_parts=parts(part(1), part(2), total=total))
    assert result.thread.conversation.incomplete is incomplete
    assert len(result.warnings) == int(incomplete)
    assert result.thread.conversation.source_part_count == (None if total == "?" else int(total))


def test_who_is_seen() -> None:
    conversation = IntercomConversation.read(
        {
            "id": "215",
            "created_at": 50,
            "admin_assignee_id": 814860,
            "contacts": {"contacts": [{"id": "c1"}]},
            "conversation_rating": {"rating": 5, "contact": {"id": "c9"}},
            "source": {"author": {"type": "lead", "id": "c2", "name": "Li", "email": " li@x.example "}, "body": "x"},
            "conversation_parts": parts(
                part(60, author={"type": "admin", "id": 5, "name": "Ex", "email": "ex@x.example"}),
                part(61, author={"type": "admin", "id": 6, "name": "Op", "email": "operator+abc@intercom.io"}),
                part(62, author={"type": "bot", "id": 7, "name": "Fin"}),
                part(63, author={"type": "team", "id": 8, "name": "Team"}),
                part(64, author={"type": "user", "id": None, "name": "Tweeter"}),
            ),
        }
    )
    assert [(s.person_id, s.role, s.name, s.email, s.at, s.position) for s in people_of(conversation)] == [
        ("c1", "contact", None, None, 50, 0),
        ("c9", "contact", None, None, 50, 0),
        ("c2", "lead", "Li", " li@x.example ", 50, 0),
    ]
    assert [(s.person_id, s.name, s.email, s.at, s.position) for s in staff_of(conversation)] == [
        ("814860", None, None, 50, 0),
        ("5", "Ex", "ex@x.example", 60, 1),
    ]


def test_a_bot_that_is_the_assignee_is_no_staff() -> None:
    conversation = IntercomConversation.read(
        {"id": "1", "admin_assignee_id": 7, "conversation_parts": parts(part(1, author={"type": "bot", "id": 7}))}
    )
    assert staff_of(conversation) == []
