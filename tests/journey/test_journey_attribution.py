"""`resync attribution`: authors and assignees follow the plan's admins, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.command_line import CommandLine, changes, cli_at, lines, requests, staff

TEAM = [
    ("ana.silva@harbourlight.example", "Ana Silva", "owner"),
    ("desk@example.com", "Front Desk", "agent"),
    ("other@example.com", "Other Person", "agent"),
]
WORLD = Sandbox(conversations=90, seed=10, rate_limit=0)


def resynced(cli: CommandLine, *words: str) -> list[dict[str, Any]]:
    return cli.do("resync", "attribution", "--json", *words).events


def test_changed_admins_are_followed_without_a_request_and_nothing_is_left_to_a_run(
    sandbox: Running, cli: CommandLine
) -> None:
    chiara, emeka, sam = (staff(sandbox)[number].id for number in (2, 4, 5))
    for settings in (
        [f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com'],
        [f'admins."{sam}".action=match', f'admins."{sam}".user=desk@example.com'],
        [f'admins."{emeka}".user=other@example.com', f'admins."{chiara}".action=invite'],
        [f'admins."{chiara}".role=light_agent'],
        [f'admins."{who}".action=skip' for who in (chiara, emeka, sam)],
    ):
        cli.set(*settings)
        asked = requests(sandbox)
        *changed, end = resynced(cli)
        assert {change["event"] for change in changed} == {"change"}
        assert end["exit"] == 0
        assert requests(sandbox) == asked
        assert cli.differences(sandbox) == []
        assert cli.do("verify", "--json").json["ok"]
        assert [event["event"] for event in resynced(cli)] == ["end"]
    assert changes(cli.run()) == {}


def test_only_authors_assignees_and_users_change(sandbox: Running, cli: CommandLine) -> None:
    emeka = staff(sandbox)[4].id
    before = cli.export("before")
    cli.set(f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com')
    change = resynced(cli)[0]
    after = cli.export("after")
    for name in ("customers", "companies", "custom_fields", "tags", "saved_replies", "attachments", "aliases"):
        assert lines(before, f"{name}.jsonl") == lines(after, f"{name}.jsonl")
    messages = [
        (old, new)
        for old, new in zip(lines(before, "messages.jsonl"), lines(after, "messages.jsonl"), strict=True)
        if old != new
    ]
    assert sum(old["author"] != new["author"] for old, new in messages) == change["messages"] > 0
    assert all(
        {**old, "author": None, "event": None} == {**new, "author": None, "event": None} for old, new in messages
    )
    for old, new in zip(lines(before, "conversations.jsonl"), lines(after, "conversations.jsonl"), strict=True):
        assert {**old, "assignee_id": None} == {**new, "assignee_id": None}


def test_an_admin_who_left_intercom_is_matched_and_let_go_again(sandbox: Running, cli: CommandLine) -> None:
    left = next(
        user
        for user in lines(cli.export("first"), "team.jsonl")
        if user["state"] == "historical"
        and not user["is_bot"]
        and user["intercom_admin_ids"][0] not in {one.id for one in staff(sandbox)}
    )
    key = f'admins."{left["intercom_admin_ids"][0]}"'
    cli.set(f"{key}.action=match", f"{key}.user=other@example.com")
    resynced(cli)
    assert cli.do("verify", "--json").json["ok"]
    assert changes(cli.run()) == {}
    cli.set(f"{key}.action=skip")
    resynced(cli)
    assert cli.do("verify", "--json").json["ok"]
    assert left in lines(cli.export("last"), "team.jsonl")
    assert changes(cli.run()) == {}


def test_the_preview_touches_nothing(sandbox: Running, cli: CommandLine) -> None:
    emeka = staff(sandbox)[4].id
    before = lines(cli.export("before"), "messages.jsonl")
    cli.set(f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com')
    ran = cli.do("resync", "attribution", "--preview")
    assert "desk@example.com" in ran.out
    assert lines(cli.export("after"), "messages.jsonl") == before


def test_before_the_first_import_it_says_so(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path, sandbox)
    cli.ready(TEAM)
    assert "Nothing was imported yet." in cli.do("resync", "attribution", expect=2).err
