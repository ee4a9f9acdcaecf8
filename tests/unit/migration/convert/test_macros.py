"""Tags that are one, and macros with their placeholders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Macro
from ochre_tui.migration.convert import SKIP, FieldRule, Lookups, convert_macro, merge_tags, tag_name
from ochre_tui.migration.convert.ids import tag_id
from ochre_tui.ochre.records import SavedReply

LOOKUPS = Lookups(
    "wsp",
    FileHosts(),
    teams={"1": "Billing", "2": "Logistics"},
    fields={
        "customer": {
            "Plan Tier": FieldRule("plan_tier", "text"),
            "Seats": FieldRule("seats", "number"),
            "Secret": SKIP,
        },
        "company": {"Region": FieldRule("region", "text")},
        "conversation": {"Issue": FieldRule("issue", "text")},
    },
)


def test_equal_names_are_one_tag() -> None:
    tags = merge_tags(
        [
            ("10", "refund"),
            ("9", "refund "),
            ("3", "Zu\u0308rich"),
            ("4", "Z\u00fcrich"),
            ("5", "A &amp; B"),
            ("6", " "),
            ("7", "Refund"),
        ],
        "wsp",
    )
    assert {(tag.name, tag.intercom_ids, tag.id) for tag in tags} == {
        ("refund", ("10", "9"), tag_id("wsp", "9")),
        ("Z\u00fcrich", ("3", "4"), tag_id("wsp", "3")),
        ("A & B", ("5",), tag_id("wsp", "5")),
        ("Refund", ("7",), tag_id("wsp", "7")),
    }
    assert tags == sorted(tags, key=lambda tag: tag.id)


@given(
    st.lists(st.tuples(st.integers(1, 30).map(str), st.text(max_size=4)), max_size=15, unique_by=lambda pair: pair[0])
)
def test_no_two_tags_have_one_name_and_no_id_is_lost(seen: list[tuple[str, str]]) -> None:
    tags = merge_tags(seen, "wsp")
    assert len({tag.name for tag in tags}) == len(tags)
    assert sorted(i for tag in tags for i in tag.intercom_ids) == sorted(i for i, name in seen if tag_name(name))
    assert merge_tags(reversed(seen), "wsp") == tags


@given(st.text())
def test_a_normal_name_without_entities_stays(name: str) -> None:
    once = tag_name(name.replace("&", ""))
    assert tag_name(once) == once


def macro(body: str | None, **more: Any) -> SavedReply:
    return convert_macro(Macro.read({"id": 5, "name": "M", "body": body, **more}), LOOKUPS)


KNOWN = {
    **{f"{who}.{what}": f"customer.{what}"
       for who in ("user", "contact") for what in ("first_name", "last_name", "name", "email", "phone")},
    **{f"{who}.{what}": f"agent.{what}" for who in ("teammate", "admin") for what in ("name", "first_name", "email")},
    "company.name": "company.name",
    "conversation.id": "conversation.id",
    "user.Plan Tier": "customer.custom.plan_tier",
    "contact.custom_attributes.Seats": "customer.custom.seats",
    "company.Region": "company.custom.region",
    "conversation.custom_attributes.Issue": "conversation.custom.issue",
}  # fmt: skip


@pytest.mark.parametrize(("key", "expected"), KNOWN.items())
def test_known_placeholders_in_every_spelling(key: str, expected: str) -> None:
    plain, words = f"{{{{{expected}}}}}", f'{{{{{expected} | fallback: "you & me"}}}}'
    for spelling in (
        f'<attribute key="{key}"/>',
        f"<attribute key='{key}'></attribute>",
        f"{{{{{key}}}}}",
        f"{{{{ {key} }}}}",
    ):
        reply = macro(f"<p>Hi {spelling}, bye</p>")
        assert reply.body_text == f"Hi {plain}, bye"
        assert reply.unknown_placeholders == ()
    for spelling in (
        f'<attribute key="{key}" default="you &amp; me"/>',
        f'<ATTRIBUTE default="you &amp; me" key="{key}" />',
        f'{{{{{key}|fallback:"you &amp; me"}}}}',
        f"{{{{ {key} | fallback: 'you &amp; me' }}}}",
        f"{{{{{key} | fallback: &quot;you &amp; me&quot;}}}}",
    ):
        reply = macro(f"<p>Hi {spelling}, bye</p>")
        assert reply.body_text == f"Hi {words}, bye"
        assert reply.body_html == f"<p>Hi {words.replace('&', '&amp;')}, bye</p>"


def test_unknown_placeholders_stay_and_are_listed() -> None:
    reply = macro(
        '<p>{{order.number|fallback:\'x\'}} <attribute key="warehouse.city" default="a &lt; b"/> {{user.Secret}} '
        "{{user.shoe_size}} {{custom_attributes.Seats}} {{name}}</p>"
    )
    assert reply.body_text == (
        "{{order.number|fallback:'x'}} {{warehouse.city | fallback: \"a < b\"}} {{user.Secret}} "
        "{{user.shoe_size}} {{custom_attributes.Seats}} {{name}}"
    )
    assert reply.unknown_placeholders == (
        "custom_attributes.Seats",
        "name",
        "order.number",
        "user.Secret",
        "user.shoe_size",
        "warehouse.city",
    )


def test_placeholders_in_addresses() -> None:
    reply = macro("<a href=\"https://x.y/{{user.email|fallback:'a'}}\">l</a>")
    assert reply.body_html == '<a href="https://x.y/{{customer.email | fallback: &quot;a&quot;}}">l</a>'


def test_bodies_are_sanitised_and_images_become_links() -> None:
    reply = macro(
        '<p class="no-margin" onclick=x>A<script>x</script></p>'
        '<img src="https://downloads.intercomcdn.com/a.png" alt="B">'
    )
    assert reply.body_html == '<p>A</p><a href="https://downloads.intercomcdn.com/a.png">B</a>'
    assert reply.body_text == "A\nB (https://downloads.intercomcdn.com/a.png)"


def test_a_macro_that_has_only_text_or_nothing() -> None:
    reply = macro(None, body_text='Hi {{user.name|fallback:"you"}} <3\nBye')
    assert reply.body_html == '<p>Hi {{customer.name | fallback: "you"}} &lt;3</p><p>Bye</p>'
    assert reply.body_text == 'Hi {{customer.name | fallback: "you"}} <3\nBye'
    empty = macro(None, name="")
    assert (empty.title, empty.body_html, empty.body_text, empty.intercom_id) == ("(no name)", "", "", "5")


@pytest.mark.parametrize(
    ("raw", "visibility"),
    [
        ({}, "everyone"),
        ({"visible_to": "everyone", "visible_to_team_ids": ["1"]}, "everyone"),
        ({"visible_to": "specific_teams", "visible_to_team_ids": ["2", 1, 404]}, "team: Logistics, Billing, 404"),
    ],
)
def test_visibility(raw: dict[str, Any], visibility: str) -> None:
    assert macro("x", **raw).visibility == visibility
