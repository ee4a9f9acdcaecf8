"""Ways to import: a sample, only customers who talk, ended by a signal, told in JSON."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.core.paths import existing
from ochre_tui.migration.lookup import ResolvedConversation, ResolvedCustomer, resolve
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, changes, cli_at, contents, lines, requests, staff

SINGLE = "GET /conversations/*"
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner"), ("desk@example.com", "Front Desk", "agent")]
COUNTS = {"found", "created", "changed", "unchanged", "skipped", "quarantined"}
KINDS = {"conversations", "customers", "companies", "tags", "saved_replies", "custom_fields", "users"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=100, seed=65, rate_limit=0)) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    ready = cli_at(tmp_path / "home", sandbox)
    ready.ready(TEAM)
    return ready


# Only customers who talk


def talkers(exported: Path) -> set[str]:
    """The customers who take part in a conversation or wrote in one."""
    found = {id_ for row in lines(exported, "conversations.jsonl") for id_ in row["customer_ids"]}
    authors = (row["author"] for row in lines(exported, "messages.jsonl"))
    return found | {author["id"] for author in authors if author["kind"] == "customer"}


def test_customers_without_conversations_stay_out_until_they_are_wanted(sandbox: Running, cli: CommandLine) -> None:
    whole = cli.copied(cli.home.with_name("whole"))
    whole_status = whole.run()
    everything = whole.export()

    cli.set("import.contacts=with-conversations")
    status = cli.run()
    some = cli.export("some")
    wanted = talkers(everything)
    expected = [row for row in lines(everything, "customers.jsonl") if row["id"] in wanted]
    assert 0 < len(expected) < len(lines(everything, "customers.jsonl"))
    assert lines(some, "customers.jsonl") == expected
    same = ("conversations.jsonl", "messages.jsonl", "attachments.jsonl", "team.jsonl", "companies.jsonl")
    for name in same:
        assert lines(some, name) == lines(everything, name), name
    assert lines(some, "aliases.jsonl") == [
        row for row in lines(everything, "aliases.jsonl") if row["customer_id"] in {None, *wanted}
    ]
    counts, all_counts = status["counts"]["customers"], whole_status["counts"]["customers"]
    assert (counts["created"], counts["found"]) == (len(expected), all_counts["found"])
    assert counts["skipped"] == all_counts["found"] - len(expected)
    assert changes(cli.run()) == {}

    cli.set("import.contacts=all")
    assert cli.run()["counts"]["customers"]["created"] == counts["skipped"]
    assert contents(cli.export("all")) == contents(everything)

    cli.set("import.contacts=with-conversations")
    assert changes(cli.run()) == {}
    assert contents(cli.export("all-still")) == contents(everything)


def test_a_customer_who_starts_to_talk_comes_along(tmp_path: Path) -> None:
    with running(Sandbox(conversations=40, seed=3, rate_limit=0)) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        cli.ready(TEAM)
        cli.set("import.contacts=with-conversations")
        before = cli.run()["counts"]["customers"]
        known = {contact for row in lines(cli.export(), "customers.jsonl") for contact in row["intercom_ids"]}
        newcomers: set[str] = set()
        while not newcomers:
            made = sandbox.control("changes", changes=[{"change": "new_conversation"}])["results"][0]
            newcomers = {contact["id"] for contact in made["contacts"]["contacts"]} - known
        after = cli.run()["counts"]["customers"]
        assert after["created"] == 1
        assert after["skipped"] == before["skipped"] - 1
        exported = cli.export("after")
        assert {row["id"] for row in lines(exported, "customers.jsonl")} == talkers(exported)


# A sample


def test_a_sample_of_the_newest_is_completed_later(sandbox: Running, cli: CommandLine) -> None:
    asked = requests(sandbox).get(SINGLE, 0)
    status = cli.run("--limit", "20")
    assert requests(sandbox)[SINGLE] - asked == 20
    assert status["state"] == "paused"
    assert "20" in status["reason"]
    assert status["counts"]["conversations"]["created"] == 20
    newest = sorted(sandbox.world.conversation_index(), key=lambda row: (row.created_at, row.id))[-20:]
    exported = {row["intercom_id"] for row in lines(cli.export(), "conversations.jsonl")}
    assert exported == {row.id for row in newest}

    status = cli.run()
    assert requests(sandbox)[SINGLE] - asked == 100
    assert status["state"] == "completed"
    assert status["counts"]["conversations"]["created"] == 100
    assert cli.differences(sandbox) == []
    assert changes(cli.run()) == {}


def test_what_is_decided_after_a_sample_holds_for_the_sample_too(sandbox: Running, cli: CommandLine) -> None:
    """Without reading it again, and within the same run."""
    cli.run("--limit", "40")
    asked = requests(sandbox)[SINGLE]
    emeka = f'admins."{staff(sandbox)[4].id}"'
    cli.set(f"{emeka}.action=match", f"{emeka}.user=desk@example.com", "fields.contact.Seats.action=skip")
    cli.run()
    assert requests(sandbox)[SINGLE] - asked == 60
    assert cli.differences(sandbox) == []
    assert changes(cli.run()) == {}


# Signals


@pytest.fixture(scope="module")
def slow() -> Iterator[Running]:
    with running(Sandbox(conversations=60, seed=10, rate_limit=0, latency_s=0.15)) as server:
        yield server


@pytest.fixture(scope="module")
def slow_ready(slow: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    ready = cli_at(tmp_path_factory.mktemp("slow") / "home", slow)
    ready.ready(TEAM)
    return ready


class Under:
    """An import in a process, from when it reads conversations."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines = list(_until_conversations(process))
        self._reader = threading.Thread(target=lambda: self.lines.extend(process.stdout or ()))
        self._reader.start()

    def ended(self) -> int:
        code = self.process.wait(timeout=60)
        self._reader.join()
        return code


