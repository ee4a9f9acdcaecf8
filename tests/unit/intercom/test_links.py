"""Every link form that was seen, and what must not be taken for one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.links import ContactLink, ConversationLink, recognise
from tests.support.old_paths import FORMS

ID = "215472581229755"
CONTACT = "65f0c1d2e3a4b5c6d7e8f901"
HOSTS = [
    "https://app.intercom.com",
    "https://app.eu.intercom.com",
    "https://app.au.intercom.com",
    "http://app.intercom.io",
    "HTTPS://APP.Intercom.COM",
    "app.intercom.com",
    "",
]
ANCHORS = [
    ("", None),
    ("#part_id=comment-{id}-20001", "20001"),
    ("#part_id=user-message-{id}-555", "555"),
    ("#part_id=some_new-word-{id}-7", "7"),
    ("#part_id=comment-1-20001", None),
    ("#part_id=comment", None),
    ("#something", None),
]


@pytest.mark.parametrize(("path", "workspace"), FORMS)
def test_every_form(path: str, workspace: str | None) -> None:
    for host, (anchor, part) in product(HOSTS, ANCHORS):
        link = host + (path + anchor).format(id=ID)
        assert recognise(f" {link}\n") == ConversationLink(ID, part, workspace), link


def test_contacts() -> None:
    for path in (f"/a/apps/abc/users/{CONTACT}", f"/a/apps/abc/users/{CONTACT}/all-conversations"):
        assert recognise("https://app.intercom.com" + path) == ContactLink(CONTACT)
        assert recognise(path) == ContactLink(CONTACT)
    assert recognise(CONTACT.upper()) == ContactLink(CONTACT)
    assert recognise("1" * 24) == ContactLink("1" * 24)


def test_a_bare_id_is_a_conversation() -> None:
    assert recognise(f"  {ID} ") == ConversationLink(ID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hello",
        "https://app.intercom.com/a/apps/abc/articles/articles/123/show",
        "https://app.intercom.com/a/apps/abc/articles/articles/123",
        "https://example.com/a/inbox/abc/inbox/conversation/123",
        "https://app.intercom.com.example.com/a/inbox/abc/inbox/conversation/123",
        "https://app.intercom.com@example.com/conversations/123",
        "https://example.com/?u=https://app.intercom.com/conversations/123",
        "https://help.example.com/conversations/123",
        "//example.com/conversations/123",
        "https://app.intercom.com:8443/conversations/123",
        "https://api.intercom.io/conversations/123",
        "https://app.intercom.com\\@example.com/conversations/123",
        "javascript:/conversations/123",
        "https://app.intercom.com/a/inbox/abc/inbox/admin/814860",
        "https://app.intercom.com/a/inbox/abc/inbox/team/77",
        "https://app.intercom.com/a/inbox/abc/inbox/view/99",
        "https://app.intercom.com/a/apps/abc/companies/123",
        "https://app.intercom.com/a/apps/abc/users/123",
        "https://app.intercom.com/a/apps/abc/settings/123",
        "https://app.intercom.com/conversations/12a3",
        "https://app.intercom.com/conversations/",
        "１２３",
        "-5",
        "https://[/conversations/1",
    ],
)
def test_what_is_none(text: str) -> None:
    assert recognise(text) is None


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    for link in (text, "https://app.intercom.com/" + text, "https://" + text + "/conversations/1"):
        match recognise(link):
            case ConversationLink(conversation_id, part_id):
                assert conversation_id.isdecimal()
                assert part_id is None or part_id.isdecimal()
            case ContactLink(contact_id):
                assert int(contact_id, 16) >= 0
            case nothing:
                assert nothing is None
