import asyncio
import datetime
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ochre_tui.core.errors import CredentialError
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.workspace import open_workspace
from ochre_tui.migration.plan.check import check_plan
from ochre_tui.migration.plan.file import plan_text
from ochre_tui.migration.scan.result import ScanResult
from ochre_tui.migration.scan.run import ScanProgress, scan_workspace
from ochre_tui.migration.scan.suggest import auto_plan, plan_facts, plan_notes
from ochre_tui.ochre.ids import user_id
from ochre_tui.ochre.records import User
from ochre_tui.sandbox.server import Running, Sandbox, running

TEAM = [
    User(user_id("ANA.SILVA@harbourlight.example"), "ANA.SILVA@harbourlight.example", "Ana", "owner", "active"),
    User(user_id("zm@example.com"), "zm@example.com", "zoë müller", "agent", "active"),
]


async def _short_sleep(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


def scanned(sandbox: Running, clock: Clock | None = None) -> tuple[ScanResult, list[ScanProgress]]:
    steps: list[ScanProgress] = []

    async def work() -> ScanResult:
        token = Secret(sandbox.token)
        workspace = await open_workspace(token, sandbox.url, clock=clock)
        async with Intercom(token, workspace.base_url, clock=clock) as client:
            return await scan_workspace(
                client,
                workspace,
                hosts=FileHosts.parse(sandbox.attachment_host),
                users=TEAM,
                fields=[],
                rng=random.Random(1),
                on_progress=steps.append,
            )

    return asyncio.run(work()), steps


def requests(sandbox: Running) -> dict[str, int]:
    found: dict[str, int] = sandbox.control("state")["requests"]["by_endpoint"]
    return found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=500, seed=3)) as server:
        yield server


