"""The comparison: a right export has no differences, and no wrong one gets through."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from ochre_tui.sandbox.truth import Field, TruthPlan, compare, expected_export
from ochre_tui.sandbox.world import World
from ochre_tui.sandbox.world.body import DataImage, files_in

Json = dict[str, Any]
Lines = dict[str, list[Json]]
MakeWorld = Callable[[int, int, bool], World]

TEAM = (
    ("ana.silva@harbourlight.example", "Ana Silva", "owner"),
    ("ben.oconnor@harbourlight.example", "Ben", "agent"),
    ("zoe@elsewhere.example", "zoë müller ", "agent"),
    ("sam@elsewhere.example", "Sam Taylor", "agent"),
    ("new@harbourlight.example", "Newcomer", "light_agent"),
)
ID_FIELDS = {"id", "conversation_id", "message_id", "customer_id", "assignee_id"}
LIST_FIELDS = {"company_ids", "customer_ids", "attachment_ids"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lines, Lines, dict[str, bytes]]:
    """Expected lines, lines of an export that is right, and the bytes of its files."""
    world = World(1, 60, now=1_793_534_400, files_url="http://127.0.0.1:9")
    expected = expected_export(world, TruthPlan.default(world, TEAM))
    actual = {name: [exported(line) for line in lines] for name, lines in expected.items()}
    for name, lines in actual.items():
        lines.sort(key=lambda line: sort_key(name, line))
    return expected, actual, contents(world)


def real(symbol: str) -> str:
    """An id that says nothing."""
    return hashlib.sha256(symbol.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def exported(line: Json) -> Json:
    """The expected line as an importer with ids of its own would export it."""
    done = {key: chosen(value) for key, value in copy.deepcopy(line).items()}
    for key in ID_FIELDS & done.keys():
        done[key] = done[key] and real(done[key])
    for key in LIST_FIELDS & done.keys():
        done[key] = [real(one) for one in done[key]]
    if "author" in done:
        author = {key: chosen(value) for key, value in done["author"].items()}
        done["author"] = {**author, "id": author["id"] and real(author["id"])}
    if done.get("body_html"):
        done["body_html"] = re.sub(
            r'"attachment:([^"]*)"', lambda ref: f'"attachment:{real(ref[1])}"', done["body_html"]
        )
    return done


def chosen(value: Any) -> Any:
    """What an importer might choose where a mark leaves it the choice."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    mark, inside = next(iter(value.items()))
    return {
        "$any": ["x"],
        "$text": "words",
        "$one_of": inside[-1] if isinstance(inside, list) and inside else None,
        "$unordered": inside[::-1] if isinstance(inside, list) else None,
        "$having": {**inside, "more": 1} if isinstance(inside, dict) else None,
        "$safe_name": "safe.txt",
    }.get(mark, value)


def sort_key(name: str, line: Json) -> tuple[str, str, int]:
    if name == "aliases.jsonl":
        return (line["kind"], line["value"], 0)
    return (line["conversation_id"], "", line["position"]) if name == "messages.jsonl" else (line["id"], "", 0)


def contents(world: World) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for row in world.conversation_index():
        conversation = world.generated(row.id)
        assert conversation is not None
        for message in (*([conversation.source] if conversation.source else []), *conversation.parts):
            body = message.body or ()
            data = [block.data for block in body if isinstance(block, DataImage)]
            files = [world.file(file.url) for file in (*message.files, *files_in(body))]
            data += [served[0] for served in files if served]
            found |= {hashlib.sha256(one).hexdigest(): one for one in data}
    return found


def written(place: Path, lines: Lines, files: dict[str, bytes]) -> Path:
    named = {line["sha256"] for line in lines["attachments.jsonl"] if line["sha256"]}
    with ZipFile(place / "export.zip", "w") as archive:
        archive.writestr("workspace.json", "{}")
        for name, records in lines.items():
            archive.writestr(name, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in records))
        for sha256 in named:
            archive.writestr(f"attachments/{sha256[:2]}/{sha256}", files[sha256])
    return place / "export.zip"


def test_a_right_export_has_no_differences(made: tuple[Lines, Lines, dict[str, bytes]], tmp_path: Path) -> None:
    expected, actual, files = made
    place = written(tmp_path, actual, files)
    assert compare(place, expected) == []
    with ZipFile(place) as archive:
        archive.extractall(tmp_path / "folder")
    assert compare(tmp_path / "folder", expected) == []


def test_the_truth_survives_being_sent_as_json(made: tuple[Lines, Lines, dict[str, bytes]], tmp_path: Path) -> None:
    expected, actual, files = made
    assert compare(written(tmp_path, actual, files), json.loads(json.dumps(expected))) == []


