import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.plan.check import check_plan
from ochre_tui.migration.plan.file import plan_text
from ochre_tui.migration.plan.model import KEY_FORM, parse_plan
from ochre_tui.migration.scan.result import (
    AttachmentEstimate,
    ConversationCounts,
    Interval,
    ScannedAdmin,
    ScannedField,
    ScannedWorkspace,
    ScanResult,
)
from ochre_tui.migration.scan.suggest import (
    auto_plan,
    plan_facts,
    plan_notes,
    snake_key,
    suggest_admin,
    suggest_fields,
    with_suggestions,
)
from ochre_tui.ochre.ids import field_id, user_id
from ochre_tui.ochre.records import CustomField, FieldType, Scope, User

NO_BYTES = Interval(low=0, likely=0, high=0)


def user(email: str, name: str | None = None, state: str = "active") -> User:
    return User(user_id(email), email, name, "agent", state)  # type: ignore[arg-type]  # the table's states are valid


def admin(name: str | None, email: str | None, *, is_bot: bool = False, removed: bool = False) -> ScannedAdmin:
    return ScannedAdmin(id="7", name=name, email=email, is_bot=is_bot, removed=removed)


def found(name: str, data_type: str, options: tuple[str, ...] = (), **more: object) -> ScannedField:
    return ScannedField.model_validate(
        {"scope": "contact", "name": name, "label": name, "data_type": data_type, "options": list(options)}
        | {"archived": False, "usage": 1}
        | more
    )


def field(key: str, kind: FieldType, label: str = "", options: tuple[str, ...] = (), source: str | None = None,
          scope: Scope = "customer") -> CustomField:  # fmt: skip
    return CustomField(field_id(scope, key), scope, key, label or key, kind, options, source)


def scan_of(admins: list[ScannedAdmin], fields: list[ScannedField]) -> ScanResult:
    return ScanResult(
        workspace=ScannedWorkspace(id_code="abc", name="Acme", region="US", timezone="UTC"),
        counts={},
        conversations=ConversationCounts(by_state={}, by_channel={}, by_month={}, over_500_parts=[]),
        attachments=AttachmentEstimate(count=0, bytes=NO_BYTES, sampled=0),
        estimate_s=NO_BYTES,
        admins=admins,
        fields=fields,
        left_behind={},
        warnings=[],
    )


TEAM = [
    user("Ana@Example.com", "Ana Díaz"),
    user("bo@example.com", "Bo"),
    user("bo2@example.com", "Bo"),
    user("gone@example.com", "Gone", "historical"),
]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (admin("Anything", " ana@EXAMPLE.com "), ("match", "Ana@Example.com", False)),
        (admin("  ANA  DÍAZ", "ana@old.example"), ("match", "Ana@Example.com", True)),
        (admin("Ana Díaz", None), ("match", "Ana@Example.com", True)),
        (admin("Bo", "bo@old.example"), ("skip", None, False)),
        (admin("Bo", "bo2@example.com"), ("match", "bo2@example.com", False)),
        (admin("Cy", "cy@example.com"), ("skip", None, False)),
        (admin(None, None), ("skip", None, False)),
        (admin("Gone", "gone@example.com"), ("skip", None, False)),
        (admin("Ana Díaz", "ana@old.example", removed=True), ("skip", None, False)),
        (admin("Ana Díaz", "ana@example.com", removed=True), ("skip", None, False)),
    ],
)
def test_admins(who: ScannedAdmin, expected: tuple[str, str | None, bool]) -> None:
    suggestion = suggest_admin(who, TEAM)
    assert suggestion is not None
    assert (suggestion.action, suggestion.user, suggestion.guess) == expected
    assert suggestion.reason


def test_a_bot_needs_no_decision() -> None:
    assert suggest_admin(admin("Operator", "operator+abc@intercom.io", is_bot=True), TEAM) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Plan Tier", "plan_tier"),
        ("MRR (USD)", "mrr_usd"),
        ("plan_tier", "plan_tier"),
        ("  --Größe--  ", "grosse"),
        ("Favourite colour 🎨", "favourite_colour"),
        ("2FA on", "field_2fa_on"),
        ("🎨", "field"),
        ("客户", "field"),
        ("", "field"),
        ("a" * 80, "a" * 63),
        ("Crème brûlée №1", "creme_brulee_no1"),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert snake_key(name) == key


@given(st.text(max_size=90))
def test_every_name_gives_a_valid_key(name: str) -> None:
    assert KEY_FORM.fullmatch(snake_key(name))


@pytest.mark.parametrize(
    ("what", "kind", "options"),
    [
        (found("A", "string"), "text", []),
        (found("A", "string", ("x", "y")), "single_select", ["x", "y"]),
        (found("A", "list", ("x", "y")), "single_select", ["x", "y"]),
        (found("A", "list", ("x", "y"), lists=True, values=["x"]), "multi_select", ["x", "y"]),
        (found("A", "string", lists=True, values=["q", "r"]), "multi_select", ["q", "r"]),
        (found("A", "string", lists=True, values=["q"], distinct_capped=True), "text", []),
        (found("A", "list"), "text", []),
        (found("A", "integer"), "number", []),
        (found("A", "float"), "number", []),
        (found("A", "decimal"), "number", []),
        (found("A", "boolean"), "boolean", []),
        (found("A", "date"), "date", []),
        (found("A", "datetime"), "date", []),
        (found("A", "relationship", lists=True, values=["x"]), "text", []),
        (found("A", "files", lists=True, values=["x"]), "text", []),
        (found("A", "brand new"), "text", []),
    ],
)
def test_types(what: ScannedField, kind: FieldType, options: list[str]) -> None:
    (suggestion,) = suggest_fields([what], [])
    assert (suggestion.action, suggestion.type, suggestion.options) == ("create", kind, options)


