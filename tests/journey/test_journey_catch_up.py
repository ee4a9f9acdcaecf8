"""`catch-up` and what `run` says of it; records that Intercom deletes; listings that ask only for what was updated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.core.paths import existing
from ochre_tui.core.tasks import in_loop
from ochre_tui.migration.importer.run import Importer, StillChangingError
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.store import deleted, events, runs, sync_passes
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, changes, cli_at, contents, lines

WORLD = Sandbox(conversations=40, seed=65, rate_limit=0)


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(WORLD) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    """Everything imported once."""
    imported = cli_at(tmp_path, sandbox)
    imported.do("connect")
    imported.do("plan")
    imported.run()
    return imported


def change(sandbox: Running, what: str, after: int | None = None, **details: Any) -> Any:
    more = {} if after is None else {"after": after}
    return sandbox.control("changes", changes=[{"change": what, **details}], **more)


def ordinary(sandbox: Running) -> list[str]:
    return [row.id for row in sandbox.world.conversation_index() if not row.feature]


def of_event(ran: Any, name: str) -> list[dict[str, Any]]:
    return [event for event in ran.events if event["event"] == name]


def store(cli: CommandLine) -> Store:
    return Store(existing(cli.home, "default").state_db)


def outstanding(cli: CommandLine) -> int:
    """How an import ends here: some files of this world can't be delivered."""
    return 3 if cli.status()["attachments"]["missing"] else 0


def test_it_passes_until_nothing_new_is_left_and_says_so(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "new_conversation")
    change(sandbox, "add_part", id=ordinary(sandbox)[0])
    ran = cli.do("catch-up", "--json", expect=outstanding(cli))
    brought = [(event["listed"], event["brought"], event["quiet"]) for event in of_event(ran, "pass")]
    assert brought == [("all", 2, False), ("all", 0, True)]
    assert changes(ran.events[-1]["status"]) == {}
    with store(cli) as kept:
        quiet = sync_passes.quiet_since(kept.conn)
        assert quiet is not None
        latest = runs.latest(kept.conn)
        assert latest is not None
        assert quiet <= (latest.ended_at or 0)
    assert cli.differences(sandbox) == []


def test_in_words(cli: CommandLine) -> None:
    said = cli.do("catch-up", expect=outstanding(cli)).out
    assert "Nothing new was left in Intercom as of 20" in said
    assert "the moment to cut over" in said
    assert "Nothing new was left in Intercom as of 20" in cli.do("cutover", "list").out


def test_a_first_import_and_later_runs_tell_how_to_go_on(sandbox: Running, cli: CommandLine) -> None:
    assert "the moment to cut over" in cli.do("run", expect=outstanding(cli)).out
    change(sandbox, "new_macro")
    assert "`ochre-tui catch-up` brings what changed there meanwhile" in cli.do("run", expect=outstanding(cli)).out
    with store(cli) as kept:
        assert sync_passes.quiet_since(kept.conn) is None


def test_a_source_that_never_rests(sandbox: Running, cli: CommandLine) -> None:
    for after in range(5, 400, 10):
        change(sandbox, "add_part", after, id=ordinary(sandbox)[0])
    ran = cli.do("catch-up", "--passes", "3", "--json", expect=3)
    assert [event["quiet"] for event in of_event(ran, "pass")] == [False] * 3
    assert ran.events[-1]["error"] == "Intercom was still changing after 3 passes."
    assert "run `ochre-tui catch-up` again" in ran.events[-1]["advice"]
    assert cli.status()["state"] == "completed"


def test_a_run_that_was_interrupted_says_what_it_did_not_list_again(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path, sandbox)
    cli.do("connect")
    cli.do("plan")
    cli.do("run", "--limit", "3", expect=outstanding(cli))
    change(sandbox, "new_conversation")
    said = cli.do("run", expect=outstanding(cli)).out
    assert "This import was interrupted: some of its lists are from" in said
    ran = cli.do("catch-up", "--json", expect=outstanding(cli))
    assert [event["brought"] for event in of_event(ran, "pass")] == [1, 0]
    assert cli.differences(sandbox) == []


def test_a_catch_up_that_was_interrupted_is_taken_up_and_lists_anew(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path, sandbox)
    cli.do("connect")
    cli.do("plan")
    cli.do("run", "--limit", "3", expect=outstanding(cli))
    change(sandbox, "new_conversation")
    ran = cli.do("catch-up", "--json", expect=outstanding(cli))
    assert [event["quiet"] for event in of_event(ran, "pass")] == [False, False, True]
    assert cli.differences(sandbox) == []


