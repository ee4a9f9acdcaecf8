"""`resolve`: what old links and ids stand for, against a workspace that was really imported."""

from __future__ import annotations

import pytest

from tests.support.command_line import CommandLine, contents
from tests.support.spoilable import Spoilable

FORMS = [
    "{id}",
    "https://app.intercom.com/a/inbox/abc123/inbox/conversation/{id}",
    "https://app.eu.intercom.com/a/inbox/abc123/inbox/shared/all/conversation/{id}",
    "https://app.au.intercom.com/a/inbox/abc123/inbox/admin/814860/conversation/{id}",
    "https://app.intercom.com/a/inbox/abc123/inbox/search/conversation/{id}?query=a%20b&filters=&view=List",
    "https://app.intercom.io/a/apps/abc123/inbox/inbox/all/conversations/{id}",
    "https://app.intercom.com/a/apps/abc123/inbox/inbox/{id}",
    "https://app.intercom.com/a/apps/_/conversations/{id}",
    "/conversations/{id}",
    "/a/inbox/all/conversations/{id}",
]
ELSEWHERE = [
    "999",
    "https://app.intercom.com/a/inbox/abc123/inbox/conversation/999",
    "https://app.intercom.com/a/apps/abc123/articles/articles/{id}/show",
    "https://example.com/a/inbox/abc123/inbox/conversation/{id}",
    "https://app.intercom.com.example.com/conversations/{id}",
    "0123456789abcdef01234567",
    "/a/apps/abc123/users/0123456789abcdef01234567",
    "hello",
    "",
    "\x1b[31m{id}",
]


@pytest.fixture
def thread(cli: Spoilable) -> tuple[str, str, list[tuple[str, str, str]]]:
    """A conversation by Intercom's id and Ochre's, and its messages as (id, source id, source type)."""
    (row,) = cli.ochre(
        """SELECT c.n, c.intercom_id, c.id FROM conversations c JOIN messages m ON m.conversation = c.n
        WHERE c.incomplete = 0 GROUP BY c.n HAVING count(DISTINCT m.source_id) = count(*) AND count(*) > 3
        ORDER BY c.n LIMIT 1"""
    )
    messages = cli.ochre(
        "SELECT id, source_id, source_type FROM messages WHERE conversation = ? ORDER BY position", row[0]
    )
    return row[1], row[2], messages


def test_every_form_leads_to_the_conversation(cli: Spoilable, thread: tuple[str, str, list[object]]) -> None:
    intercom_id, ochre_id, _ = thread
    for form in FORMS:
        ran = cli.do("resolve", "--json", form.format(id=intercom_id))
        assert ran.json == {
            "intercom_id": intercom_id,
            "conversation_id": ochre_id,
            "url": f"/conversations/{ochre_id}",
            "message_id": None,
        }, form


def test_a_part_s_anchor_leads_to_its_message(cli: Spoilable, thread: tuple[str, str, list[tuple[str, ...]]]) -> None:
    intercom_id, ochre_id, messages = thread
    link = "https://app.intercom.com/a/inbox/abc123/inbox/conversation/{}#part_id={}-{}-{}"
    for (message, source_id, source_type), word in zip(
        messages, ["user-message", "comment", "some_word", *["comment"] * len(messages)], strict=False
    ):
        found = cli.do("resolve", "--json", link.format(intercom_id, word, intercom_id, source_id)).json
        assert found["message_id"] == message, source_type
        assert found["url"] == f"/conversations/{ochre_id}#{message}"


def test_an_anchor_that_names_no_part_of_it_leads_to_the_conversation(
    cli: Spoilable, thread: tuple[str, str, list[object]]
) -> None:
    intercom_id, ochre_id, _ = thread
    for anchor in (f"#part_id=comment-{intercom_id}-1", "#part_id=comment-1-2", "#part_id=", "#something"):
        found = cli.do("resolve", "--json", f"/conversations/{intercom_id}{anchor}").json
        assert found["conversation_id"] == ochre_id
        assert found["message_id"] is None


def test_contacts(cli: Spoilable) -> None:
    value, customer = cli.ochre("SELECT value, customer_id FROM aliases WHERE kind = 'intercom_contact' LIMIT 1")[0]
    expected = {"intercom_id": value, "customer_id": customer, "url": f"/customers/{customer}"}
    for form in ("{}", "https://app.intercom.com/a/apps/abc123/users/{}", "/a/apps/_/users/{}/all-conversations"):
        assert cli.do("resolve", "--json", form.format(value)).json == expected


def test_every_contact_of_a_merged_customer_leads_to_it(cli: Spoilable) -> None:
    (customer,) = cli.ochre(
        """SELECT customer_id FROM aliases WHERE kind = 'intercom_contact'
        GROUP BY customer_id HAVING count(*) > 1 ORDER BY customer_id LIMIT 1"""
    )[0]
    values = cli.ochre("SELECT value FROM aliases WHERE customer_id = ?", customer)
    assert len(values) > 1
    for (value,) in values:
        assert cli.do("resolve", "--json", value).json["customer_id"] == customer


@pytest.mark.parametrize("link", ELSEWHERE)
def test_what_leads_nowhere_exits_with_9(
    imported: CommandLine, thread: tuple[str, str, list[object]], link: str
) -> None:
    ran = imported.do("resolve", "--json", "--", link.format(id=thread[0]), expect=9)
    assert set(ran.json) == {"error"}
    assert "\x1b" not in ran.said
    assert ran.err.strip() == ran.json["error"]


def test_words_for_people(imported: CommandLine, thread: tuple[str, str, list[object]]) -> None:
    ran = imported.do("resolve", thread[0])
    assert [line.split() for line in ran.out.splitlines()] == [
        ["intercom_id", thread[0]],
        ["conversation_id", thread[1]],
        ["url", f"/conversations/{thread[1]}"],
        ["message_id"],
    ]
    assert imported.do("resolve", "999", expect=9).out == ""


def test_looking_changes_nothing(cli: Spoilable, thread: tuple[str, str, list[object]]) -> None:
    before = contents(cli.export("before"))
    cli.do("resolve", thread[0])
    cli.do("resolve", "999", expect=9)
    assert contents(cli.export("after")) == before