@pytest.mark.parametrize(
    ("what", "there", "expected"),
    [
        (found("Seats", "integer"), field("seats", "number"), ("map", "seats")),
        (found("Seats", "integer"), field("seats", "text"), ("map", "seats")),
        (found("Seats", "integer"), field("seats", "boolean"), ("create", "seats_2")),
        (found("Seats", "integer"), field("licences", "number", " SEATS "), ("map", "licences")),
        (found("Seats", "integer"), field("seats", "number", scope="company"), ("create", "seats")),
        (found("Seats", "integer"), field("seats", "number", source="Seats"), ("create", "seats")),
        (found("Seats", "integer"), field("seats_3", "number", source="Seats"), ("create", "seats_3")),
        (found("Seats", "integer"), field("seats", "number", source="seats!"), ("create", "seats_2")),
        (found("Tier", "list", ("a", "B")), field("tier", "single_select", options=("A", "b", "c")), ("map", "tier")),
        (found("Tier", "list", ("a", "b")), field("tier", "multi_select", options=("a", "b")), ("map", "tier")),
        (found("Tier", "list", ("a", "b")), field("tier", "single_select", options=("a",)), ("create", "tier_2")),
        (found("Tier", "string"), field("tier", "single_select", options=("a",)), ("create", "tier_2")),
        (found("Tier", "string", values=["A"]), field("tier", "single_select", options=("a",)), ("map", "tier")),
    ],
)
def test_existing_fields(what: ScannedField, there: CustomField, expected: tuple[str, str]) -> None:
    (suggestion,) = suggest_fields([what], [there])
    assert (suggestion.action, suggestion.key) == expected


def test_an_archived_attribute_is_left_out_unless_it_is_used() -> None:
    unused, used = suggest_fields(
        [found("Old", "string", archived=True, usage=0), found("Older", "string", archived=True, usage=3)], []
    )
    assert (unused.action, used.action) == ("skip", "create")


def test_keys_are_unique_within_a_scope_only() -> None:
    many = [
        found("A b", "string"),
        found("a-b", "string"),
        found("A_B", "date"),
        found("A b", "string", scope="company"),
    ]
    assert [suggestion.key for suggestion in suggest_fields(many, [field("a_b_2", "boolean")])] == [
        "a_b",
        "a_b_3",
        "a_b_4",
        "a_b",
    ]


@given(
    st.dictionaries(
        st.text("aB _-🎨2", max_size=70), st.sampled_from(["string", "list", "date", "integer"]), max_size=8
    ),
    st.dictionaries(st.text("ab_2", max_size=3), st.sampled_from(["text", "boolean"]), max_size=4),
)
def test_the_suggested_plan_is_always_valid(attributes: dict[str, str], fields: dict[str, FieldType]) -> None:
    result = scan_of([admin("Ana", "ana@example.com")], [found(name, kind) for name, kind in attributes.items()])
    existing = [field(f"a{key}", kind) for key, kind in fields.items()]
    plan = auto_plan(result, TEAM, existing)
    assert parse_plan(plan_text(plan, plan_notes(with_suggestions(result, TEAM, existing)))) == plan
    assert check_plan(plan, plan_facts(result, TEAM, existing)) == ([], [])


def test_the_automatic_plan_stays_the_same_after_its_import() -> None:
    result = scan_of([], [found("Plan Tier", "list", ("a",)), found("plan tier", "string"), found("Seats", "integer")])
    plan = auto_plan(result, TEAM, [])
    made = [
        field(entry.key or "", entry.type or "text", options=entry.options or (), source=name)
        for name, entry in plan.fields.contact.items()
    ]
    assert auto_plan(result, TEAM, made) == plan


def test_the_automatic_plan_has_the_defaults_and_every_suggestion() -> None:
    people = [
        ScannedAdmin(id="1", name="Ana", email="ana@example.com", is_bot=False, removed=False),
        ScannedAdmin(id="2", name="Ana Díaz", email=None, is_bot=False, removed=False),
        ScannedAdmin(id="3", name="Operator", email="operator+abc@intercom.io", is_bot=True, removed=False),
        ScannedAdmin(id="4", name="Cy\n[import]", email="cy@example.com", is_bot=False, removed=True),
    ]
    result = scan_of(people, [found("Old", "string", archived=True, usage=0), found("Seats", "integer")])
    plan = auto_plan(result, TEAM, [])
    assert plan.import_ == parse_plan("").import_
    assert {key: (entry.action, entry.user) for key, entry in plan.admins.items()} == {
        "1": ("match", "Ana@Example.com"),
        "2": ("match", "Ana@Example.com"),
        "4": ("skip", None),
    }
    assert {key: entry.action for key, entry in plan.fields.contact.items()} == {"Old": "skip", "Seats": "create"}
    text = plan_text(plan, plan_notes(with_suggestions(result, TEAM, [])))
    assert re.search(r'\[admins."2"\] # Ana Díaz: a guess: same name', text)
    assert parse_plan(text) == plan


def test_a_result_survives_being_stored() -> None:
    result = with_suggestions(
        scan_of(
            [admin("Ana", "ana@example.com")], [found("Tags", "string", lists=True, values=["x"], examples=[["x"], 1])]
        ),
        TEAM,
        [],
    )
    assert ScanResult.model_validate_json(result.model_dump_json()) == result