# Deleted records


def test_what_intercom_deleted_is_reported_and_kept(sandbox: Running, cli: CommandLine) -> None:
    before = contents(cli.export())
    conversation = ordinary(sandbox)[0]
    contact = sandbox.world.contact_ids()[3]
    change(sandbox, "delete_conversation", id=conversation)
    change(sandbox, "delete_contact", id=contact)
    ran = cli.do("catch-up", "--json", expect=outstanding(cli))
    found = [(event["kind"], event["id"], event["removed"]) for event in of_event(ran, "deleted")]
    assert found == [("contacts", contact, False), ("conversations", conversation, False)]
    assert [event["brought"] for event in of_event(ran, "pass")] == [2, 0]
    assert contents(cli.export()) == before
    with store(cli) as kept:
        assert [(gone.kind, gone.id) for gone in deleted.all_deleted(kept.conn)] == [one[:2] for one in found]
        told = [event for event in events.after(kept.conn, 0, 500) if event.topic == "deleted"]
        assert [(event.kind, event.record) for event in told] == [found[1][:2], found[0][:2]]
    assert of_event(cli.do("run", "--json", expect=outstanding(cli)), "deleted") == []
    cli.do("verify")


def test_in_words_what_was_deleted(sandbox: Running, cli: CommandLine) -> None:
    conversation = ordinary(sandbox)[0]
    change(sandbox, "delete_conversation", id=conversation)
    said = cli.do("run", expect=outstanding(cli)).out
    assert f"Deleted in Intercom, kept in Ochre: conversation {conversation}" in said


def test_a_plan_that_removes_them_takes_out_also_those_that_were_kept(sandbox: Running, cli: CommandLine) -> None:
    conversation = ordinary(sandbox)[0]
    change(sandbox, "delete_conversation", id=conversation)
    cli.run()
    cli.set("import.deleted=remove")
    ran = cli.do("run", "--json", expect=outstanding(cli))
    assert [(event["id"], event["removed"]) for event in of_event(ran, "deleted")] == [(conversation, True)]
    status = cli.run()
    assert cli.differences(sandbox) == []
    assert conversation not in {row["intercom_id"] for row in lines(cli.export(), "conversations.jsonl")}
    assert status["counts"]["conversations"]["found"] == 39
    cli.do("resolve", conversation, expect=9)
    cli.do("verify")
    with store(cli) as kept:
        assert [gone.removed for gone in deleted.all_deleted(kept.conn)] == [True]
        archived = kept.conn.execute("SELECT count(*) FROM archive WHERE id = ?", (conversation,)).fetchone()
        assert archived == (0,)
    assert changes(cli.run()) == {}


def test_one_that_intercom_does_not_list_and_still_has_is_not_deleted(sandbox: Running, cli: CommandLine) -> None:
    hidden = ordinary(sandbox)[0]
    row = sandbox.world.row(hidden)
    assert row is not None
    sandbox.world.conversation_index().remove(row)  # type: ignore[attr-defined]
    sandbox.site.changed()
    ran = cli.do("catch-up", "--json", expect=outstanding(cli))
    assert of_event(ran, "deleted") == []
    assert ran.events[-1]["status"]["counts"]["conversations"]["found"] == 40


def test_one_that_comes_back_is_no_longer_deleted(sandbox: Running, cli: CommandLine) -> None:
    contact = sandbox.world.contact_ids()[3]
    change(sandbox, "delete_contact", id=contact)
    cli.set("import.deleted=remove")
    cli.run()
    sandbox.world._contact_states.clear()
    sandbox.world._contact_ids = None
    sandbox.site.changed()
    cli.run()
    assert cli.differences(sandbox) == []
    with store(cli) as kept:
        assert deleted.all_deleted(kept.conn) == []


# Merges


def role(sandbox: Running, wanted: str, *, skip: int = 0) -> str:
    found = [
        id_ for id_ in sandbox.world.contact_ids() if (one := sandbox.world.contact(id_)) and one["role"] == wanted
    ]
    return found[skip]


def test_a_lead_that_became_a_user(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "merge_contacts", loser=role(sandbox, "lead"), winner=role(sandbox, "user", skip=5))
    cli.do("catch-up", expect=outstanding(cli))
    assert cli.differences(sandbox) == []


