"""Contacts to customers: linking, merging, placeholders; companies and the team."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Company as IntercomCompany
from ochre_tui.intercom.models import Contact
from ochre_tui.migration.convert import (
    SKIP,
    FieldRule,
    Lookups,
    Sighting,
    bot_user,
    components,
    contact_keys,
    convert_company,
    convert_customer,
    email_key,
    historical_user,
    invited_user,
    placeholder,
)
from ochre_tui.migration.convert.ids import customer_id
from ochre_tui.ochre.ids import user_id
from ochre_tui.ochre.records import Customer

LOOKUPS = Lookups(
    "wsp",
    FileHosts(),
    tags={"1": "vip", "2": "beta"},
    companies={"k1": "cmp_b", "k2": "cmp_a", "k3": "cmp_b"},
    fields={
        "customer": {
            "plan": FieldRule("plan", "single_select", ("pro",)),
            "secret": SKIP,
            "seats": FieldRule("seats", "number"),
        },
        "company": {"region": FieldRule("region", "text")},
    },
)


def contact(number: str, **more: Any) -> Contact:
    return Contact.read({"id": number, "role": "user", "updated_at": 100, "created_at": 50, **more})


def merged(*contacts: Contact, joined: tuple[str, ...] = ()) -> Customer:
    return convert_customer(contacts, joined, LOOKUPS).customer


def test_keys() -> None:
    assert contact_keys(contact("a", email=" Ana@X.Example ", external_id=5)) == ["email:ana@x.example", "external:5"]
    assert contact_keys(contact("a", email="", external_id=None)) == []
    assert email_key(" STRASSE@x ") == email_key("straße@X")


CONTACTS = st.integers(0, 12).map(str)
PAIRS = st.lists(st.tuples(CONTACTS, st.sampled_from("pqrstuv")), max_size=30)


@given(PAIRS, st.randoms(use_true_random=False))
def test_components_do_not_depend_on_the_order(pairs: list[tuple[str, str]], random: Any) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert components(shuffled) == components(pairs)


@given(PAIRS)
def test_components_are_what_walking_from_contact_to_contact_finds(pairs: list[tuple[str, str]]) -> None:
    def reach(start: str) -> frozenset[str]:
        found, fresh = {start}, {start}
        while fresh:
            keys = {key for contact, key in pairs if contact in fresh}
            fresh = {contact for contact, key in pairs if key in keys} - found
            found |= fresh
        return frozenset(found)

    walked = {reach(contact) for contact, _ in pairs}
    assert components(pairs) == sorted(sorted(group) for group in walked if len(group) > 1)


def test_one_contact_is_one_customer() -> None:
    result = convert_customer(
        [
            contact(
                "c1",
                name="Ana",
                email=" Ana@X.example ",
                phone="+31",
                external_id="e1",
                tags={"data": [{"id": 2}, {"id": "1"}, {"id": "9"}]},
                companies={"data": [{"id": "k1"}, {"id": "k2"}, {"id": "k3"}, {"id": "gone"}]},
                custom_attributes={"plan": "PRO", "secret": 1, "seats": "many", "": ""},
                merge_history=[{"source_contact_id": "c0"}],
            )
        ],
        [],
        LOOKUPS,
    )
    assert result.customer == Customer(
        id=customer_id("wsp", "c1"),
        name="Ana",
        email="Ana@X.example",
        email_aliases=(),
        phone="+31",
        external_ids=("e1",),
        intercom_ids=("c0", "c1"),
        can_sign_in=True,
        placeholder=False,
        company_ids=("cmp_a", "cmp_b"),
        tags=("beta", "vip"),
        custom_fields={"plan": "pro"},
        unmapped={"seats": "many"},
        created_at=50,
        updated_at=100,
    )
    assert result.merge is None
    assert result.unmapped == {("customer", "seats"): 1}


def test_the_survivor_is_the_user_then_the_latest_then_the_highest_id() -> None:
    lead = contact("z", role="lead", name="Lead", updated_at=999)
    older = contact("y", name="Older", updated_at=100_000_000_000)
    newer = contact("b", name="Newer", updated_at=200_000_000)
    highest = contact("c", name="Highest", updated_at=200_000_000)
    assert merged(lead, older, newer, highest).name == "Highest"
    assert merged(lead, older, newer).name == "Newer"
    assert merged(lead, older).name == "Older"
    assert merged(lead).can_sign_in is False
    assert merged(lead, older).can_sign_in is True


def test_gaps_are_filled_and_lists_united() -> None:
    survivor = contact(
        "b", updated_at=30, created_at=20, email=None, custom_attributes={"seats": 1, "plan": None, "odd": 0}
    )
    second = contact(
        "a", updated_at=20, created_at=None, email="Two@x", phone="+2", name="Two",
        custom_attributes={"plan": "pro", "seats": 2},
        tags={"data": [{"id": "2"}]}, companies={"data": [{"id": "k1"}]}, external_id="e",
    )  # fmt: skip
    lead = contact(
        "c", role="lead", updated_at=40, created_at=10, email="three@x", phone="+3", external_id="d",
        tags={"data": [{"id": "1"}]}, companies={"data": [{"id": "k2"}]}, custom_attributes={"odd": 1, "more": []},
    )  # fmt: skip
    result = convert_customer([lead, survivor, second], ["v9", "v1"], LOOKUPS)
    customer = result.customer
    assert customer.id == customer_id("wsp", "a")
    assert (customer.name, customer.email, customer.phone) == ("Two", "Two@x", "+2")
    assert customer.email_aliases == ("three@x",)
    assert customer.external_ids == ("d", "e")
    assert customer.intercom_ids == ("a", "b", "c", "v1", "v9")
    assert customer.custom_fields == {"seats": 1, "plan": "pro"}
    assert customer.unmapped == {"odd": 0, "more": []}
    assert (customer.tags, customer.company_ids) == (("beta", "vip"), ("cmp_a", "cmp_b"))
    assert (customer.created_at, customer.updated_at) == (10, 40)
    assert result.merge is not None
    assert (result.merge.survivor, result.merge.contact_ids, result.merge.joined) == (
        "b",
        ("a", "b", "c"),
        ("v1", "v9"),
    )


@given(st.permutations(range(5)))
def test_the_order_of_the_group_does_not_matter(order: list[int]) -> None:
    group = [
        contact(
            f"c{n}",
            role="user" if n % 2 else "lead",
            updated_at=n % 3,
            email=f"m{n % 4}@x",
            custom_attributes={"odd": n},
        )
        for n in range(5)
    ]
    assert merged(*[group[n] for n in order]) == merged(*group)


def test_a_time_that_cannot_be_read_does_not_hide_the_others() -> None:
    customer = merged(contact("a", created_at=-7, updated_at="soon"), contact("b", created_at=9, updated_at=8))
    assert (customer.created_at, customer.updated_at) == (9, 8)
    assert customer.unmapped == {"created_at": -7, "updated_at": "soon"}


def sighting(at: int | None, conversation: str, position: int, name: str | None, email: str | None) -> Sighting:
    return Sighting("v1", "user", name, email, at, conversation, position)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_placeholder_takes_the_latest_name_and_the_latest_email(reverse: bool) -> None:
    sightings = [
        sighting(None, "999", 9, "No time", "no@time"),
        sighting(5, "9", 3, "Nine", "A@x"),
        sighting(5, "10", 1, "Ten", None),
        sighting(5, "10", 2, "Ten, later", " B@x "),
        sighting(6, "1", 0, None, None),
    ]
    if reverse:
        sightings.reverse()
    assert placeholder(sightings, ["v2", "v1"], LOOKUPS) == Customer(
        id=customer_id("wsp", "v1"),
        name="Ten, later",
        email="B@x",
        email_aliases=("a@x", "no@time"),
        phone=None,
        external_ids=(),
        intercom_ids=("v1", "v2"),
        can_sign_in=False,
        placeholder=True,
        company_ids=(),
        tags=(),
        custom_fields={},
        unmapped={},
        created_at=None,
        updated_at=None,
    )


def test_a_placeholder_may_have_nothing_but_its_id() -> None:
    customer = placeholder([], ["v1"], LOOKUPS)
    assert (customer.name, customer.email, customer.intercom_ids) == (None, None, ("v1",))


def test_companies() -> None:
    result = convert_company(
        IntercomCompany.read(
            {
                "id": "k1",
                "company_id": 77,
                "name": "Harbour\0",
                "plan": {"type": "plan", "id": "1", "name": "Scale"},
                "website": "https://h.example",
                "industry": "Shipping",
                "size": "120",
                "monthly_spend": 99.5,
                "created_at": 10,
                "updated_at": 64_654_125_776,
                "tags": {"type": "tag.list", "tags": [{"id": 1, "name": "x"}, {"id": 8, "name": "old"}]},
                "custom_attributes": {"region": 5, "odd": [1]},
            }
        ),
        LOOKUPS,
    )
    company = result.company
    assert (company.name, company.company_id, company.plan, company.size) == ("Harbour\ufffd", "77", "Scale", 120)
    assert (company.website, company.industry, company.monthly_spend) == ("https://h.example", "Shipping", 99.5)
    assert company.tags == ("old", "vip")
    assert company.custom_fields == {"region": "5"}
    assert company.unmapped == {"odd": [1], "updated_at": 64_654_125_776}
    assert (company.created_at, company.updated_at) == (10, None)
    assert result.tags_seen == {"1": "x", "8": "old"}
    bare = convert_company(IntercomCompany.read({"id": 5, "plan": {}}), LOOKUPS).company
    assert (bare.name, bare.plan, bare.size, bare.monthly_spend, bare.tags) == (None, None, None, None, ())


def test_users() -> None:
    invited = invited_user(["8", "7"], " Ana@X.example ", "Ana", "agent")
    assert (invited.id, invited.email, invited.state) == (user_id("ana@x.example"), "Ana@X.example", "invited")
    assert invited.intercom_admin_ids == ("7", "8")
    old = historical_user("7", "ana@x.example", "Ana", "wsp")
    assert (old.role, old.state, old.email) == (None, "historical", "ana@x.example")
    # A team record without account must never overwrite somebody's who has one.
    assert old.id != invited.id
    assert historical_user("7", "", None, "wsp").email is None
    bot = bot_user("wsp", ["2", "1"])
    assert (bot.name, bot.is_bot, bot.hidden_from_reports, bot.role) == ("Intercom Bot", True, True, None)
    assert len({invited.id, old.id, bot.id, historical_user("7", None, None, "other").id}) == 4
