"""The team and the fields that the operator enters by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.core.errors import UsageError
from ochre_tui.ochre.embedded.administration import add_field, add_user, import_csv
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.ids import field_id, user_id
from ochre_tui.ochre.records import CustomField, FieldType, User


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    opened = open_workspace(tmp_path / "workspace", "acme", "Acme")
    yield opened
    opened.close()


def written(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "team.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def team(workspace: EmbeddedWorkspace) -> set[tuple[str | None, str | None, str | None, str]]:
    return {(user.email, user.name, user.role, user.state) for user in workspace.users()}


def test_a_user_is_added_then_updated_by_e_mail(workspace: EmbeddedWorkspace) -> None:
    added = add_user(workspace, " Ana@Team.example ", "Ana")
    assert added == User(user_id("ana@team.example"), "Ana@Team.example", "Ana", "agent", "active")
    assert add_user(workspace, "ana@team.example", role="owner") == replace(
        added, email="ana@team.example", role="owner"
    )
    assert team(workspace) == {("ana@team.example", "Ana", "owner", "active")}


def test_an_imported_record_becomes_a_member_and_keeps_its_admin_ids(workspace: EmbeddedWorkspace) -> None:
    left = User(user_id("bo@team.example"), "bo@team.example", "Bo", None, "historical", ("77",))
    workspace.put(1, [left])
    add_user(workspace, "bo@team.example")
    assert workspace.users() == [replace(left, role="agent", state="active")]


@pytest.mark.parametrize(
    ("email", "name", "role", "error"),
    [
        ("", "", "", "missing"),
        ("ana", "", "", "ana is no e-mail"),
        ("ana@", "", "", "no e-mail"),
        ("a b@c.example", "", "", "no e-mail"),
        ("a@b@c", "", "", "no e-mail"),
        ("ana\x1b@c.example", "", "", "no e-mail"),
        ("a" * 260 + "@c.example", "", "", "no e-mail"),
        ("ana@c.example", "n" * 201, "", "longer than 200"),
        ("ana@c.example", "", "Agent", "Agent is no role"),
        ("ana@c.example", "", "boss", "boss is no role"),
    ],
)
def test_what_is_no_good_is_refused(workspace: EmbeddedWorkspace, email: str, name: str, role: str, error: str) -> None:
    with pytest.raises(UsageError, match=error):
        add_user(workspace, email, name, role)
    assert workspace.users() == []


def test_what_can_not_be_stored_is_replaced(workspace: EmbeddedWorkspace) -> None:
    assert add_user(workspace, "ana@c.example", "A\0n\udc80a").name == "A\ufffdn\ufffda"


ANA, BO = ("ana@c.example", "Ana", "admin", "active"), ("bo@c.example", None, "agent", "active")


@pytest.mark.parametrize(
    "content",
    [
        "email,name,role\nana@c.example,Ana,admin\nbo@c.example,,\n",
        "\ufeffemail,name,role\r\nana@c.example,Ana,admin\r\nbo@c.example,,agent",
        "\n\nEmail, Name ,ROLE\n\n ana@c.example , Ana , admin \n,,\n\nbo@c.example,,\n\n",
        'email,name,role\n"ana@c.example","Ana","admin"\nbo@c.example,"",""\n',
    ],
    ids=["plain", "byte-order mark and CRLF", "blanks", "quoted"],
)
def test_a_csv_is_imported(workspace: EmbeddedWorkspace, tmp_path: Path, content: str) -> None:
    import_csv(workspace, written(tmp_path, content))
    assert team(workspace) == {ANA, BO}


def test_a_csv_updates_and_keeps_what_it_leaves_empty(workspace: EmbeddedWorkspace, tmp_path: Path) -> None:
    add_user(workspace, "ana@c.example", "Ana", "admin")
    users = import_csv(workspace, written(tmp_path, "email,name,role\nANA@c.example,,light_agent\nbo@c.example,,\n"))
    assert [user.role for user in users] == ["light_agent", "agent"]
    assert team(workspace) == {("ANA@c.example", "Ana", "light_agent", "active"), BO}


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        ("", ["line 1: the header email,name,role is missing"]),
        ("ana@c.example,Ana,admin\n", ["line 1: the header must be email,name,role"]),
        ("\nemail;name;role\nx;y;z\n", ["line 2: the header must be email,name,role, not email;name;role"]),
        (
            "email,name,role\nana,A,agent\nbo@c.example,B,boss\n",
            ["line 2: ana is no e-mail", "line 3: boss is no role"],
        ),
        ("email,name,role\nana@c.example,A\n", ["line 2: 2 values where 3 belong"]),
        ("email,name,role\nana@c.example,A,agent,x\n", ["line 2: 4 values where 3 belong"]),
        ("email,name,role\n,A,agent\n", ["line 2: the e-mail address is missing"]),
        (
            "email,name,role\n\na@c.example,,\nb@c.example,,\nA@C.example,,\n",
            ["line 5: A@C.example is on line 3 already"],
        ),
        ('email,name,role\n"a@c.example","A\nB",agent\nbad,,\n', ["line 4: bad is no e-mail"]),
        ('email,name,role\na@c.example,,\n"b@c.example,,\n', ["line 3: unexpected end of data"]),
        ("email,name,role\n\x1b[31m,,\n", ["line 2: ␛[31m is no e-mail"]),
        ("email,name,role\n" + "bad,,\n" * 30, ["line 21: bad is no e-mail", "and 10 more"]),
        ("email,name,role\nzoë@c.example,,\n".encode("latin-1"), ["not UTF-8"]),
        ("email,name,role\na@c.example,,\n".encode("utf-16"), ["not UTF-8"]),
    ],
)
def test_a_bad_csv_is_refused_as_a_whole(
    workspace: EmbeddedWorkspace, tmp_path: Path, content: bytes | str, errors: list[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        import_csv(workspace, written(tmp_path, content))
    for error in errors:
        assert error in raised.value.title
    assert workspace.users() == []


def test_a_csv_that_is_not_there_is_named(workspace: EmbeddedWorkspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.csv can't be read"):
        import_csv(workspace, tmp_path / "nowhere.csv")


def test_a_csv_with_only_its_header_adds_nobody(workspace: EmbeddedWorkspace, tmp_path: Path) -> None:
    assert import_csv(workspace, written(tmp_path, "email,name,role\n")) == []


def test_a_field_is_added_then_updated(workspace: EmbeddedWorkspace) -> None:
    plan = add_field(workspace, "customer", "plan", "single_select", "Plan", ["free", " Pro "])
    assert plan == CustomField(
        field_id("customer", "plan"), "customer", "plan", "Plan", "single_select", ("free", "Pro")
    )
    assert add_field(workspace, "customer", "plan", "single_select") == plan
    assert add_field(workspace, "customer", "plan", "single_select", "Tier", ["x"]).options == ("x",)
    assert add_field(workspace, "company", "plan", "text").label == "plan"
    assert {(field.scope, field.label) for field in workspace.custom_fields()} == {
        ("customer", "Tier"),
        ("company", "plan"),
    }


@pytest.mark.parametrize(
    ("key", "kind", "options", "error"),
    [
        ("Plan Tier", "text", [], "no key"),
        ("", "text", [], "no key"),
        ("1st", "text", [], "no key"),
        ("x" * 64, "text", [], "no key"),
        ("known", "number", [], "is of type text"),
        ("tier", "single_select", [], "needs options"),
        ("tier", "multi_select", ["a", " a"], "differ"),
        ("tier", "multi_select", ["a", " "], "empty"),
        ("tier", "text", ["a"], "has no options"),
    ],
)
def test_a_field_that_can_not_be_is_refused(
    workspace: EmbeddedWorkspace, key: str, kind: FieldType, options: list[str], error: str
) -> None:
    known = add_field(workspace, "customer", "known", "text")
    with pytest.raises(UsageError, match=error):
        add_field(workspace, "customer", key, kind, None, options)
    assert workspace.custom_fields() == [known]
