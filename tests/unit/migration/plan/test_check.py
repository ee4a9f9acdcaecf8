import pytest

from ochre_tui.migration.plan.check import PlanFacts, check_plan
from ochre_tui.migration.plan.model import PlanScope, parse_plan
from ochre_tui.ochre.ids import field_id, user_id
from ochre_tui.ochre.records import CustomField, FieldType, Scope, User, UserState


def user(email: str, state: UserState = "active", admins: tuple[str, ...] = ()) -> User:
    return User(user_id(email), email, email.split("@")[0], "agent", state, admins)


def field(scope: Scope, key: str, kind: FieldType, source: str | None = None) -> CustomField:
    return CustomField(field_id(scope, key), scope, key, key.title(), kind, source_name=source)


ATTRIBUTES: dict[tuple[PlanScope, str], FieldType] = {
    ("contact", "Tier"): "single_select",
    ("contact", "Seats"): "number",
    ("contact", "Notes"): "text",
    ("conversation", "Beta"): "boolean",
}
FACTS = PlanFacts(
    users=[user("Ana@Example.com"), user("mia@example.com", "invited", ("5",)), user("old@example.com", "historical")],
    fields=[
        field("customer", "tier", "single_select"),
        field("customer", "seats", "number", "Seats"),
        field("customer", "day", "boolean"),
        field("company", "tier", "text"),
        field("conversation", "beta", "text"),
    ],
    admins={"1": "ana@example.com", "5": "mia@example.com", "7": None, "8": "new@example.com"},
    attributes=ATTRIBUTES,
)


@pytest.mark.parametrize(
    ("plan", "key", "right"),
    [
        (
            "admins.1 = { action = 'match', user = 'bo@example.com' }",
            'admins."1".user',
            "ana@example.com, mia@example.com",
        ),
        ("admins.1 = { action = 'match', user = 'old@example.com' }", 'admins."1".user', "no user in Ochre"),
        ("admins.1 = { action = 'invite' }", 'admins."1".action', 'action = "match"'),
        ("admins.7 = { action = 'invite' }", 'admins."7".action', "no e-mail address"),
        (
            "fields.contact.Notes = { action = 'map', key = 'nope' }",
            "fields.contact.Notes.key",
            "known: day, seats, tier",
        ),
        ("fields.contact.Seats = { action = 'map', key = 'day' }", "fields.contact.Seats.key", "date, number, text"),
        ("fields.contact.Tier = { action = 'map', key = 'day' }", "fields.contact.Tier.key", "multi_select"),
        (
            "fields.contact.Notes = { action = 'create', key = 'tier', type = 'text' }",
            "fields.contact.Notes.key",
            'action = "map"',
        ),
        (
            "fields.contact.A = { action = 'map', key = 'tier' }\nfields.contact.B = { action = 'map', key = 'tier' }",
            "fields.contact.B.key",
            "fields.contact.A goes to tier already",
        ),
        (
            "fields.contact.A = { action = 'create', key = 'x', type = 'text' }\n"
            "fields.contact.B = { action = 'create', key = 'x', type = 'text' }",
            "fields.contact.B.key",
            "its own field",
        ),
    ],
)
def test_errors(plan: str, key: str, right: str) -> None:
    errors, _ = check_plan(parse_plan(plan), FACTS)
    assert [problem.key for problem in errors] == [key]
    assert right in errors[0].error


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "admins.1 = { action = 'match', user = ' ANA@example.com ' }",
        "admins.1 = { action = 'match', user = 'mia@example.com' }",
        "admins.8 = { action = 'invite', role = 'light_agent' }",
        "admins.5 = { action = 'invite' }",  # invited by an earlier run
        "fields.contact.Seats = { action = 'create', key = 'seats', type = 'number' }",  # made by an earlier run
        "fields.contact.Tier = { action = 'map', key = 'tier' }",
        "fields.conversation.Beta = { action = 'map', key = 'beta' }",
        "fields.contact.A = { action = 'skip', key = 'tier' }\nfields.contact.B = { action = 'map', key = 'tier' }",
        "fields.contact.A = { action = 'create', key = 'x', type = 'text' }\n"
        "fields.company.A = { action = 'create', key = 'x', type = 'text' }",
    ],
)
def test_no_errors(plan: str) -> None:
    assert check_plan(parse_plan(plan), FACTS)[0] == []


def test_every_error_is_found() -> None:
    plan = parse_plan(
        "admins.1 = { action = 'match', user = 'a@b.c' }\nadmins.5 = { action = 'match', user = 'd@e.f' }\n"
        "fields.contact.X = { action = 'map', key = 'x' }\nfields.company.X = { action = 'map', key = 'x' }"
    )
    assert len(check_plan(plan, FACTS)[0]) == 4


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        ("admins.99 = { action = 'skip' }", 'admins."99"'),
        ("", 'admins."8"'),
        ("", "fields.contact.Notes"),
        ("fields.contact.Gone = { action = 'skip' }", "fields.contact.Gone"),
        ("fields.contact.Tier = { action = 'create', key = 't', type = 'date' }", "fields.contact.Tier.type"),
        (
            "fields.contact.Notes = { action = 'create', key = 't', type = 'single_select', options = ['a'] }",
            "fields.contact.Notes.type",
        ),
    ],
)
def test_warnings(plan: str, key: str) -> None:
    errors, warnings = check_plan(parse_plan(plan), FACTS)
    assert errors == []
    assert key in {notice.key for notice in warnings}


def test_without_a_scan_nothing_is_unknown() -> None:
    plan = parse_plan("admins.99 = { action = 'skip' }\nfields.contact.Any = { action = 'map', key = 'tier' }")
    assert check_plan(plan, PlanFacts(FACTS.users, FACTS.fields)) == ([], [])


def test_text_from_outside_is_cleaned() -> None:
    plan = parse_plan('admins.1 = { action = "match", user = "\\u001b[31m@x" }')
    errors, _ = check_plan(plan, FACTS)
    assert "\x1b" not in errors[0].error
