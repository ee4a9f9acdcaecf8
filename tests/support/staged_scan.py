"""A migration that was scanned: a few admins and attributes of every kind, and an Ochre team to match."""

from __future__ import annotations

from pathlib import Path

from ochre_tui.migration.plan.model import PlanScope
from ochre_tui.migration.scan.result import (
    AttachmentEstimate,
    ConversationCounts,
    Interval,
    ScannedAdmin,
    ScannedField,
    ScannedWorkspace,
    ScanResult,
    TextUse,
)
from ochre_tui.migration.session import Session
from ochre_tui.ochre.embedded import administration
from ochre_tui.ochre.embedded import administration as fields
from ochre_tui.ochre.records import FieldType
from tests.support.staged_run import connected

HOSTILE = "[red]Bobby[/] \x1b[31m\u202edrop"


def scanned(home: Path, *, admins: int | None = None, attributes: int | None = None) -> Session:
    """A scanned migration without a plan; `admins` and `attributes`: so many made-up ones instead."""
    session = connected(home)
    session.paths.plan.unlink()
    with session.embedded() as workspace:
        administration.add_user(workspace, "ana@acme.example", "Ana Silva", "owner")
        administration.add_user(workspace, "ben@acme.example", "Ben O'Connor", "admin")
        administration.add_user(workspace, "zoe@acme.example", "Zoë Müller", "agent")
        administration.add_user(workspace, "lin@acme.example", "Lin Wei", "light_agent")
        fields.add_field(workspace, "customer", "tier", "single_select", "Tier", ["free", "pro", "enterprise"])
        fields.add_field(workspace, "customer", "seats", "number", "Seats")
    people = ADMINS if admins is None else tuple(map(_admin, range(admins)))
    found = ATTRIBUTES if attributes is None else tuple(map(_attribute, range(attributes)))
    with session.store() as store:
        store.set("scan", _result(people, found).model_dump(mode="json"))
    return session


def admin(
    key: str, name: str | None, email: str | None, conversations: int = 0, *, removed: bool = False
) -> ScannedAdmin:
    return ScannedAdmin(
        id=key,
        name=name,
        email=email,
        is_bot=False,
        removed=removed,
        conversations=conversations,
        sampled_messages=conversations // 3,
    )


def attribute(
    scope: PlanScope,
    name: str,
    data_type: str,
    usage: int,
    examples: list[str | int | bool],
    *,
    options: tuple[str, ...] = (),
    alone: dict[str, int] | None = None,
    unfit: int = 0,
    archived: bool = False,
) -> ScannedField:
    kinds: tuple[FieldType, ...] = ("text", "number", "boolean", "date")
    fits = {"integer": {"text", "number"}, "boolean": {"text", "boolean"}, "date": {"text", "number", "date"}}
    return ScannedField(
        scope=scope,
        name=name,
        label=name,
        data_type=data_type,
        options=list(options),
        archived=archived,
        usage=usage,
        examples=list(examples),
        distinct=len(examples),
        misfits=unfit,
        misfits_as={
            kind: unfit * (kind != "text") if kind in fits.get(data_type, {"text"}) else usage for kind in kinds
        },
        texts=TextUse(alone=alone or {}),
    )


ADMINS = (
    admin("814900", "Ana Silva", "Ana@acme.example", 2_140),
    admin("814901", "Ben O'Connor", "ben@acme.example", 1_822),
    admin("814902", "Zoë Müller", "zoe.mueller@acme.example", 640),
    admin("814903", "Sam Taylor", "sam@contractor.example", 433),
    admin("814904", "山田 花子 with a name that is longer than any column", "hanako.yamada@acme.example", 12),
    admin("814905", HOSTILE, "bobby@acme.example", 1),
    admin("814906", "Priya Nair", None, 96, removed=True),
)
ATTRIBUTES = (
    attribute(
        "contact",
        "Plan Tier",
        "string",
        1_204,
        ["free", "pro", "Platinum"],
        options=("free", "pro"),
        alone={"free": 900, "pro": 301, "Platinum": 3},
        unfit=3,
    ),
    attribute("contact", "Seats", "integer", 1_190, [5, 12, 40]),
    attribute("contact", "Beta tester", "boolean", 88, [True, False]),
    attribute("company", "Renews at", "date", 187, [1_800_000_000], unfit=2),
    attribute("company", HOSTILE, "string", 3, ["x"], alone={"x": 3}),
    attribute("conversation", "Order number", "string", 2_750, ["A-1044", "A-1045"], alone={"A-1044": 2, "A-1045": 1}),
    attribute("conversation", "Old queue", "string", 0, [], archived=True),
)


def _admin(number: int) -> ScannedAdmin:
    return admin(
        f"{5_000 + number}", f"Person {number}", f"person{number}@acme.example", number, removed=number % 9 == 0
    )


def _attribute(number: int) -> ScannedField:
    scopes: tuple[PlanScope, ...] = ("contact", "company", "conversation")
    return attribute(scopes[number % 3], f"Attribute {number}", ("string", "integer")[number % 2], number, ["a", 1])


def _result(admins: tuple[ScannedAdmin, ...], attributes: tuple[ScannedField, ...]) -> ScanResult:
    return ScanResult(
        workspace=ScannedWorkspace(id_code="hl4e0740", name="Harbourlight", region="EU", timezone="Europe/Lisbon"),
        counts={"conversations": 5_000, "admins": len(admins), "custom_attributes": len(attributes)},
        conversations=ConversationCounts(by_state={}, by_channel={}, by_month={}, over_500_parts=[]),
        attachments=AttachmentEstimate(count=0, bytes=Interval(low=0, likely=0, high=0), sampled=0),
        estimate_s=Interval(low=1, likely=2, high=3),
        admins=list(admins),
        fields=list(attributes),
        left_behind={},
        warnings=[],
    )
