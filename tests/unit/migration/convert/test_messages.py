"""Messages: order, kinds, authors, events, ids."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Author as IntercomAuthor
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert import Lookups, StaffMember, convert_conversation, files_of
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


SAYING = ("comment", "quick_reply", "channel_and_reply_time_expectation")
DOING = (
    *("open", "close", "snoozed", "unsnoozed", "timer_unsnooze"),
    *("assignment", "assign_and_reopen", "assign_and_unsnooze"),
)
NOTES = ("note", "call_summary", "from_the_future", "user_became_idle")
DOING_NOTES = ("note_and_reopen", "note_and_unsnooze", "default_assignment", "workflow_assignment")


@pytest.mark.parametrize(
    ("part_type", "kind"), [*[(t, "reply") for t in (*SAYING, *DOING)], *[(t, "note") for t in (*NOTES, *DOING_NOTES)]]
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
    assert [message.event for message in (spoken, image, filed, redacted)] == [
        {"type": part_type} if part_type in (*DOING, *DOING_NOTES) else None
    ] * 4
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
        ({"assigned_to": {"type": "admin", "id": 7}}, {"assigned_to": {"kind": "admin", "id": "7", "name": "Ana"}}),
        ({"assigned_to": {"type": "team", "id": "3"}}, {"assigned_to": {"kind": "team", "id": "3", "name": "Billing"}}),
        (
            {"assigned_to": {"type": "nobody_admin", "id": None}},
            {"assigned_to": {"kind": "nobody_admin", "id": None, "name": None}},
        ),
        (
            {
                "event_details": {
                    "attribute": {"name": "Plan"},
                    "value": {"name": "pro", "previous": None},
                    "workflow": {"name": "W"},
                }
            },
            {"attribute": "Plan", "value": "pro", "previous": None, "workflow": {"name": "W"}},
        ),
        (
            {"updated_attribute_data": {"attribute": {"id": 1, "label": "Title"}, "value": {"label": "New"}}},
            {"attribute": "Title", "value": "New", "previous": None},
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


def test_what_a_reply_or_a_note_did_besides_is_told() -> None:
    to_ana = {"assigned_to": {"type": "admin", "id": "7"}}
    options = [{"text": "A card", "uuid": "u1"}, {"text": "Else"}, None, {"uuid": "u"}]
    answered, handed_on, noted, offered, chosen, long_ago, changed = messages(
        {"id": 1, "part_type": "assignment", "created_at": 1, "body": "Hello", "state": "open", **to_ana},
        {"id": 2, "part_type": "assignment", "created_at": 2, "body": "I pass you over", "assigned_to": None},
        {"id": 3, "part_type": "note_and_reopen", "created_at": 3, "body": "They called", "state": "open",
         "tags": [{"id": 1, "name": "VIP!"}]},
        {"id": 4, "part_type": "quick_reply", "created_at": 4, "body": "Which?", "state": "open",
         "metadata": {"quick_reply_options": options}},
        {"id": 5, "part_type": "comment", "created_at": 5, "body": "Else", "metadata": {"quick_reply_uuid": "u2"}},
        {"id": 6, "part_type": "comment", "created_at": 6, "body": "Mine", **to_ana},
        {"id": 7, "part_type": "comment", "created_at": 7, "body": "Set", "event_details": {
            "attribute": {"name": "Plan"}, "value": {"name": "pro", "previous": "free"}}},
    )  # fmt: skip
    ana = {"kind": "admin", "id": "7", "name": "Ana"}
    assert answered.event == {"type": "assignment", "assigned_to": ana, "state": "open"}
    assert handed_on.event == {"type": "assignment"}
    assert (noted.kind, noted.event, noted.tags) == ("note", {"type": "note_and_reopen", "state": "open"}, ("vip",))
    assert offered.event == {"type": "quick_reply", "options": ["A card", "Else"], "state": "open"}
    assert chosen.event is None
    assert long_ago.event == {"type": "comment", "assigned_to": ana}
    assert changed.event == {"type": "comment", "attribute": "Plan", "value": "pro", "previous": "free"}


@pytest.mark.parametrize("metadata", [None, [], "x", {"quick_reply_options": "x"}, {"quick_reply_options": [1, []]}])
def test_metadata_of_any_shape_does_no_harm(metadata: Any) -> None:
    (message,) = messages({"id": 1, "part_type": "quick_reply", "created_at": 1, "body": None, "metadata": metadata})
    assert message.event == {"type": "quick_reply"}


def test_details_in_metadata_are_the_events_too() -> None:
    (message,) = messages(
        {"id": 1, "part_type": "language_detection_details", "created_at": 1, "metadata": {"l\0": "de"}}
    )
    assert message.event == {"type": "language_detection_details", "l\ufffd": "de"}


def test_names_are_decoded_once() -> None:
    (message,) = messages(
        {"id": 1, "part_type": "comment", "created_at": 1, "body": "x",
         "author": {"type": "user", "id": "c1", "name": "Phone &amp;amp; SMS &#39;x&#x27; &copy"}},
    )  # fmt: skip
    assert message.author.source_name == "Phone &amp; SMS 'x' &copy"
    (message,) = messages(
        {"id": 1, "created_at": 1, "assigned_to": {"type": "admin", "id": "404", "name": "A &amp; B"}}
    )
    assert message.event == {"type": "unknown", "assigned_to": {"kind": "admin", "id": "404", "name": "A & B"}}


def mail(**more: Any) -> dict[str, Any]:
    headers = [("from", "ada@a.example"), ("to", "help@us.example"), ("To", "x@y.example"), ("cc", "c@a.example"),
               ("bcc", "b@a.example"), ("to", "help@us.example"), ("to", ""), ("reply_to", "r@a.example")]  # fmt: skip
    return {
        "message_id": " <1@mail.example> ",
        "email_address_headers": [{"type": kind, "email_address": at, "name": "N"} for kind, at in headers],
        **more,
    }


def test_mails_keep_their_recipients_their_id_and_what_they_quote() -> None:
    quoted = '<div class="x">On Monday<script>1</script><blockquote><p>old</p></blockquote></div>'
    source = {"id": 1, "type": "email", "body": "<p>new</p>", "email_message_metadata": mail(history=quoted)}
    first, second = messages(
        {"id": 1, "part_type": "comment", "created_at": 500, "body": "x", "email_message_metadata": mail()},
        source=source,
    )
    for message in (first, second):
        assert message.to == ("help@us.example", "x@y.example")
        assert message.cc == ("c@a.example",)
        assert message.email_message_id == "<1@mail.example>"
    assert first.body_text == "new"
    assert first.quoted_html == "<div>On Monday<blockquote><p>old</p></blockquote></div>"
    assert first.quoted_text == "On Monday\n> old"
    assert (second.quoted_html, second.quoted_text) == (None, None)


def test_recipients_fill_what_the_header_does_not_tell() -> None:
    recipients = [{"type": kind, "email": f"{kind}@x.example"} for kind in ("to", "cc", "bcc")]
    (message,) = messages(source={"type": "email", "body": "x", "recipients": recipients})
    assert (message.to, message.cc) == (("to@x.example",), ("cc@x.example",))
    (message,) = messages(
        source={"type": "email", "body": "x", "recipients": recipients, "email_message_metadata": mail()}
    )
    assert (message.to, message.cc) == (("help@us.example", "x@y.example"), ("c@a.example",))


def test_a_mail_that_only_forwards_is_a_message() -> None:
    file = "https://downloads.intercomcdn.com/q.png?expires=1"
    source = {"type": "email", "body": "", "email_message_metadata": mail(history=f'<p>fwd<img src="{file}"></p>')}
    raw = Conversation.read({"id": 77, "created_at": 100, "source": source})
    thread = convert_conversation(raw, LOOKUPS).thread
    (message,), (attachment,) = thread.messages, thread.attachments
    assert (message.kind, message.body_html, message.source_sha256) == ("reply", None, None)
    assert message.quoted_html == f'<p>fwd<img src="attachment:{attachment.id}" alt=""></p>'
    assert [ref.path for ref in files_of(raw, FileHosts())] == [file.partition("?")[0]]


@pytest.mark.parametrize(
    "metadata",
    [
        *(None, [], "x", 5),
        {"message_id": 5, "email_address_headers": 1, "history": {}},
        {"email_address_headers": [None, 1, {"type": {}, "email_address": []}]},
    ],
)
def test_mail_metadata_of_any_shape_does_no_harm(metadata: Any) -> None:
    (message,) = messages(
        source={"type": "email", "body": "x", "email_message_metadata": metadata, "recipients": metadata}
    )
    assert (message.to, message.cc, message.quoted_text) == ((), (), None)
