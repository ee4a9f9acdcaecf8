"""`resync fields`: values follow the plan's attributes, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.command_line import CommandLine, changes, lines, requests

WORLD = Sandbox(conversations=90, seed=10, rate_limit=0)
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]


def resynced(cli: CommandLine, *words: str) -> list[dict[str, Any]]:
    return cli.do("resync", "fields", "--json", *words).events


def used(cli: CommandLine, scope: str, kind: str) -> str:
    """The name of an attribute that became a field of which the export has values."""
    entries = cli.plan_read()["fields"][scope]
    values = {key for line in lines(cli.export("used"), f"{kind}.jsonl") for key in line["custom_fields"]}
    return str(next(name for name, entry in entries.items() if entry["action"] == "create" and entry["key"] in values))


@pytest.mark.parametrize(
    ("scope", "kind"), [("contact", "customers"), ("company", "companies"), ("conversation", "conversations")]
)
def test_an_attribute_goes_elsewhere_without_a_request_and_nothing_is_left_to_a_run(
    sandbox: Running, cli: CommandLine, scope: str, kind: str
) -> None:
    key = f'fields.{scope}."{used(cli, scope, kind)}"'
    for setting in (f"{key}.key=elsewhere", f"{key}.action=skip", f"{key}.action=create"):
        cli.set(setting)
        asked = requests(sandbox)
        *changed, end = resynced(cli)
        assert [change["event"] for change in changed] == ["change"]
        assert end["rewritten"] > 0
        assert requests(sandbox) == asked
        assert cli.differences(sandbox) == []
        assert cli.do("verify", "--json").json["ok"]
        assert [event["event"] for event in resynced(cli)] == ["end"]
    assert changes(cli.run()) == {}


def test_what_would_not_fit_is_told_beforehand_and_kept_unmapped(sandbox: Running, cli: CommandLine) -> None:
    name = next(
        name
        for name, entry in cli.plan_read()["fields"]["contact"].items()
        if entry["action"] == "create" and entry["type"] == "text"
    )
    before = lines(cli.export("before"), "customers.jsonl")
    cli.set(f'fields.contact."{name}".type=number')
    told = resynced(cli, "--preview")[0]
    assert lines(cli.export("previewed"), "customers.jsonl") == before
    assert told["misfits"] > 0
    resynced(cli)
    after = lines(cli.export("after"), "customers.jsonl")
    assert sum(name in line["unmapped"] for line in after) == told["misfits"]
    assert cli.do("verify", "--json").json["ok"]


def test_only_the_values_of_that_attribute_change(sandbox: Running, cli: CommandLine) -> None:
    name = used(cli, "conversation", "conversations")
    key = cli.plan_read()["fields"]["conversation"][name]["key"]
    before = cli.export("before")
    cli.set(f'fields.conversation."{name}".key=elsewhere')
    resynced(cli)
    after = cli.export("after")
    for kind in ("customers", "companies", "tags", "messages", "attachments", "aliases", "team"):
        assert lines(before, f"{kind}.jsonl") == lines(after, f"{kind}.jsonl")
    for old, new in zip(lines(before, "conversations.jsonl"), lines(after, "conversations.jsonl"), strict=True):
        if key in old["custom_fields"]:
            old["custom_fields"]["elsewhere"] = old["custom_fields"].pop(key)
        assert old == new