def _until_conversations(process: subprocess.Popen[str]) -> Iterator[str]:
    for line in process.stdout or ():
        yield line
        if json.loads(line).get("phase") == "conversations":
            return


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 7)])
def test_a_signal_ends_it_after_what_is_in_hand(
    number: signal.Signals, code: int, slow: Running, slow_ready: CommandLine, tmp_path: Path
) -> None:
    cli = slow_ready.copied(tmp_path / "home")
    with cli.start("run", "--json") as process:
        under = Under(process)
        process.send_signal(number)
        assert under.ended() == code
    end = json.loads(under.lines[-1])
    assert (end["event"], end["exit"], end["status"]["state"]) == ("end", code, "paused")
    status = cli.status()
    assert (status["state"], status["pid"]) == ("paused", None)
    assert status["reason"]
    cli.run()
    assert cli.differences(slow) == []


def test_a_second_signal_ends_it_at_once(slow: Running, slow_ready: CommandLine, tmp_path: Path) -> None:
    cli = slow_ready.copied(tmp_path / "home")
    slow.control("faults", faults=["stall=30,share=1,times=0,path=/conversations/2*"])
    try:
        with cli.start("run", "--json") as process:
            under = Under(process)
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=1)  # a request in hand is waited for
            process.send_signal(signal.SIGINT)
            assert under.ended() == 130
    finally:
        slow.control("faults", faults=[])
    assert cli.status()["state"] == "paused"
    cli.run()
    assert cli.differences(slow) == []


# JSON


def test_events_and_status_have_the_keys_that_scripts_read(cli: CommandLine) -> None:
    new = cli.status()
    assert (new["state"], new["reason"], new["phase"], new["started_at"]) == ("new", None, None, None)
    ran = cli.call("run", "--json")
    assert ran.err == ""
    events = ran.events
    assert all(isinstance(event["at"], int) and isinstance(event["event"], str) for event in events)
    assert [event["event"] for event in events].count("end") == 1
    end = events[-1]
    assert {"at", "event", "exit", "status"} == set(end)
    assert end["exit"] == ran.exit
    assert end["status"] == cli.status()
    progress = [event["status"] for event in events if event["event"] == "progress"]
    assert progress
    for status in [new, *progress, end["status"]]:
        has_the_keys(status)
    assert end["status"]["state"] == "completed"
    missing = [event for event in events if event["event"] == "missing"]
    assert len(missing) == end["status"]["attachments"]["missing"]
    assert (ran.exit == 3) == bool(missing)


