"""`retry`: records in quarantine, listed and tried again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, added_up, cli_at, requests

FAULT = "malformed=path=/conversations/*,share=0.2,times=0"


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=30, seed=6, rate_limit=0, faults=(FAULT,))) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    imported = cli_at(tmp_path, sandbox)
    imported.do("connect")
    imported.do("plan")
    imported.run()
    return imported


def left(cli: CommandLine) -> list[str]:
    return [f"{record['kind']}:{record['id']}" for record in cli.do("retry", "--list", "--json").json]


def test_it_lists_them_and_tries_them_in_vain_and_then_well(sandbox: Running, cli: CommandLine) -> None:
    names = left(cli)
    assert len(names) > 1
    said = cli.do("retry", "--list").out
    assert all(name in said for name in names)
    assert "Intercom sent a conversation" in said

    cli.do("retry", expect=3)
    assert {record["attempts"] for record in cli.do("retry", "--list", "--json").json} == {2}

    sandbox.control("faults", faults=[])
    before = requests(sandbox)
    ran = cli.do("retry", names[0], "--json", expect=3)
    assert added_up(ran.events[-1]["status"])
    assert left(cli) == names[1:]
    cli.call("retry")
    assert left(cli) == []
    after = requests(sandbox)
    assert after["GET /conversations/*"] - before["GET /conversations/*"] == len(names)
    assert after["POST /conversations/search"] == before["POST /conversations/search"]
    counts = cli.status()["counts"]["conversations"]
    assert (counts["found"], counts["created"], counts["quarantined"]) == (30, 30, 0)
    assert cli.differences(sandbox) == []


def test_verification_names_it_as_what_mends(sandbox: Running, cli: CommandLine) -> None:
    names = left(cli)
    found = cli.do("verify", "--json", expect=8).json["checks"]
    named = {f"{one['kind']}:{one['id']}": one["command"] for check in found for one in check["differences"]}
    assert {name: named[name] for name in names} == dict.fromkeys(names, "ochre-tui retry")
    sandbox.control("faults", faults=[])
    cli.call("retry")
    assert cli.do("verify", "--json").json["ok"]


def test_what_is_not_in_quarantine_is_named(cli: CommandLine) -> None:
    ran = cli.do("retry", "conversations:1", expect=2)
    assert "conversations:1: nothing of that name is in quarantine." in ran.err
    cli.do("retry", "--list", "conversations:1", expect=2)


def test_where_nothing_is_in_quarantine_nothing_is_asked(sandbox: Running, cli: CommandLine) -> None:
    sandbox.control("faults", faults=[])
    cli.run()
    before = sandbox.control("state")["requests"]["total"]
    assert cli.do("retry").out == "Nothing is in quarantine.\n"
    assert cli.do("retry", "--list", "--json").json == []
    (end,) = cli.do("retry", "--json").events
    assert (end["event"], end["exit"]) == ("end", 0)
    assert sandbox.control("state")["requests"]["total"] == before


def test_before_the_first_import(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path, sandbox)
    cli.do("connect")
    assert cli.do("retry").out == "Nothing is in quarantine.\n"
