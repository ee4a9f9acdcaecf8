"""Intercom changes between two runs: the second one brings exactly that over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, changes, cli_at, contents, lines, requests

SINGLE = "GET /conversations/*"
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]


WORLD = Sandbox(conversations=90, seed=65, rate_limit=0)


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
    """Everything imported once."""
    imported = cli_at(tmp_path, sandbox)
    imported.ready(TEAM, plan=planned)
    imported.run()
    return imported


def change(sandbox: Running, what: str, **details: Any) -> Any:
    return sandbox.control("changes", changes=[{"change": what, **details}])["results"][0]


def ordinary(sandbox: Running, count: int) -> list[str]:
    """Conversations with nothing special about them, each of another contact."""
    rows = {row.contact_ids: row.id for row in sandbox.world.conversation_index() if not row.feature}
    return list(rows.values())[:count]


def writers(sandbox: Running) -> list[str]:
    """Listed contacts that are their own customers and have written in."""
    seen = [row.contact_ids[0] for row in sandbox.world.conversation_index() if row.contact_ids]
    shared = {customer for customer in map(_email, map(sandbox.world.contact, seen)) if customer}
    alone = [contact for contact in dict.fromkeys(seen) if _is_single(sandbox, contact)]
    assert shared
    return alone


def _email(contact: dict[str, Any] | None) -> str:
    return (contact["email"] or "").strip().casefold() if contact else ""


def _is_single(sandbox: Running, contact_id: str) -> bool:
    contact = sandbox.world.contact(contact_id)
    if contact is None or not _email(contact) or contact["role"] != "user" or contact["merge_history"]:
        return False
    return not any(
        other["id"] != contact_id
        and (_email(other) == _email(contact) or (other["external_id"] or "") == contact["external_id"])
        for other in map(sandbox.world.contact, sandbox.world.contact_ids())
        if other
    )


def second_run(sandbox: Running, cli: CommandLine) -> tuple[dict[str, tuple[int, int]], int]:
    """What the next run creates and changes, and how many conversations it reads; the outcome has to be right."""
    before = requests(sandbox)[SINGLE]
    status = cli.run()
    read = requests(sandbox)[SINGLE] - before
    assert cli.differences(sandbox) == []
    assert changes(cli.run()) == {}
    return changes(status), read


def test_a_new_conversation(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "new_conversation")
    assert second_run(sandbox, cli) == ({"conversations": (1, 0)}, 1)


def test_new_parts_of_a_teammate_and_of_a_customer(sandbox: Running, cli: CommandLine) -> None:
    first, second = ordinary(sandbox, 2)
    change(sandbox, "add_part", id=first)
    change(sandbox, "add_part", id=first, kind="note")
    change(sandbox, "add_part", id=second, kind="customer")
    assert second_run(sandbox, cli) == ({"conversations": (0, 2)}, 2)


def test_changed_states(sandbox: Running, cli: CommandLine) -> None:
    ids = ordinary(sandbox, 3)
    for id_, state in zip(ids, ("open", "snoozed", "closed"), strict=True):
        change(sandbox, "set_state", id=id_, state=state)
    assert second_run(sandbox, cli) == ({"conversations": (0, 3)}, 3)


def test_a_conversation_that_was_deleted_in_intercom_stays_in_ochre(sandbox: Running, cli: CommandLine) -> None:
    before = contents(cli.export())
    (gone,) = ordinary(sandbox, 1)
    change(sandbox, "delete_conversation", id=gone)
    status = cli.run()
    assert changes(status) == {}
    assert status["counts"]["conversations"]["found"] == 89
    assert contents(cli.export()) == before


def test_a_deleted_conversation_that_was_never_read_is_skipped(sandbox: Running, tmp_path: Path) -> None:
    gone = ordinary(sandbox, 2)
    cli = cli_at(tmp_path, sandbox)
    cli.ready()
    sandbox.control("faults", faults=[f"gone={gone[0]}", f"gone-html={gone[1]}"])
    counts = cli.run()["counts"]["conversations"]
    assert (counts["found"], counts["created"], counts["skipped"]) == (90, 88, 2)
    for id_ in gone:
        change(sandbox, "delete_conversation", id=id_)
    assert cli.differences(sandbox) == []


def test_merged_contacts(sandbox: Running, cli: CommandLine) -> None:
    loser, winner = writers(sandbox)[:2]
    change(sandbox, "merge_contacts", loser=loser, winner=winner)
    made, _ = second_run(sandbox, cli)
    assert made["customers"] == (0, 1)
    assert made["conversations"][0] == 0
    assert made["conversations"][1] > 0
    (customer,) = (row for row in lines(cli.export(), "customers.jsonl") if winner in row["intercom_ids"])
    assert loser in customer["intercom_ids"]


def test_a_renamed_contact_with_other_values(sandbox: Running, cli: CommandLine) -> None:
    contact = writers(sandbox)[0]
    change(sandbox, "update_contact", id=contact, name="Renée Renamed", custom_attributes={"Seats": 4711})
    made, _ = second_run(sandbox, cli)
    assert made["customers"] == (0, 1)
    (customer,) = (row for row in lines(cli.export(), "customers.jsonl") if contact in row["intercom_ids"])
    assert (customer["name"], customer["custom_fields"]["seats"]) == ("Renée Renamed", 4711)


def test_two_customers_join_when_one_gets_the_others_email_and_split_again(sandbox: Running, cli: CommandLine) -> None:
    first, second = writers(sandbox)[:2]
    emails = {id_: (sandbox.world.contact(id_) or {})["email"] for id_ in (first, second)}
    before = contents(cli.export())

    change(sandbox, "update_contact", id=second, email=emails[first].upper())
    made, _ = second_run(sandbox, cli)
    assert made["customers"] == (0, 1)
    customers = [row for row in lines(cli.export(), "customers.jsonl") if {first, second} & {*row["intercom_ids"]}]
    assert len(customers) == 1

    change(sandbox, "update_contact", id=second, email=emails[second])
    made, _ = second_run(sandbox, cli)
    assert made["customers"] == (1, 1)
    after = contents(cli.export())
    assert after["aliases.jsonl"] == before["aliases.jsonl"]
    assert after["conversations.jsonl"] == before["conversations.jsonl"]
    assert after["messages.jsonl"] == before["messages.jsonl"]


def test_an_unlisted_person_joins_the_contact_that_gets_their_email(sandbox: Running, cli: CommandLine) -> None:
    """Who left Intercom is a placeholder of its own, until a contact with the same address turns up."""
    placeholder = next(
        row for row in lines(cli.export(), "customers.jsonl") if row["placeholder"] and row["email"] is not None
    )
    contact = writers(sandbox)[0]
    change(sandbox, "update_contact", id=contact, email=placeholder["email"])
    made, _ = second_run(sandbox, cli)
    assert made["customers"] == (0, 1)
    assert placeholder["id"] not in {row["id"] for row in lines(cli.export(), "customers.jsonl")}


def test_a_contact_that_was_deleted_in_intercom_stays_a_customer(sandbox: Running, cli: CommandLine) -> None:
    before = contents(cli.export())
    change(sandbox, "delete_contact", id=writers(sandbox)[0])
    status = cli.run()
    assert changes(status) == {}
    assert contents(cli.export()) == before


def test_a_renamed_tag(sandbox: Running, cli: CommandLine) -> None:
    tag = next(tag for row in sandbox.world.conversation_index() for tag in row.tag_ids)
    change(sandbox, "rename_tag", id=tag, name=" Renamed & <new> ")
    made, read = second_run(sandbox, cli)
    assert read == 0
    assert made["tags"] == (0, 1)
    assert made["conversations"][1] > 0


def test_a_new_macro(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "new_macro")
    assert second_run(sandbox, cli) == ({"saved_replies": (1, 0)}, 0)