@pytest.mark.parametrize("between", [True, False])
def test_a_chain_of_merges(sandbox: Running, cli: CommandLine, *, between: bool) -> None:
    first, second, third = (role(sandbox, "user", skip=n) for n in (4, 8, 12))
    change(sandbox, "merge_contacts", loser=first, winner=second)
    if between:
        cli.run()
    change(sandbox, "merge_contacts", loser=second, winner=third)
    cli.run()
    assert cli.differences(sandbox) == []
    (customer,) = (row for row in lines(cli.export(), "customers.jsonl") if first in row["intercom_ids"])
    assert {first, second, third} <= {*customer["intercom_ids"]}


@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("policy", ["keep", "remove"])
def test_a_merge_into_one_that_was_deleted(sandbox: Running, cli: CommandLine, policy: str, *, between: bool) -> None:
    loser, winner = (role(sandbox, "user", skip=n) for n in (4, 8))
    cli.set(f"import.deleted={policy}")
    change(sandbox, "merge_contacts", loser=loser, winner=winner)
    if between:
        cli.run()
    change(sandbox, "delete_contact", id=winner)
    cli.do("catch-up", expect=outstanding(cli))
    if policy == "remove":
        assert cli.differences(sandbox) == []
    else:
        (customer,) = (row for row in lines(cli.export(), "customers.jsonl") if winner in row["intercom_ids"])
        assert loser in customer["intercom_ids"]
    assert changes(cli.run()) == {}


# Listings


def large(cli: CommandLine) -> Importer:
    """An importer to which any workspace is a large one."""
    return cli.importer(large=0)


def test_a_large_workspace_is_listed_once_and_then_asked_for_what_was_updated(
    sandbox: Running, cli: CommandLine
) -> None:
    change(sandbox, "add_part", id=ordinary(sandbox)[0])
    change(sandbox, "new_conversation", 24)
    in_loop(large(cli).catch_up(10))
    with store(cli) as kept:
        done = sync_passes.completed_after(kept.conn, 0)[1:]
    assert [one.since is None for one in done] == [True, *(False for _ in done[1:])]
    assert done[-1].quiet
    assert cli.status()["counts"]["conversations"]["found"] == 41
    assert cli.differences(sandbox) == []


def test_what_is_deleted_meanwhile_is_found_by_the_next_run(sandbox: Running, cli: CommandLine) -> None:
    conversation = ordinary(sandbox)[1]
    change(sandbox, "add_part", id=ordinary(sandbox)[0])
    change(sandbox, "delete_conversation", 24, id=conversation)
    in_loop(large(cli).catch_up(10))
    ran = cli.do("run", "--json", expect=outstanding(cli))
    assert [event["id"] for event in of_event(ran, "deleted")] == [conversation]


def test_a_source_that_never_rests_ends_the_importer_too(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "new_macro")
    with pytest.raises(StillChangingError):
        in_loop(large(cli).catch_up(1))


def test_a_conversation_without_a_date_comes_over(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "new_conversation", dated=False)
    assert changes(cli.run()) == {"conversations": (1, 0)}
    assert cli.differences(sandbox) == []


def test_where_intercom_counts_more_than_it_lists_a_warning_says_so(sandbox: Running, cli: CommandLine) -> None:
    change(sandbox, "new_conversation", dated=False)
    sandbox.control("faults", faults=["no-null"])
    ran = cli.do("run", "--json", expect=outstanding(cli))
    told = [event["text"] for event in of_event(ran, "warning") if event["id"] == ""]
    assert told == ["Intercom counts 41 conversations and lists 40. The next run looks again."]
    sandbox.control("faults", faults=[])
    ran = cli.do("run", "--json", expect=outstanding(cli))
    assert [event for event in of_event(ran, "warning") if event["id"] == ""] == []


def test_a_second_change_within_the_same_second_is_not_missed(tmp_path: Path) -> None:
    """Times are whole seconds: a record that was read in the second of its last change is read once more."""
    with running(WORLD, clock=lambda: 1_800_000_000.0) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        cli.do("connect")
        cli.do("plan")
        cli.run()
        conversation = ordinary(sandbox)[0]
        change(sandbox, "add_part", id=conversation)
        assert changes(cli.run()) == {"conversations": (0, 1)}
        change(sandbox, "add_part", id=conversation)
        assert changes(cli.run()) == {"conversations": (0, 1)}
        assert cli.differences(sandbox) == []