@pytest.fixture(scope="module")
def result(sandbox: Running) -> ScanResult:
    found, _ = scanned(sandbox)
    # Taken before other tests send more.
    spent = requests(sandbox)
    listed = {"GET /contacts", "GET /companies/scroll", "GET /macros", "POST /conversations/search"}
    pages = -(-500 // 150) + -(-found.counts["contacts"] // 150) + -(-found.counts["companies"] // 100) + 1
    assert sum(spent.values()) < 60 + pages
    assert sum(count for name, count in spent.items() if name not in listed) < 52
    assert [name for name in spent if not name.startswith("GET ")] == [
        "POST /conversations/search",
        "POST /tickets/search",
    ]
    return found


def test_counts_are_the_world_s(sandbox: Running, result: ScanResult) -> None:
    world = sandbox.world
    assert result.counts == {
        "conversations": 500,
        "contacts": len(world.contact_ids()),
        "companies": sum(world.company_in_scroll(company) for company in world.company_ids()),
        "tags": len(world.tags()),
        "macros": len(world.macros()),
        "admins": len(world.admins()),
        "teams": len(world.teams()),
        "custom_attributes": len(result.fields),
    }
    assert result.workspace.id_code == world.me()["app"]["id_code"]


def test_conversations_are_the_world_s(sandbox: Running, result: ScanResult) -> None:
    world = sandbox.world
    zone = ZoneInfo(world.me()["app"]["timezone"])
    rows = world.conversation_index()
    months = Counter(datetime.datetime.fromtimestamp(row.created_at, zone).strftime("%Y-%m") for row in rows)
    assert result.conversations.by_state == Counter(row.state for row in rows)
    assert result.conversations.by_channel == Counter(row.source_type or "none" for row in rows)
    assert result.conversations.by_month == months
    long = [row.id for row in rows if row.part_count > 500]
    assert result.conversations.over_500_parts == sorted(long, key=int)
    assert long, "the world should have one"


def test_fields_are_the_world_s(sandbox: Running, result: ScanResult) -> None:
    world = sandbox.world
    defined = {("contact", row["name"]) for row in world.contact_attributes() if row["custom"]}
    defined |= {("company", row["name"]) for row in world.company_attributes() if row["custom"]}
    defined |= {("conversation", row["name"]) for row in world.conversation_attributes()}
    assert {(field.scope, field.name) for field in result.fields} == defined
    used: Counter[str] = Counter()
    for contact_id in world.contact_ids():
        contact = world.contact(contact_id)
        assert contact is not None
        used.update(name for name, value in contact["custom_attributes"].items() if value not in (None, ""))
    found = {field.name: field for field in result.fields if field.scope == "contact"}
    assert {name: field.usage for name, field in found.items()} == {name: used[name] for name in found}
    assert found["Plan Tier"].suggestion is not None
    assert found["Plan Tier"].suggestion.type == "single_select"
    assert found["Plan Tier"].misfits > 0


def test_admins_are_matched(sandbox: Running, result: ScanResult) -> None:
    listed = [admin for admin in result.admins if not admin.removed]
    assert [admin.id for admin in listed] == [admin["id"] for admin in sandbox.world.admins()]
    by_name = {admin.name: admin for admin in listed}
    ana, zoe, operator = by_name["Ana Silva"].suggestion, by_name["Zoë Müller"].suggestion, by_name["Operator"]
    assert ana is not None
    assert (ana.action, ana.user, ana.guess) == ("match", "ANA.SILVA@harbourlight.example", False)
    assert zoe is not None
    assert (zoe.action, zoe.user, zoe.guess) == ("match", "zm@example.com", True)
    assert operator.is_bot
    assert operator.suggestion is None
    rows = sandbox.world.conversation_index()
    assigned = Counter(str(row.admin_assignee_id) for row in rows)
    assert all(admin.conversations >= assigned[admin.id] for admin in listed)


def test_the_attachments_lie_in_their_interval(sandbox: Running, result: ScanResult) -> None:
    world = sandbox.world
    total = 0
    for row in world.conversation_index():
        paths = set(re.findall(r"/i/o/[^\s\"'?<>&\\]+", json.dumps(world.conversation(row.id), ensure_ascii=False)))
        total += sum(len(file[0]) for file in map(world.file, paths) if file)
    assert result.attachments.bytes.low <= total <= result.attachments.bytes.high
    assert 20 <= result.attachments.sampled <= 40


def test_what_stays_behind_is_counted(sandbox: Running, result: ScanResult) -> None:
    world = sandbox.world
    rest = world.left_behind()
    notes = sum(len((world.contact(contact) or {})["notes"]["data"]) for contact in world.contact_ids())
    assert (
        result.left_behind.items()
        >= {
            "articles": len(rest["articles"]),
            "internal_articles": len(rest["internal_articles"]),
            "collections": len(rest["collections"]),
            "news_items": len(rest["news_items"]),
            "newsfeeds": len(rest["newsfeeds"]),
            "calls": len(rest["calls"]),
            "segments": len(world.segments()),
            "subscription_types": len(world.subscription_types()),
            "tickets": len(world.tickets_only()),
            "contact_notes": notes,
            "workflows": None,
            "series": None,
        }.items()
    )


def test_problems_are_told(result: ScanResult) -> None:
    warnings = {warning.code: warning for warning in result.warnings}
    assert warnings.keys() == {
        "over_500_parts",
        "contacts_will_merge",
        "same_name_admins",
        "archived_attributes",
        "misfitting_values",
        "undefined_attributes",
        "restricted_macros",
    }
    assert warnings["over_500_parts"].ids == result.conversations.over_500_parts
    assert all(len(warning.ids) <= 20 for warning in result.warnings)


def test_the_stored_result_makes_the_plan(result: ScanResult) -> None:
    stored = ScanResult.model_validate_json(result.model_dump_json())
    assert stored == result
    plan = auto_plan(stored, TEAM, [])
    errors, warnings = check_plan(plan, plan_facts(stored, TEAM, []))
    assert errors == []
    assert warnings == []
    assert "Ana Silva" in plan_text(plan, plan_notes(stored))


def untimed(result: ScanResult) -> dict[str, Any]:
    return result.model_dump(exclude={"estimate_s": True, "basis": {"latency_s": True}})


def test_the_same_draw_gives_the_same_result(sandbox: Running, result: ScanResult) -> None:
    again, steps = scanned(sandbox)
    assert untimed(again) == untimed(result)
    assert {step.step for step in steps} == {"workspace", "conversations", "contacts", "companies", "macros", "sample"}
    last = {step.step: step for step in steps}
    assert last["conversations"].done == 500
    assert last["sample"].done == last["sample"].total


def test_a_small_workspace_is_read_whole() -> None:
    with running(Sandbox(conversations=12, seed=5)) as server:
        result, _ = scanned(server)
    assert result.attachments.sampled == 12
    assert result.counts["conversations"] == 12


def test_transient_faults_change_nothing(result: ScanResult) -> None:
    with running(Sandbox(conversations=500, seed=3, faults=("500", "empty", "overlap", "inclusive"))) as server:
        faulty, _ = scanned(server, Clock(sleep=_short_sleep))
    compared = {"counts", "conversations", "fields", "left_behind"}
    assert faulty.model_dump(include=compared) == result.model_dump(include=compared)


def test_a_nasty_workspace_is_counted_all_the_same() -> None:
    with running(Sandbox(conversations=200, seed=8, nasty=True)) as server:
        result, _ = scanned(server)
        rows = server.world.conversation_index()
        contacts = len(server.world.contact_ids())
    assert (result.counts["conversations"], result.counts["contacts"]) == (len(rows), contacts)
    assert result.conversations.by_state == Counter(row.state for row in rows)
    assert sum(result.conversations.by_month.values()) == len(rows)
    assert ScanResult.model_validate_json(result.model_dump_json()) == result


def test_what_the_token_may_not_count_is_named() -> None:
    with running(Sandbox(conversations=12, faults=("scope=read_articles", "scope=read_tickets"))) as server:
        result, _ = scanned(server)
    assert result.left_behind["articles"] is None
    assert result.left_behind["tickets"] is None
    missing = [warning for warning in result.warnings if warning.code == "missing_scope"]
    assert [warning.ids for warning in missing] == [["Read and list articles"], ["Read tickets"]]
    assert "collections" in missing[0].message


@pytest.mark.parametrize("scope", ["read_conversations", "read_users", "read_tags", "read_admins"])
def test_a_permission_that_the_import_needs_stops_the_scan(scope: str) -> None:
    with (
        running(Sandbox(conversations=12, faults=(f"scope={scope}",))) as server,
        pytest.raises(CredentialError, match="lacks the permission"),
    ):
        scanned(server)


def test_a_dead_token_stops_the_scan() -> None:
    with running(Sandbox(conversations=12, faults=("revoke",))) as server, pytest.raises(CredentialError):
        scanned(server)
