"""The plan changes between two runs: what is imported already follows it, from the archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.sandbox.truth import Field
from tests.support.command_line import CommandLine, changes, cli_at, contents, lines, requests, staff

SINGLE = "GET /conversations/*"
TEAM = [
    ("ana.silva@harbourlight.example", "Ana Silva", "owner"),
    ("desk@example.com", "Front Desk", "agent"),
    ("other@example.com", "Other Person", "agent"),
]


WORLD = Sandbox(conversations=90, seed=10, rate_limit=0)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The plan for this world, made once."""
    with running(WORLD) as sandbox:
        cli = cli_at(tmp_path_factory.mktemp("planned"), sandbox)
        cli.ready(TEAM)
        return cli.plan.read_bytes()


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(WORLD) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, planned: bytes, tmp_path: Path) -> CommandLine:
    ready = cli_at(tmp_path, sandbox)
    ready.ready(TEAM, plan=planned)
    return ready


def admin(sandbox: Running, number: int) -> str:
    """The plan's key for an admin whom the plan skips so far."""
    return f'admins."{staff(sandbox)[number].id}"'


def applied(sandbox: Running, cli: CommandLine, *settings: str) -> dict[str, tuple[int, int]]:
    """What a run with a changed plan creates and changes; it reads no conversation again and comes out right."""
    asked = requests(sandbox)[SINGLE]
    cli.set(*settings)
    made = changes(cli.run())
    assert requests(sandbox)[SINGLE] == asked
    assert cli.differences(sandbox) == []
    assert changes(cli.run()) == {}
    return made


def test_admins_decided_differently_are_attributed_anew_from_the_archive(sandbox: Running, cli: CommandLine) -> None:
    chiara, emeka, sam = admin(sandbox, 2), admin(sandbox, 4), admin(sandbox, 5)
    cli.run()
    made = applied(sandbox, cli, f"{emeka}.action=match", f"{emeka}.user=desk@example.com")
    assert made["users"] == (0, 1)
    assert made["conversations"][0] == 0
    assert made["conversations"][1] > 0
    applied(sandbox, cli, f"{sam}.action=match", f"{sam}.user=desk@example.com")
    applied(sandbox, cli, f"{emeka}.user=other@example.com")
    applied(sandbox, cli, f"{chiara}.action=invite", f"{chiara}.role=light_agent")
    applied(sandbox, cli, f"{chiara}.role=admin")
    applied(sandbox, cli, f"{sam}.action=skip", f"{emeka}.action=skip", f"{chiara}.action=skip")


