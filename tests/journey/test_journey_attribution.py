"""`resync attribution`: authors and assignees follow the plan's admins, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.command_line import Desk, changes, desk_at, lines, requests, staff

TEAM = [
    ("ana.silva@harbourlight.example", "Ana Silva", "owner"),
    ("desk@example.com", "Front Desk", "agent"),
    ("other@example.com", "Other Person", "agent"),
]
WORLD = Sandbox(conversations=90, seed=10, rate_limit=0)


def resynced(desk: Desk, *words: str) -> list[dict[str, Any]]:
    return desk.do("resync", "attribution", "--json", *words).events


def test_changed_admins_are_followed_without_a_request_and_nothing_is_left_to_a_run(
    sandbox: Running, desk: Desk
) -> None:
    chiara, emeka, sam = (staff(sandbox)[number].id for number in (2, 4, 5))
    for settings in (
        [f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com'],
        [f'admins."{sam}".action=match', f'admins."{sam}".user=desk@example.com'],
        [f'admins."{emeka}".user=other@example.com', f'admins."{chiara}".action=invite'],
        [f'admins."{chiara}".role=light_agent'],
        [f'admins."{who}".action=skip' for who in (chiara, emeka, sam)],
    ):
        desk.set(*settings)
        asked = requests(sandbox)
        *changed, end = resynced(desk)
        assert {change["event"] for change in changed} == {"change"}
        assert end["exit"] == 0
        assert requests(sandbox) == asked
        assert desk.differences(sandbox) == []
        assert desk.do("verify", "--json").json["ok"]
        assert [event["event"] for event in resynced(desk)] == ["end"]
    assert changes(desk.run()) == {}


def test_only_authors_assignees_and_users_change(sandbox: Running, desk: Desk) -> None:
    emeka = staff(sandbox)[4].id
    before = desk.export("before")
    desk.set(f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com')
    change = resynced(desk)[0]
    after = desk.export("after")
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


def test_an_admin_who_left_intercom_is_matched_and_let_go_again(sandbox: Running, desk: Desk) -> None:
    left = next(
        user
        for user in lines(desk.export("first"), "team.jsonl")
        if user["state"] == "historical"
        and not user["is_bot"]
        and user["intercom_admin_ids"][0] not in {one.id for one in staff(sandbox)}
    )
    key = f'admins."{left["intercom_admin_ids"][0]}"'
    desk.set(f"{key}.action=match", f"{key}.user=other@example.com")
    resynced(desk)
    assert desk.do("verify", "--json").json["ok"]
    assert changes(desk.run()) == {}
    desk.set(f"{key}.action=skip")
    resynced(desk)
    assert desk.do("verify", "--json").json["ok"]
    assert left in lines(desk.export("last"), "team.jsonl")
    assert changes(desk.run()) == {}


def test_the_preview_touches_nothing(sandbox: Running, desk: Desk) -> None:
    emeka = staff(sandbox)[4].id
    before = lines(desk.export("before"), "messages.jsonl")
    desk.set(f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com')
    ran = desk.do("resync", "attribution", "--preview")
    assert "desk@example.com" in ran.out
    assert lines(desk.export("after"), "messages.jsonl") == before


def test_before_the_first_import_it_says_so(sandbox: Running, tmp_path: Path) -> None:
    desk = desk_at(tmp_path, sandbox)
    desk.ready(TEAM)
    assert "Nothing was imported yet." in desk.do("resync", "attribution", expect=2).err
