"""Tickets: title, description, type and state; and the files among the attributes of conversations and tickets."""

from __future__ import annotations

from typing import Any

import pytest

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert import FieldRule, Lookups, StoredFile, convert_conversation, files_of
from ochre_tui.migration.convert.context import SKIP
from ochre_tui.migration.convert.ticket import attributes_of
from ochre_tui.ochre.records import Author, Thread

URL = "https://downloads.intercomcdn.com/i/o/abc/5/aa/proof.pdf"
UPLOAD = {
    "type": "upload",
    "name": "proof.pdf",
    "url": f"{URL}?expires=1&signature=2",
    "content_type": "application/pdf",
    "filesize": 10,
}
LOOKUPS = Lookups("wsp", FileHosts(), "usr_bot", customers={"c1": "cus_1", "c2": "cus_2"})


def form(**fields: Any) -> dict[str, Any]:
    return {"custom_attributes": {name: {"value": value, "type": "string"} for name, value in fields.items()}}


def read(**raw: Any) -> Conversation:
    return Conversation.read({"id": 77, "created_at": 100, **raw})


def thread(lookups: Lookups = LOOKUPS, **raw: Any) -> Thread:
    return convert_conversation(read(**raw), lookups).thread


def test_a_ticket_from_a_form_begins_with_the_customers_description() -> None:
    made = thread(
        title=None,
        source=None,
        contacts={"contacts": [{"type": "contact", "id": "c1"}, {"type": "contact", "id": "c2"}]},
        ticket={**form(_default_title_="App error", _default_description_="I can't <log in>\n\nmy card"), "id": 77},
        conversation_parts={"conversation_parts": [{"id": 1, "part_type": "note", "created_at": 101, "body": "stack"}]},
    )
    first, note = made.messages
    assert made.conversation.subject == "App error"
    assert (first.position, first.kind, first.source_type, first.source_id) == (0, "reply", "source", None)
    assert first.author == Author("customer", "cus_1")
    assert first.created_at == 100
    assert first.body_html == "<p>I can't &lt;log in&gt;</p><p>my card</p>"
    assert first.source_sha256 is None
    assert (note.position, note.kind) == (1, "note")
    assert (made.conversation.custom_fields, made.conversation.unmapped) == ({}, {})


@pytest.mark.parametrize("body", [None, "", "<p> </p>"])
def test_the_description_stands_where_the_source_says_nothing(body: str | None) -> None:
    bot = {"type": "admin", "id": "99", "email": "operator+abc12345@intercom.io"}
    source = {"id": 5, "type": None, "subject": "", "body": body, "author": bot}
    (first,) = thread(source=source, custom_attributes={"_default_description_": "<b>No</b> card"}).messages
    assert (first.kind, first.body_html, first.author.kind) == ("reply", "<b>No</b> card", "bot")
    assert (first.source_sha256 is None) == (not body)


def test_the_description_does_not_replace_what_the_source_says() -> None:
    (first,) = thread(source={"body": "<p>said</p>"}, ticket=form(_default_description_="form")).messages
    assert first.body_text == "said"


def test_a_null_source_alone_gives_no_message() -> None:
    assert thread(source=None, ticket=form(_default_title_="T")).messages == ()
    assert thread(source=None, ticket=form(_default_description_=" ")).messages == ()


def test_without_participants_the_system_is_the_author() -> None:
    (first,) = thread(source=None, ticket=form(_default_description_="x")).messages
    assert first.author == Author("system")


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ({"ticket_type": "Complaint", "state": "resolved", "ticket_custom_state_admin_label": "Done"},
         {"Ticket type": "Complaint", "Ticket state": "Done"}),
        ({"ticket_type": {"id": "1", "name": "Complaint"}, "ticket_state": {"internal_label": "In work"}},
         {"Ticket type": "Complaint", "Ticket state": "In work"}),
        ({"state": "in_progress", "ticket_state_internal_label": "Busy"}, {"Ticket state": "Busy"}),
        ({"state": "in_progress"}, {"Ticket state": "in_progress"}),
        ({"ticket_type": 5, "state": []}, {"Ticket type": "5"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_type_and_state_are_attributes(ticket: dict[str, Any], expected: dict[str, str]) -> None:
    assert attributes_of(read(ticket=ticket)) == expected


def test_an_attribute_of_that_name_counts() -> None:
    assert attributes_of(read(ticket={"ticket_type": "A"}, custom_attributes={"Ticket type": "B"})) == {
        "Ticket type": "B"
    }


@pytest.mark.parametrize(
    "where",
    [
        {"custom_attributes": {"Evidence": [UPLOAD]}},
        {"custom_attributes": {"Evidence": UPLOAD}},
        {"custom_attributes": {"Evidence": UPLOAD["url"]}},
        {"custom_attributes": {"Evidence": [UPLOAD["url"]]}},
        {"ticket": {"custom_attributes": {"Evidence": {"value": [UPLOAD], "type": "files"}}}},
        {"ticket": {"custom_attributes": {"Evidence": [{**UPLOAD, "type": "whatever", "name": None}]}}},
    ],
)
@pytest.mark.parametrize("source", [None, {"id": 5, "body": "<p>See</p>"}])
def test_files_of_attributes_are_attachments_of_the_first_message(where: dict[str, Any], source: Any) -> None:
    made = thread(source=source, **where)
    (first,), (attachment,) = made.messages, made.attachments
    assert (attachment.message_id, attachment.name, attachment.inline) == (first.id, "proof.pdf", False)
    assert first.attachment_ids == (attachment.id,)
    assert (first.kind, first.source_type) == ("reply", "source")
    assert made.conversation.unmapped == {"Evidence": "proof.pdf"}
    assert [ref.path for ref in files_of(read(source=source, **where), FileHosts())] == [URL]
    text = Lookups("wsp", FileHosts(), fields={"conversation": {"Evidence": FieldRule("evidence", "text")}})
    assert thread(text, source=source, **where).conversation.custom_fields == {"evidence": "proof.pdf"}
    skipped = thread(Lookups("wsp", FileHosts(), fields={"conversation": {"Evidence": SKIP}}), source=source, **where)
    assert (skipped.conversation.unmapped, len(skipped.attachments)) == ({}, 1)


def test_several_files_are_named_one_after_the_other() -> None:
    other = {**UPLOAD, "name": "b.png", "url": "https://downloads.intercomcdn.com/i/o/abc/5/ab/b.png"}
    files = {URL: StoredFile("stored", "0" * 64, 10, "application/pdf")}
    lookups = Lookups("wsp", FileHosts(), files=files)
    made = thread(lookups, custom_attributes={"Evidence": [UPLOAD, other], "Again": [UPLOAD]})
    assert made.conversation.unmapped == {"Evidence": "proof.pdf, b.png", "Again": "proof.pdf"}
    assert [(file.name, file.state) for file in made.attachments] == [("proof.pdf", "stored"), ("b.png", "missing")]


@pytest.mark.parametrize(
    "value", [[], [UPLOAD, "x"], {"url": 5}, {"url": "https://shop.example/a"}, "https://shop.example/a.pdf", "//x", 5]
)
def test_what_is_no_file_stays_a_value(value: Any) -> None:
    made = thread(custom_attributes={"Evidence": value})
    assert (made.attachments, made.conversation.unmapped) == ((), {"Evidence": value})
