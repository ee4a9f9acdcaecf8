"""No record that JSON can express stops the models or the conversion; at worst it is a RecordError."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings

from ochre_tui.core.errors import RecordError
from ochre_tui.core.exact_json import dumps
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import (
    Admin,
    Company,
    Contact,
    Conversation,
    DataAttribute,
    Macro,
    Record,
    Tag,
    Team,
)
from ochre_tui.migration.convert import (
    FieldRule,
    Lookups,
    contact_keys,
    convert_company,
    convert_conversation,
    convert_customer,
    convert_macro,
    files_of,
    people_of,
    staff_of,
)
from tests.support.odd_json import (
    CONVERSATION,
    IDS,
    OBJECTS,
)

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LOOKUPS = Lookups(
    "wsp",
    FileHosts(),
    "usr_bot",
    fields={
        "conversation": {"Plan": FieldRule("plan", "multi_select", ("a", "b"))},
        "customer": {"Plan": FieldRule("plan", "date")},
        "company": {"Plan": FieldRule("plan", "number")},
    },
)


@pytest.mark.parametrize("model", [Conversation, Contact, Company, Admin, Team, Tag, Macro])
def test_a_record_without_an_id_is_refused(model: type[Record]) -> None:
    refused: list[Any] = [None, [], 7, "x", {}, {"id": None}, {"id": ""}, {"id": "  "}, {"id": 0}, {"id": []}]
    for raw in refused:
        with pytest.raises(RecordError, match=f"a {model.kind} without an id"):
            model.read(raw)


def test_an_attribute_without_a_name_is_refused() -> None:
    refused: list[Any] = [None, [], {}, {"name": ""}, {"name": {}, "full_name": None}]
    for raw in refused:
        with pytest.raises(RecordError):
            DataAttribute.read(raw, "contact")


@FUZZ
@given(CONVERSATION | OBJECTS, IDS)
@example({"source": {"body": "\ud800\0"}, "conversation_parts": [{"id": 1, "tags": {"tags": [{"name": 5}]}}]}, "1")
def test_any_conversation_converts(raw: dict[str, Any], given_id: Any) -> None:
    raw["id"] = given_id
    try:
        conversation = Conversation.read(raw)
    except RecordError:
        return
    files_of(conversation, LOOKUPS.file_hosts)
    people_of(conversation)
    staff_of(conversation)
    try:
        thread = convert_conversation(conversation, LOOKUPS).thread
    except RecordError:
        return
    assert [message.position for message in thread.messages] == list(range(len(thread.messages)))
    assert len({message.id for message in thread.messages}) == len(thread.messages)
    for message in thread.messages:
        assert message.event is not None or message.kind != "event"
    dumps(thread)  # What every store and the export need: valid Unicode and finite numbers.


@FUZZ
@given(OBJECTS, IDS)
def test_any_contact_and_company_convert(raw: dict[str, Any], given_id: Any) -> None:
    raw["id"] = given_id
    try:
        contact, company = Contact.read(raw), Company.read(raw)
    except RecordError:
        return
    contact_keys(contact)
    try:
        customer, firm = convert_customer([contact], [], LOOKUPS).customer, convert_company(company, LOOKUPS).company
    except RecordError:
        return
    assert orjson.loads(orjson.dumps(customer))["intercom_ids"] == [contact.id]
    assert orjson.loads(orjson.dumps(firm))["intercom_id"] == company.id


@FUZZ
@given(OBJECTS, IDS)
def test_any_other_record_is_read(raw: dict[str, Any], given_id: Any) -> None:
    raw["id"] = given_id
    for model in (Admin, Team, Tag, Macro):
        try:
            record = model.read(raw)
        except RecordError:
            continue
        assert record.id
        if isinstance(record, Macro):
            assert orjson.loads(orjson.dumps(convert_macro(record, LOOKUPS)))["intercom_id"] == record.id
        else:
            assert orjson.loads(orjson.dumps(record.model_dump()))["id"] == record.id
    try:
        attribute = DataAttribute.read(raw, "conversation")
    except RecordError:
        return
    assert attribute.name


def test_absurd_nesting_is_refused_not_a_crash() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(RecordError, match="nested"):
        convert_conversation(Conversation.read({"id": "1", "custom_attributes": {"a": deep}}), LOOKUPS)


@pytest.mark.parametrize("given_id", [215, "215", 215.0, " 215 "])
def test_ids_are_strings_whatever_their_type(given_id: Any) -> None:
    assert Conversation.read({"id": given_id}).id == "215"


@pytest.mark.parametrize("nobody", [None, 0, "0", "", False, {}])
def test_none_of_the_ways_to_say_unassigned_is_an_assignee(nobody: Any) -> None:
    conversation = Conversation.read({"id": "1", "admin_assignee_id": nobody, "team_assignee_id": nobody})
    assert conversation.admin_assignee_id is None
    assert conversation.team_assignee_id is None


def test_lists_may_be_wrapped_bare_or_missing() -> None:
    tag = {"id": 7, "name": "billing"}
    full: list[Any] = [{"type": "tag.list", "tags": [tag]}, [tag], {"data": [tag, "junk", None]}]
    for tags in full:
        assert [ref.id for ref in Conversation.read({"id": "1", "tags": tags}).tags] == ["7"]
    empty: list[Any] = [None, {}, "", 0, {"tags": None}]
    for tags in empty:
        assert Conversation.read({"id": "1", "tags": tags}).tags == ()
    for companies in ({"companies": [{"id": 5}]}, {"data": [{"id": "5"}], "has_more": True}):
        assert [ref.id for ref in Contact.read({"id": "1", "companies": companies}).companies.data] == ["5"]


def test_both_kinds_of_attribute_definitions_have_one_shape() -> None:
    contact = DataAttribute.read(
        {"type": "data_attribute", "id": 3, "model": "contact", "name": "plan", "full_name": "custom_attributes.plan",
         "label": "Plan Tier", "data_type": "string", "options": ["free", {"value": "pro"}], "custom": True}, "contact",
    )  # fmt: skip
    assert (contact.name, contact.label, contact.options, contact.custom) == (
        "plan",
        "Plan Tier",
        ("free", "pro"),
        True,
    )
    conversation = DataAttribute.read(
        {
            "id": 4,
            "name": "Issue type",
            "data_type": "list",
            "archived": True,
            "options": [{"id": "u", "label": "Bug"}],
        },
        "conversation",
    )
    assert (conversation.model, conversation.label, conversation.options) == ("conversation", "Issue type", ("Bug",))
    assert conversation.custom
    assert conversation.archived
    assert not conversation.multi
    assert not DataAttribute.read({"name": "email", "full_name": "email", "custom": False}, "contact").custom
