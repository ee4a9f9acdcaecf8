"""The shapes of older versions, made from 2.16's."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ochre_tui.sandbox import versions

CONVERSATION: dict[str, Any] = {
    "id": "1",
    "priority": "high",
    "admin_assignee_id": 0,
    "team_assignee_id": 7,
    "company": {"id": "c"},
    "channel": {"initial": "email"},
    "ai_agent": {"resolution_state": "escalated", "rating": 3},
    "source": {"id": "s", "recipients": [], "reply_to": [], "email_message_metadata": {"message_id": "m"}},
    "statistics": {"count_reopens": 1, "handling_time": 60},
    "conversation_parts": {
        "type": "conversation_part.list",
        "total_count": 1,
        "conversation_parts": [
            {
                "id": "p",
                "body": "b",
                "state": "open",
                "tags": [],
                "metadata": {"quick_reply_uuid": "u"},
                "email_message_metadata": {"subject": "s", "message_id": "m"},
                "author": {"id": "a", "from_ai_agent": True, "is_ai_answer": False},
            }
        ],
    },
}


def part(shown: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = shown["conversation_parts"]["conversation_parts"][0]
    return found


def test_2_16_is_as_it_is() -> None:
    assert versions.conversation(CONVERSATION, "2.16") is CONVERSATION


@pytest.mark.parametrize("version", versions.SUPPORTED)
def test_the_original_stays_as_it_is(version: str) -> None:
    before = copy.deepcopy(CONVERSATION)
    versions.conversation(CONVERSATION, version)
    assert before == CONVERSATION


def test_2_15_knows_two_priorities_and_null_assignees() -> None:
    shown = versions.conversation(CONVERSATION, "2.15")
    assert (shown["priority"], shown["admin_assignee_id"], shown["team_assignee_id"]) == ("priority", None, 7)
    assert versions.conversation({"priority": "medium"}, "2.15")["priority"] == "not_priority"
    assert "channel" not in shown
    assert shown["source"] == {"id": "s"}
    assert shown["company"] == {"id": "c"}
    assert part(shown)["email_message_metadata"]["message_id"] == "m"


def test_2_14_has_no_company_and_other_ai_words() -> None:
    shown = versions.conversation(CONVERSATION, "2.14")
    assert "company" not in shown
    assert shown["ai_agent"] == {"resolution_state": "routed_to_team", "rating": 3}
    assert part(shown)["email_message_metadata"] == {"subject": "s"}
    assert part(shown)["author"]["from_ai_agent"] is True


def test_2_11_parts_are_bare() -> None:
    shown = versions.conversation(CONVERSATION, "2.11")
    assert part(shown) == {"id": "p", "body": "b", "author": {"id": "a"}}
    assert shown["statistics"] == {"count_reopens": 1}


def test_contacts() -> None:
    full = {"id": "1", "owner_id": "814860", "phone": "+1", "merge_history": []}
    assert versions.contact(full, "2.16") == full
    assert versions.contact(full, "2.15") == {"id": "1", "owner_id": 814860, "phone": "+1"}
    assert versions.contact(full, "2.11")["formatted_phone"] == "+1"
    assert versions.contact({"owner_id": None}, "2.14")["owner_id"] is None


def test_tickets() -> None:
    state = {"category": "submitted", "internal_label": "In", "external_label": "Out"}
    full = {"id": "1", "admin_assignee_id": 0, "team_assignee_id": 5, "ticket_state": state}
    assert versions.ticket(full, "2.16") == full
    assert versions.ticket(full, "2.14") == {**full, "admin_assignee_id": "0", "team_assignee_id": "5"}
    oldest = versions.ticket(full, "2.11")
    assert oldest["ticket_state"] == "submitted"
    assert (oldest["ticket_state_internal_label"], oldest["ticket_state_external_label"]) == ("In", "Out")


def test_avatars_come_on_request_and_in_two_shapes() -> None:
    full = {"id": "1", "role": "admin", "avatar": "https://example.com/a.png"}
    assert versions.admin(full, "2.16", with_avatar=False) == {"id": "1", "role": "admin"}
    assert versions.admin(full, "2.14", with_avatar=True) == {"id": "1", "avatar": "https://example.com/a.png"}
    assert versions.admin(full, "2.11", with_avatar=True)["avatar"]["image_url"] == "https://example.com/a.png"