def test_any_field_that_is_wrong_is_found(made: tuple[Lines, Lines, dict[str, bytes]], tmp_path: Path) -> None:
    """One export with a field changed in each kind of record and each place that may differ."""
    expected, actual, files = made
    free = {("team.jsonl", "id"), ("custom_fields.jsonl", "label"), ("attachments.jsonl", "reason")}
    keys = {("team.jsonl", "is_bot"), ("team.jsonl", "state"), ("custom_fields.jsonl", "scope")}
    for name, records in actual.items():
        for field in records[0]:
            if (name, field) in free | keys or field in ID_FIELDS | {"position", "sha256"}:
                continue
            wrong = copy.copy(actual)
            place = next(
                place for place, line in enumerate(records) if not line.get("is_bot") and not line.get("inline")
            )
            value = {"wrong": 1} if field in ("author", "event") else "wrong"
            wrong[name] = [*records[:place], {**records[place], field: value}, *records[place + 1 :]]
            if field in LIST_FIELDS:
                wrong[name][place][field] = ["wrong"]
            assert compare(written(tmp_path, wrong, files), expected), f"{name} {field}"


@pytest.mark.parametrize(
    "name", ["customers.jsonl", "messages.jsonl", "attachments.jsonl", "aliases.jsonl", "tags.jsonl"]
)
def test_a_record_too_few_or_too_many_is_found(
    made: tuple[Lines, Lines, dict[str, bytes]], tmp_path: Path, name: str
) -> None:
    expected, actual, files = made
    fewer = {**actual, name: actual[name][:-1]}
    assert any(name in found for found in compare(written(tmp_path, fewer, files), expected))
    twice = {**actual, name: [*actual[name], actual[name][-1]]}
    assert any("twice" in found for found in compare(written(tmp_path, twice, files), expected))


def test_order_missing_files_and_bytes_are_checked(made: tuple[Lines, Lines, dict[str, bytes]], tmp_path: Path) -> None:
    expected, actual, files = made
    turned = {**actual, "tags.jsonl": actual["tags.jsonl"][::-1]}
    assert compare(written(tmp_path, turned, files), expected) == ["tags.jsonl: not in order"]
    less = {name: lines for name, lines in actual.items() if name != "aliases.jsonl"}
    assert "aliases.jsonl: missing from the export" in compare(written(tmp_path, less, files), expected)
    sha256 = next(line["sha256"] for line in actual["attachments.jsonl"] if line["sha256"])
    found = compare(written(tmp_path, actual, {**files, sha256: b"other"}), expected)
    assert found == [f"attachments: {sha256} holds other bytes"]


def test_a_wrong_reference_in_a_body_is_found(made: tuple[Lines, Lines, dict[str, bytes]], tmp_path: Path) -> None:
    expected, actual, files = made
    messages = copy.deepcopy(actual["messages.jsonl"])
    line = next(line for line in messages if '"attachment:' in (line["body_html"] or ""))
    line["body_html"] = re.sub('"attachment:[^"]*"', '"attachment:elsewhere"', line["body_html"])
    found = compare(written(tmp_path, {**actual, "messages.jsonl": messages}, files), expected)
    assert len(found) == 1
    assert "body_html" in found[0]


def test_the_default_plan_matches_by_email_then_by_a_name_that_is_unique(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    plan = TruthPlan.default(world, TEAM)
    by_name = {admin.name: plan.admins[admin.id] for admin in world.staff.admins if admin.name != "Sam Taylor"}
    assert by_name["Ana Silva"] == TEAM[0][0]
    assert by_name["Ben O'Connor"] == TEAM[1][0]
    assert by_name["Zoë Müller"] == TEAM[2][0]
    assert by_name["Emeka Obi"] is None
    assert plan.fields["customer", "Plan Tier"] == Field("plan_tier", "single_select", ("free", "pro", "Enterprise"))
    assert ("customer", "Legacy id") not in plan.fields


def test_a_plan_is_read_from_toml_and_from_json() -> None:
    toml = """
[admins."1"]
action = "match"
user = "a@b.example"
[admins."2"]
action = "invite"
role = "admin"
[admins."3"]
action = "skip"
[fields.contact."Plan Tier"]
action = "create"
key = "plan_tier"
type = "single_select"
options = ["free"]
[fields.conversation."X"]
action = "skip"
"""
    plan = TruthPlan.from_toml(toml, [("a@b.example", None, "agent")])
    assert plan.admins == {"1": "a@b.example", "2": None, "3": None}
    assert plan.invited == {"2": "admin"}
    assert plan.fields == {
        ("customer", "Plan Tier"): Field("plan_tier", "single_select", ("free",)),
        ("conversation", "X"): None,
    }
    assert TruthPlan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_an_invited_admin_is_in_the_team_under_their_own_email(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    admin = world.staff.admins[2]
    lines = expected_export(world, TruthPlan(invited={admin.id: "admin"}))["team.jsonl"]
    line = next(line for line in lines if line["name"] == admin.name)
    assert (line["id"], line["role"], line["state"]) == (f"user:{admin.email}", "admin", "invited")


def test_more_than_500_parts_are_cut_and_said_to_be_incomplete(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    lines = expected_export(world, TruthPlan())
    [long] = [line for line in lines["conversations.jsonl"] if line["incomplete"]]
    messages = [line for line in lines["messages.jsonl"] if line["conversation_id"] == long["id"]]
    assert len(messages) == 501
    assert long["source_part_count"] > 500
