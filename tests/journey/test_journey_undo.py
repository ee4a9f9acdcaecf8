"""`undo` takes out what the migration put in, spares what people changed, and a run brings it back as it was."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.command_line import CommandLine, cli_at, contents, lines, requests

WORLD = Sandbox(conversations=120, seed=11, rate_limit=0)
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner"), ("desk@example.com", "Front Desk", "agent")]
RECORDS = ("conversations", "customers", "companies", "tags", "saved_replies", "custom_fields", "messages", "aliases")


def without_time(export: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(export).items() if name != "workspace.json"}


def edit(cli: CommandLine, statement: str, *values: Any) -> None:
    """What somebody changes in Ochre."""
    with closing(sqlite3.connect(cli.folder / "workspace" / "workspace.db")) as conn, conn:
        assert conn.execute(statement, values).rowcount == 1


def test_after_undo_only_the_team_is_left_and_a_run_brings_all_back_without_reading_again(
    sandbox: Running, cli: CommandLine
) -> None:
    before = without_time(cli.export("before"))
    end = cli.do("undo", "--yes", "--json").events[-1]
    assert (end["event"], end["exit"]) == ("end", 0)
    assert all(counts["found"] == 0 for counts in end["status"]["counts"].values())
    assert end["status"]["attachments"]["found"] == 0
    assert end["status"]["state"] == "paused"
    emptied = cli.export("emptied")
    assert {name: lines(emptied, f"{name}.jsonl") for name in RECORDS} == {name: [] for name in RECORDS}
    assert {(user["email"], user["state"]) for user in lines(emptied, "team.jsonl")} == {
        (email, "active") for email, _, _ in TEAM
    }
    assert all(user["intercom_admin_ids"] == [] for user in lines(emptied, "team.jsonl"))
    assert not [path for path in (cli.folder / "workspace" / "attachments").rglob("*") if path.is_file()]
    cli.run()
    assert without_time(cli.export("after")) == before
    assert cli.do("verify", "--json").json["ok"]


def test_what_people_changed_is_kept_with_all_that_it_names_and_listed(sandbox: Running, cli: CommandLine) -> None:
    before = cli.export("before")
    thread = next(one for one in lines(before, "conversations.jsonl") if one["tags"] and one["custom_fields"])
    customer = next(
        one
        for one in lines(before, "customers.jsonl")
        if one["company_ids"] and one["id"] not in thread["customer_ids"]
    )
    edit(cli, "UPDATE conversations SET subject = 'Edited by Ana' WHERE id = ?", thread["id"])
    edit(cli, "UPDATE customers SET edited_at = 1 WHERE id = ?", customer["id"])
    events = cli.do("undo", "--yes", "--json").events
    kept = {event["id"]: event["reason"] for event in events if event["event"] == "kept"}
    assert kept[thread["id"]] == kept[customer["id"]] == "changed in Ochre since"
    after = cli.export("after")
    assert [one["subject"] for one in lines(after, "conversations.jsonl")] == ["Edited by Ana"]
    assert {*thread["customer_ids"], customer["id"]} <= {one["id"] for one in lines(after, "customers.jsonl")}
    assert set(customer["company_ids"]) <= {one["id"] for one in lines(after, "companies.jsonl")}
    assert {tag["name"] for tag in lines(after, "tags.jsonl")} >= set(thread["tags"])
    assert {field["key"] for field in lines(after, "custom_fields.jsonl")} >= set(thread["custom_fields"])
    wrote = {one["author"]["id"] for one in lines(after, "messages.jsonl")} - {None}
    people = {one["id"] for name in ("customers", "team") for one in lines(after, f"{name}.jsonl")}
    assert wrote <= people
    stored = [one for one in lines(after, "attachments.jsonl") if one["state"] == "stored"]
    assert all(f"attachments/{one['sha256'][:2]}/{one['sha256']}" in contents(after) for one in stored)
    cli.run()
    again = {one["id"]: one for one in lines(cli.export("again"), "conversations.jsonl")}
    assert again[thread["id"]]["subject"] == "Edited by Ana"
    assert len(again) == len(lines(before, "conversations.jsonl"))


def test_nothing_counts_as_changed_that_only_the_importer_wrote(cli: CommandLine) -> None:
    emeka = next(iter(cli.plan_read()["admins"]))
    cli.set(f'admins."{emeka}"={{ action = "match", user = "desk@example.com" }}')
    cli.do("resync", "attribution")
    assert not [event for event in cli.do("undo", "--yes", "--json").events if event["event"] == "kept"]


def test_a_resync_does_not_hide_what_people_changed(cli: CommandLine) -> None:
    emeka = next(iter(cli.plan_read()["admins"]))
    with closing(sqlite3.connect(cli.folder / "state.db")) as conn:
        intercom_id = conn.execute(
            "SELECT conversation_id FROM staff_part WHERE admin_id = ? AND messages > 0", (emeka,)
        ).fetchone()[0]
    edit(cli, "UPDATE conversations SET subject = 'Edited by Ana' WHERE intercom_id = ?", intercom_id)
    cli.set(f'admins."{emeka}"={{ action = "match", user = "desk@example.com" }}')
    cli.do("resync", "attribution")
    reasons = [event["reason"] for event in cli.do("undo", "--yes", "--json").events if event["event"] == "kept"]
    assert reasons.count("changed in Ochre since") == 1


def test_killed_at_random_and_begun_again_it_ends_the_same(sandbox: Running, cli: CommandLine) -> None:
    before = without_time(cli.export("before"))
    chance = random.Random(5)
    for _ in range(4):
        process = cli.start("undo", "--yes", "--json")
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 5)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    cli.do("undo", "--yes")
    assert lines(cli.export("emptied"), "conversations.jsonl") == []
    cli.run()
    assert without_time(cli.export("after")) == before


def test_a_run_after_a_killed_undo_brings_back_what_went(sandbox: Running, cli: CommandLine) -> None:
    before = without_time(cli.export("before"))
    process = cli.start("undo", "--yes", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    cli.run()
    assert without_time(cli.export("after")) == before


def test_nobody_asked_means_nothing_done(cli: CommandLine) -> None:
    before = without_time(cli.export("before"))
    ran = cli.do("undo", expect=2)
    assert "--yes" in ran.err
    assert without_time(cli.export("after")) == before


def test_undone_twice_there_is_nothing_left_to_do(cli: CommandLine) -> None:
    cli.do("undo", "--yes")
    assert [event["event"] for event in cli.do("undo", "--yes", "--json").events] == ["end"]


def test_an_import_is_not_undone_before_it_began(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path, sandbox)
    cli.do("connect")
    assert "nothing to take out" in cli.do("undo", "--yes", expect=2).err
    assert requests(sandbox)
