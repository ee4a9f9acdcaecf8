"""Contacts, companies, admins and teams."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from ochre_tui.intercom.models.conversation import is_operator_email
from ochre_tui.intercom.models.record import Record, Ref
from ochre_tui.intercom.models.values import (
    Flag,
    Id,
    Ids,
    Int,
    Json,
    Lenient,
    Name,
    Number,
    Object,
    OrNone,
    Text,
    objects,
)


class SubList(Lenient):
    """A list inside a contact: at most ten items, `has_more` when its own endpoint has to be asked."""

    data: Annotated[tuple[Ref, ...], BeforeValidator(objects())] = ()
    has_more: Flag = False
    total_count: Int = None


class MergedContact(Lenient):
    source_contact_id: Id = None


def _sub_list(value: Any) -> Json:
    if isinstance(value, list):
        return {"data": value}
    if not isinstance(value, dict):
        return {}
    if isinstance(value.get("data"), list):
        return value
    return {**value, "data": objects("tags", "companies", "notes")(value)}


_SubList = Annotated[SubList, BeforeValidator(_sub_list)]
_NOTHING = SubList()


class Contact(Record):
    """A user or a lead; times are raw, their unit is not sure."""

    kind: ClassVar[str] = "contact"

    role: Text = None
    external_id: Id = None
    email: Text = None
    phone: Text = None
    name: Name = None
    created_at: Any = None
    updated_at: Any = None
    custom_attributes: Object = Field(default_factory=dict)
    tags: _SubList = _NOTHING
    companies: _SubList = _NOTHING
    notes: _SubList = _NOTHING
    merge_history: Annotated[tuple[MergedContact, ...], BeforeValidator(objects("data", "merge_history"))] = ()


class Company(Record):
    """A company; `company_id` is the customer's own id of it; times are raw."""

    kind: ClassVar[str] = "company"

    company_id: Id = None
    name: Name = None
    plan: Annotated[Ref | None, OrNone] = None
    website: Text = None
    industry: Text = None
    size: Int = None
    monthly_spend: Number = None
    created_at: Any = None
    updated_at: Any = None
    tags: Annotated[tuple[Ref, ...], BeforeValidator(objects("tags", "data"))] = ()
    custom_attributes: Object = Field(default_factory=dict)


class Admin(Record):
    kind: ClassVar[str] = "admin"

    type: Text = None
    name: Name = None
    email: Text = None
    team_ids: Ids = ()
    has_inbox_seat: Flag = False

    @property
    def is_bot(self) -> bool:
        """Operator and Fin are listed as admins too."""
        return self.type == "bot" or is_operator_email(self.email)


class Team(Record):
    kind: ClassVar[str] = "team"

    name: Name = None
    admin_ids: Ids = ()
