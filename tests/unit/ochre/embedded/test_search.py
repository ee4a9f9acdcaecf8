"""Customers are found by what people remember of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import Company, Customer
from ochre_tui.ochre.target import Hit, Target
from tests.support.targets import reached


def customer(
    name: str | None,
    email: str | None = None,
    *,
    id: str | None = None,  # noqa: A002 - the record's own word
    aliases: tuple[str, ...] = (),
    external: tuple[str, ...] = (),
    intercom: tuple[str, ...] = (),
    phone: str | None = None,
    companies: tuple[str, ...] = (),
) -> Customer:
    return Customer(
        id=id or f"cus_{name}",
        name=name,
        email=email,
        email_aliases=aliases,
        phone=phone,
        external_ids=external,
        intercom_ids=intercom,
        can_sign_in=True,
        placeholder=False,
        company_ids=companies,
        tags=(),
        custom_fields={},
        unmapped={},
        created_at=None,
        updated_at=None,
    )


def company(company_id: str, name: str | None) -> Company:
    return Company(company_id, name, company_id, None, None, None, None, None, None, (), {}, {}, None, None)


PEOPLE = [
    customer("Zoë Müller", "zoe.mueller@acme.example", aliases=("zm@old.example",), external=("user-42",)),
    customer("John Smith", "john@initech.example", phone="+1 (555) 010-9988", companies=("cmp_1",)),
    customer("Johnny Johnson", "jj@globex.example", intercom=("63f0c2", "71aa09"), companies=("cmp_1", "cmp_2")),
    customer("Li Wei", "li@globex.example", external=("42",), companies=("cmp_2",)),
    customer("山田 太郎", "yamada@tokyo.example"),
    customer("Conor O'Brien", "conor@initech.example", external=("421",)),
    customer(None, "nameless@example.org", id="cus_nameless"),
    customer("Евгений Онегин", "onegin@spb.example"),
]
COMPANIES = [company("cmp_1", "Initech Ltd"), company("cmp_2", "Globex GmbH"), company("cmp_3", None)]


@pytest.fixture(scope="module", params=["embedded", "http"])
def people(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with (
        closing(open_workspace(tmp_path_factory.mktemp("search"), "acme", "Acme")) as opened,
        reached(opened, request.param) as target,
    ):
        target.put(1, [*PEOPLE, *COMPANIES])
        yield target


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    opened = open_workspace(tmp_path, "acme", "Acme")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë Müller", [("Zoë Müller", "name")]),
        ("zoe muller", [("Zoë Müller", "name")]),
        ("MÜLL", [("Zoë Müller", "name")]),
        ("müller zoë", [("Zoë Müller", "name")]),
        ("li", [("Li Wei", "name")]),
        ("o'brien", [("Conor O'Brien", "name")]),
        ("OBRIEN", [("Conor O'Brien", "name")]),
        ("O’B", [("Conor O'Brien", "name")]),
        ("山田", [("山田 太郎", "name")]),
        ("ОНЕГ", [("Евгений Онегин", "name")]),
        ("john", [("John Smith", "name"), ("Johnny Johnson", "name")]),
        ("jhon smith", [("John Smith", "name")]),
        ("jphn smith", [("John Smith", "name")]),
        ("jonh smiht", [("John Smith", "name")]),
        ("jonson", [("Johnny Johnson", "name")]),
        ("mueler", [("Zoë Müller", "name")]),
        ("zoe.mueller@acme.example", [("Zoë Müller", "email")]),
        ("ZOE.MUELLER@", [("Zoë Müller", "email")]),
        ("zm@old", [("Zoë Müller", "email_alias")]),
        ("globex.example", [("Johnny Johnson", "email"), ("Li Wei", "email")]),
        ("nameless", [(None, "email")]),
        ("user-42", [("Zoë Müller", "external_id")]),
        ("42", [("Li Wei", "external_id"), ("Conor O'Brien", "external_id"), ("Zoë Müller", "external_id")]),
        ("71aa09", [("Johnny Johnson", "intercom_id")]),
        ("+1 555 010 9988", [("John Smith", "phone")]),
        ("0555 0109", [("John Smith", "phone")]),
        ("010-9988", [("John Smith", "phone")]),
        ("globex gmbh", [("Johnny Johnson", "company"), ("Li Wei", "company")]),
        ("smith initech.example", [("John Smith", "name")]),
        ("jhn@initech.example", []),
        ("nobody at all", []),
        ("", []),
        ("  @ . ", []),
        ('" OR name : *', [(None, "email")]),
        ("NEAR(", []),
        ("\0", []),
    ],
)
def test_search(people: Target, text: str, expected: list[tuple[str | None, str]]) -> None:
    assert [(hit.name, hit.matched) for hit in people.search(text)] == expected


def test_a_hit_says_who_it_is(people: Target) -> None:
    assert people.search("li@globex.example") == [Hit("cus_Li Wei", "Li Wei", "li@globex.example", "email")]


def test_a_whole_value_comes_before_many_beginnings(target: Target) -> None:
    many = [customer(f"Anabel {i}", external=(f"12{i}",)) for i in range(500)]
    target.put(1, [*many[:250], customer("Ana", external=("12",)), *many[250:]])
    assert target.search("ana", 3)[0].name == "Ana"
    assert target.search("12", 3)[0].name == "Ana"
    assert len(target.search("ana", 3)) == 3


def test_the_index_follows_changes_and_removals(target: Target, workspace: EmbeddedWorkspace) -> None:
    ana, other = customer("Ana Quell", "ana@a.example", companies=("cmp_1",)), customer("Ana Brook")
    target.put(1, [ana, other, company("cmp_1", "Hooli")])
    target.put(2, [replace(ana, name="Ana Marsh"), company("cmp_1", "Pied Piper")])

    assert target.search("quell") == []
    assert target.search("quell") == []
    assert target.search("hooli") == []
    assert [hit.name for hit in target.search("mrash")] == ["Ana Marsh"]
    assert [hit.matched for hit in target.search("piper")] == ["company"]

    target.remove([(Customer, ana.id)])
    assert target.search("marsh") == []
    assert target.search("ana@a.example") == []
    assert target.search("piper") == []
    assert [hit.name for hit in target.search("aan")] == ["Ana Brook"]
    left = {word for (word,) in workspace.conn.execute("SELECT word FROM name_words")}
    assert left == {"ana", "brook"}, "no word of a removed name is kept"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_any_text_can_be_searched_for(people: Target, text: str) -> None:
    assert len(people.search(text, 5)) <= 5


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([person for person in PEOPLE if person.name]), st.data())
def test_one_typo_in_a_longer_name_still_finds_it(people: Target, person: Customer, data: st.DataObject) -> None:
    word = max((person.name or "").split(), key=len)
    if len(word) < 5:
        word = "Johnson"
        person = PEOPLE[2]
    at = data.draw(st.integers(1, len(word) - 2))
    typo = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + "x" + word[at + 1 :],
                word[:at] + "x" + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    assert person.id in {hit.id for hit in people.search(typo)}