def test_an_admin_who_left_intercom_is_matched_after_all(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    listed = {one.id for one in sandbox.world.staff.listed}
    left = next(
        row["intercom_admin_ids"][0]
        for row in lines(cli.export(), "team.jsonl")
        if row["state"] == "historical" and not row["is_bot"] and row["intercom_admin_ids"][0] not in listed
    )
    key = f'admins."{left}"'
    made = applied(sandbox, cli, f"{key}.action=match", f"{key}.user=other@example.com")
    assert made["users"] == (0, 1)
    applied(sandbox, cli, f"{key}.action=skip")


def test_fields_go_elsewhere(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    tier = 'fields.contact."Plan Tier"'
    made = applied(sandbox, cli, f"{tier}.key=tier", 'fields.conversation."Order number".key=order_ref')
    assert made["custom_fields"] == (2, 0)
    applied(sandbox, cli, f"{tier}.type=text", f"{tier}.options=[]")
    applied(sandbox, cli, 'fields.company."Fleet size".action=skip')


def test_an_attribute_is_mapped_to_a_field_that_is_there(sandbox: Running, cli: CommandLine) -> None:
    cli.do("field", "add", "customer", "seat_count", "--type", "text", "--label", "Seats bought")
    cli.set("fields.contact.Seats.action=map", "fields.contact.Seats.key=seat_count")
    cli.run()
    plan = cli.truth_plan()
    expected = replace(plan, fields={**plan.fields, ("customer", "Seats"): Field("seat_count", "text", ())})
    (field,) = (row for row in lines(cli.export(), "custom_fields.jsonl") if row["key"] == "seat_count")
    assert (field["label"], field["source_name"]) == ("Seats bought", None)
    differences = cli.differences(sandbox, expected)
    assert all(difference.startswith("custom_fields.jsonl: field:customer:seat_count") for difference in differences)


def test_a_narrow_range_is_widened(sandbox: Running, cli: CommandLine) -> None:
    rows = sandbox.world.conversation_index()
    middle = rows[len(rows) // 2].created_at
    since = datetime.fromtimestamp(middle, UTC).date().isoformat()
    cli.set(f"import.range={{ from = {since}, to = 2030-01-01 }}")
    asked = requests(sandbox).get(SINGLE, 0)
    first = cli.run()["counts"]["conversations"]
    assert requests(sandbox)[SINGLE] - asked == first["created"]
    assert 0 < first["created"] < 90
    assert first["created"] + first["skipped"] == first["found"] == 90
    exported = {row["intercom_id"] for row in lines(cli.export(), "conversations.jsonl")}
    assert exported <= {row.id for row in rows if row.created_at > middle - 2 * 86_400}
    assert exported >= {row.id for row in rows if row.created_at > middle + 2 * 86_400}

    cli.set("import.range=all")
    second = cli.run()["counts"]["conversations"]
    assert (second["created"], second["unchanged"], second["skipped"]) == (first["skipped"], first["created"], 0)
    assert cli.differences(sandbox) == []


def test_a_narrowed_range_takes_nothing_out(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    before = contents(cli.export())
    cli.set("import.range=6m")
    second = cli.run()
    assert changes(second) == {}
    assert second["counts"]["conversations"]["skipped"] > 0
    assert contents(cli.export()) == before
    cli.set("import.range=all")
    assert changes(cli.run()) == {}
    assert contents(cli.export()) == before


def test_states_and_channels_are_left_out_and_taken_in_later(sandbox: Running, cli: CommandLine) -> None:
    cli.set('import.states=["open", "snoozed"]', 'import.channels=["email", "other"]')
    first = cli.run()["counts"]["conversations"]
    rows = [row for row in sandbox.world.conversation_index() if row.state in {"open", "snoozed"}]
    assert first["created"] == sum(row.source_type != "conversation" for row in rows)
    cli.set('import.states=["open", "closed", "snoozed"]', 'import.channels=["messenger", "email", "other"]')
    assert cli.run()["counts"]["conversations"]["unchanged"] == first["created"]
    assert cli.differences(sandbox) == []


def test_attachments_left_out_at_first_are_fetched_later(sandbox: Running, cli: CommandLine) -> None:
    cli.set("import.attachments=false", "import.inline_images=false")
    first = cli.run()["attachments"]
    assert first["skipped"] == first["found"] > 0
    assert sandbox.control("state")["files"]["by_status"] == {}
    cli.set("import.attachments=true", "import.inline_images=true")
    second = cli.run()["attachments"]
    assert (second["found"], second["skipped"]) == (first["found"], 0)
    assert cli.differences(sandbox) == []


def test_attachments_switched_off_later_stay_where_they_are(sandbox: Running, cli: CommandLine) -> None:
    first = cli.run()["attachments"]
    before = contents(cli.export())
    cli.set("import.attachments=false", "import.inline_images=false")
    second = cli.run()
    # Only what could not be fetched so far is called left out now.
    assert (second["attachments"]["stored"], second["attachments"]["bytes"]) == (first["stored"], first["bytes"])
    assert second["attachments"]["skipped"] == first["missing"]
    after = contents(cli.export())
    unlike = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert unlike <= {"attachments.jsonl"}


def test_macros_left_out_at_first_come_later(sandbox: Running, cli: CommandLine) -> None:
    cli.set("import.saved_replies=false")
    first = cli.run()["counts"]["saved_replies"]
    assert first["skipped"] == first["found"] > 0
    cli.set("import.saved_replies=true")
    assert cli.run()["counts"]["saved_replies"]["created"] == first["found"]
    assert cli.differences(sandbox) == []


def test_what_a_changed_plan_affects_is_said(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    emeka = admin(sandbox, 4)
    said = cli.set("import.range=2y", f"{emeka}.action=match", f"{emeka}.user=desk@example.com").out
    assert "import.range affects which conversations are imported" in said
    assert f"{emeka} affects who is shown as author" in said
