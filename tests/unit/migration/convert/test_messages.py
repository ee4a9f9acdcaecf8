"""Messages: order, kinds, authors, events, ids."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Author as IntercomAuthor
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert import Lookups, StaffMember, convert_conversation
from ochre_tui.migration.convert.ids import historical_user_id
from ochre_tui.migration.convert.messages import convert_author
from ochre_tui.ochre.records import Author, Message

LOOKUPS = Lookups(
    "wsp",
    FileHosts(),
    "usr_bot",
    staff={
        "7": StaffMember("usr_ana", "ana@ochre.example", "Ana", assignable=True),
        "8": StaffMember("usr_old", None, "Old", assignable=False),
        "9": StaffMember("usr_bot", None, "Intercom Bot", assignable=False, is_bot=True),
    },
    teams={"3": "Billing"},
    tags={"1": "vip"},
    customers={"c1": "cus_1"},
)


def messages(*parts: dict[str, Any], **more: Any) -> tuple[Message, ...]:
    raw = {"id": 77, "created_at": 100, "conversation_parts": {"conversation_parts": list(parts)}, **more}
    return convert_conversation(Conversation.read(raw), LOOKUPS).thread.messages


REPLIES = ("comment", "quick_reply", "open", "close", "snoozed", "unsnoozed", "timer_unsnooze")
NOTES = ("note", "note_and_reopen", "assignment", "assign_and_reopen", "call_summary", "from_the_future", "source")


@pytest.mark.parametrize(
    ("part_type", "kind"), [*[(t, "reply") for t in REPLIES], *[(t, "note") for t in NOTES if t != "source"]]
)
def test_kinds(part_type: str, kind: str) -> None:
    file = {"url": "https://downloads.intercomcdn.com/a.pdf", "name": "a.pdf"}
    spoken, image, filed, empty, blank, redacted = messages(
        {"id": 1, "part_type": part_type, "created_at": 1, "body": "<p>x</p>"},
        {
            "id": 2,
            "part_type": part_type,
            "created_at": 2,
            "body": '<img src="https://downloads.intercomcdn.com/a.png">',
        },
        {"id": 3, "part_type": part_type, "created_at": 3, "body": None, "attachments": [file]},
        {"id": 4, "part_type": part_type, "created_at": 4, "body": None},
        {"id": 5, "part_type": part_type, "created_at": 5, "body": "<p> &nbsp;</p>"},
        {"id": 6, "part_type": part_type, "created_at": 6, "body": None, "redacted": True},
    )
    assert [message.kind for message in (spoken, image, filed, redacted)] == [kind] * 4
    assert [message.kind for message in (empty, blank)] == ["event"] * 2
    assert redacted.redacted
    assert [message.event for message in (spoken, image, filed, redacted)] == [None] * 4
    assert empty.event == {"type": part_type}
    assert (blank.body_html, blank.body_text, empty.source_sha256) == (None, None, None)
    assert blank.source_sha256 is not None
    assert {message.source_type for message in (spoken, empty)} == {part_type}


def test_the_source_comes_first_at_the_conversations_time() -> None:
    source = {"type": "email", "id": 9, "body": "<p>Hi</p>", "author": {"type": "user", "id": "c1", "name": "Cy"}}
    first, second = messages({"id": 1, "part_type": "comment", "created_at": 50, "body": "x"}, source=source)
    assert (first.position, first.kind, first.source_id, first.source_type, first.created_at) == (
        0,
        "reply",
        "9",
        "source",
        100,
    )
    assert first.author == Author("customer", "cus_1", None, "Cy")
    assert second.position == 1
    (only,) = messages({"id": 1, "part_type": "comment", "created_at": 50, "body": "x"}, source=None)
    assert (only.position, only.source_id) == (0, "1")
    (bare, _) = messages({"id": 1, "part_type": "note", "created_at": 5}, source={"type": None, "body": ""})
    assert (bare.kind, bare.event, bare.author.kind) == ("event", {"type": "source"}, "system")


def test_parts_are_sorted_by_time_then_by_number() -> None:
    found = messages(
        {"id": "10", "created_at": 5},
        {"id": 9, "created_at": 5},
        {"id": "abc", "created_at": 5},
        {"id": "2", "created_at": "never"},
        {"id": "1", "created_at": 4_000_000_000_000},
        {"id": "3", "created_at": 4},
    )
    assert [message.source_id for message in found] == ["2", "3", "9", "10", "abc", "1"]
    assert [message.position for message in found] == list(range(6))
    assert found[0].created_at is None
    assert found[5].created_at == 4_000_000_000


def test_a_repeated_part_id_gives_messages_of_their_own() -> None:
    twice = [{"id": 4, "part_type": "comment", "created_at": 1, "body": text} for text in ("a", "b")]
    first, second = messages(*twice)
    assert first.source_id == second.source_id == "4"
    assert first.id != second.id
    assert [message.id for message in messages(*twice)] == [first.id, second.id]


@given(st.permutations(range(6)))
def test_the_order_in_which_parts_come_does_not_matter(order: list[int]) -> None:
    parts = [{"id": 40 + n, "part_type": "comment", "created_at": n // 2, "body": f"<p>{n}</p>"} for n in range(6)]
    assert messages(*[parts[n] for n in order]) == messages(*parts)


def test_ids_depend_on_the_workspace_and_the_conversation() -> None:
    raw = {"id": 1, "conversation_parts": {"conversation_parts": [{"id": 5, "created_at": 1}]}}
    ids = {
        convert_conversation(Conversation.read({**raw, "id": number}), Lookups(workspace, FileHosts()))
        .thread.messages[0]
        .id
        for number in (1, 2)
        for workspace in ("a", "b")
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"type": "user", "id": "c1", "name": "Cy"}, Author("customer", "cus_1", None, "Cy")),
        ({"type": "lead", "id": "c1", "name": ""}, Author("customer", "cus_1", None, None)),
        ({"type": "user", "id": None, "name": "Tweeter"}, Author("customer", None, "Tweeter", "Tweeter")),
        ({"type": "admin", "id": 7, "name": "Ana I."}, Author("user", "usr_ana", None, "Ana I.")),
        ({"type": "admin", "id": "8", "name": "Old"}, Author("user", "usr_old", None, "Old")),
        ({"type": "admin", "id": "404", "name": "Who"}, Author("user", historical_user_id("wsp", "404"), None, "Who")),
        ({"type": "admin", "id": None, "name": "Who"}, Author("user", None, "Who", "Who")),
        ({"type": "admin", "id": "9", "name": "Fin"}, Author("bot", "usr_bot", None, "Fin")),
        ({"type": "bot", "id": "7", "name": "Operator"}, Author("bot", "usr_bot", None, "Operator")),
        (
            {"type": "admin", "id": "7", "name": "Op", "email": "Operator+abc1@intercom.io"},
            Author("bot", "usr_bot", None, "Op"),
        ),
        ({"type": "admin", "id": "7", "name": "Fin", "from_ai_agent": True}, Author("bot", "usr_bot", None, "Fin")),
        ({"type": "admin", "id": "7", "name": "Fin", "is_ai_answer": True}, Author("bot", "usr_bot", None, "Fin")),
        ({"type": "team", "id": 3, "name": None}, Author("user", None, "Billing", None)),
        ({"type": "team", "id": 4, "name": "Sales"}, Author("user", None, "Sales", "Sales")),
        ({"type": "nobody", "id": None}, Author("system")),
    ],
)
def test_authors(raw: dict[str, Any], expected: Author) -> None:
    assert convert_author(IntercomAuthor.model_validate(raw), LOOKUPS) == expected


def test_no_author_is_the_system() -> None:
    assert convert_author(None, LOOKUPS) == Author("system")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"assigned_to": {"type": "admin", "id": 7}}, {"assigned_to": {"type": "admin", "id": "7", "name": "Ana"}}),
        ({"assigned_to": {"type": "team", "id": "3"}}, {"assigned_to": {"type": "team", "id": "3", "name": "Billing"}}),
        (
            {"assigned_to": {"type": "nobody_admin", "id": None}},
            {"assigned_to": {"type": "nobody_admin", "id": None, "name": None}},
        ),
        (
            {
                "event_details": {
                    "attribute": {"name": "Plan"},
                    "value": {"name": "pro", "previous": None},
                    "workflow": {"name": "W"},
                }
            },
            {"attribute": {"name": "Plan", "value": "pro", "previous": None}, "workflow": {"name": "W"}},
        ),
        (
            {"updated_attribute_data": {"attribute": {"id": 1, "label": "Title"}, "value": {"label": "New"}}},
            {"attribute": {"name": "Title", "value": "New", "previous": None}},
        ),
        (
            {"event_details": {"action": {"name": "A", "result": "failed"}}},
            {"action": {"name": "A", "result": "failed"}},
        ),
        (
            {"ticket_state": "resolved", "previous_ticket_state": "open"},
            {"ticket_state": "resolved", "previous_ticket_state": "open"},
        ),
        ({"state": "snoozed", "tags": [{"id": 1, "name": "VIP!"}]}, {"state": "snoozed", "tags": ["vip"]}),
        ({"event_details": {"rating": 5}}, {"rating": 5}),
    ],
)
def test_events_tell_what_intercom_tells(part: dict[str, Any], expected: dict[str, Any]) -> None:
    (message,) = messages({"id": 1, "part_type": "some_event", "created_at": 1, **part})
    assert message.event == {"type": "some_event", **expected}