def has_the_keys(status: dict[str, Any]) -> None:
    assert set(status) == {
        *("migration", "state", "reason", "phase", "pid", "host", "started_at", "counts", "contacts"),
        *("attachments", "rate", "eta_s"),
    }
    assert set(status["counts"]) == KINDS
    assert all(set(row) == COUNTS for row in status["counts"].values())
    assert set(status["contacts"]) == {"read", "merged", "placeholders"}
    assert set(status["attachments"]) == {"found", "stored", "missing", "skipped", "bytes"}
    assert set(status["rate"]) == {
        *("records_per_s", "requests_per_s", "window_limit", "window_s", "window_used", "throttle_percent"),
    }
    assert set(status["eta_s"]) == {"low", "likely", "high"}


def test_quarantined_records_and_missing_files_are_named(tmp_path: Path) -> None:
    with running(Sandbox(conversations=40, seed=10, rate_limit=0)) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        cli.ready()
        rows = [row.id for row in sandbox.world.conversation_index() if not row.feature]
        sandbox.control("faults", faults=[f"malformed={rows[0]}", f"malformed={rows[1]}", "file-404=share=0.2"])
        ran = cli.call("run", "--json")
        assert ran.exit == 3
        named = [event for event in ran.events if event["event"] == "quarantined"]
        assert {event["id"] for event in named} == set(rows[:2])
        assert all(event["kind"] == "conversations" and event["reason"] for event in named)
        missing = [event for event in ran.events if event["event"] == "missing"]
        assert len(missing) == ran.events[-1]["status"]["attachments"]["missing"] > 0
        assert all(event["conversation"] in {*map(_id, sandbox.world.conversation_index())} for event in missing)
        assert all(event["name"] and event["reason"] for event in missing)
        assert ran.events[-1]["status"]["counts"]["conversations"]["quarantined"] == 2
        said = cli.do("run", expect=3).out
        assert f"conversations {rows[0]}:" in said
        assert missing[0]["name"] in said

        sandbox.control("faults", faults=[])
        counts = cli.run()["counts"]["conversations"]
        assert (counts["created"], counts["quarantined"], counts["unchanged"]) == (2, 0, 38)


def _id(row: Any) -> str:
    return str(row.id)


# Old ids


def test_every_old_id_leads_to_what_became_of_it(sandbox: Running, cli: CommandLine) -> None:
    cli.run()
    exported = cli.export()
    conversations = {row["intercom_id"]: row["id"] for row in lines(exported, "conversations.jsonl")}
    customers = {contact: row["id"] for row in lines(exported, "customers.jsonl") for contact in row["intercom_ids"]}
    assert set(conversations) == {row.id for row in sandbox.world.conversation_index()}
    assert set(customers) >= set(sandbox.world.contact_ids())
    with Session(existing(cli.home, "default")).target() as workspace:
        for id_, ochre_id in conversations.items():
            found = resolve(workspace, f"https://app.intercom.com/a/inbox/x/inbox/conversation/{id_}")
            assert isinstance(found, ResolvedConversation)
            assert (found.intercom_id, found.conversation_id) == (id_, ochre_id)
        for id_, ochre_id in customers.items():
            person = resolve(workspace, f"https://app.intercom.com/a/apps/x/users/{id_}/all-conversations")
            assert isinstance(person, ResolvedCustomer)
            assert (person.intercom_id, person.customer_id) == (id_, ochre_id)
        for row in lines(exported, "messages.jsonl"):
            if row["source_id"] is None or row["source_type"] == "source" or row["position"] % 7:
                continue
            owner = next(id_ for id_, ochre_id in conversations.items() if ochre_id == row["conversation_id"])
            link = f"/a/apps/x/inbox/inbox/all/conversations/{owner}#part_id=comment-{owner}-{row['source_id']}"
            found = resolve(workspace, link)
            assert isinstance(found, ResolvedConversation)
            assert found.message_id is not None
