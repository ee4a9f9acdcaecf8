"""Verification that is interrupted, that reads from Intercom anew, and that mends."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.model import CHECKS, Check
from ochre_tui.migration.verify.run import last_verified
from ochre_tui.migration.verify.run import verify as run_verify
from ochre_tui.sandbox.server import Running
from ochre_tui.store import lease
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, changes
from tests.support.planted import a_message, changed_body, missing_message, some_thread
from tests.support.spoilable import Spoilable, found_in


class _LeftError(Exception):
    pass


def place_of(cli: CommandLine) -> MigrationPaths:
    return MigrationPaths("default", cli.folder)


def verify(cli: CommandLine, told: Callable[[str, int], None]) -> list[Check]:
    checks: list[Check] = []
    run_verify(Session(place_of(cli), now=lambda: 1.0), checks.append, told)
    return checks


def interrupted(cli: CommandLine, at: str) -> None:
    def leave(check: str, done: int) -> None:
        if check == at:
            raise _LeftError

    with pytest.raises(_LeftError):
        verify(cli, leave)


def test_it_needs_nothing_of_the_environment_that_the_import_had(cli: Spoilable) -> None:
    assert cli.call("verify", OCHRE_TUI_ATTACHMENT_HOSTS="", OCHRE_TUI_INTERCOM_TOKEN="").exit == 0


@pytest.mark.parametrize("at", ["conversations", "customers", "aliases", "search"])
def test_an_interrupted_verification_goes_on(cli: Spoilable, at: str) -> None:
    whole = verify(cli, lambda check, done: None)
    interrupted(cli, at)
    told: list[tuple[str, int]] = []
    assert verify(cli, lambda check, done: told.append((check, done)))[-1].name == CHECKS[-1]
    with Store(place_of(cli).state_db) as store:
        found = last_verified(store)
    assert found is not None
    # What a random sample of customers can be found by differs from one to the next.
    assert [check for check in found.checks if check.name != "search"] == [c for c in whole if c.name != "search"]
    # Nothing is compared twice: the page after which it was interrupted was kept.
    assert {check for check, _ in told} <= set(CHECKS[CHECKS.index(at) :])
    assert at == "search" or told[0] != (at, 50)


def test_it_begins_anew_once_something_was_written(cli: Spoilable) -> None:
    interrupted(cli, "customers")
    planted = changed_body(cli)
    assert found_in(cli.verify())["conversations"] == planted.found


def test_it_begins_anew_after_another_run(cli: Spoilable) -> None:
    interrupted(cli, "customers")
    cli.run()
    told: list[str] = []
    verify(cli, lambda check, done: told.append(check))
    assert "conversations" in told


def test_conversations_read_from_intercom_anew(cli: Spoilable) -> None:
    ran = cli.do("verify", "--json", "--live", "7")
    live = ran.json["checks"][-1]
    assert live == {"name": "live", "expected": 7, "actual": 7, "ok": True, "differences": []}
    planted = changed_body(cli)
    ran = cli.do("verify", "--json", "--live", "1000", expect=8)
    assert found_in(ran)["live"] == planted.found


def test_a_conversation_that_changed_in_intercom_since(cli: Spoilable) -> None:
    number, conversation, _ = some_thread(cli)
    cli.ochre("UPDATE conversations SET updated_at = updated_at - 60 WHERE n = ?", number)
    ran = cli.do("verify", "--json", "--live", "1000", expect=8)
    (found,) = ran.json["checks"][-1]["differences"]
    assert (found["id"], found["field"], found["command"]) == (conversation, "updated_at", "ochre-tui run")


def test_live_needs_a_token(cli: Spoilable) -> None:
    assert "No Intercom token" in cli.do("verify", "--live", "1", expect=4, OCHRE_TUI_INTERCOM_TOKEN="").err


@pytest.mark.parametrize("way", ["--token-stdin", "--token-file", "--token-command"])
def test_the_token_for_live_comes_in_every_way(cli: Spoilable, tmp_path: Path, way: str) -> None:
    token = cli.environment["OCHRE_TUI_INTERCOM_TOKEN"]
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text(token)
    values = {"--token-stdin": [], "--token-file": [str(file)], "--token-command": [f"cat '{file}'"]}
    ran = cli.call(
        "verify", "--live", "1", "--json", way, *values[way], stdin=f"{token}\n", OCHRE_TUI_INTERCOM_TOKEN=""
    )
    assert ran.exit == 0, ran.err
    assert ran.json["checks"][-1]["actual"] == 1


def test_a_token_is_refused_where_nothing_needs_it(cli: Spoilable) -> None:
    assert "Only --live needs a token." in cli.do("verify", "--token-stdin", expect=2).err


def test_live_with_a_dead_token_and_where_nobody_answers(cli: Spoilable) -> None:
    ran = cli.do("verify", "--live", "2", expect=4, OCHRE_TUI_INTERCOM_TOKEN="dead")
    assert "token" in ran.err
    with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
        port = reserved.getsockname()[1]
    ran = cli.do("verify", "--live", "2", expect=5, OCHRE_TUI_INTERCOM_URL=f"http://127.0.0.1:{port}")
    assert "Intercom" in ran.err
    assert cli.do("verify", "--live", "2", "--json").json["ok"]


@pytest.mark.long  # the client tries eight times, with growing waits
def test_intercom_that_stops_answering_midway_costs_nothing_that_was_found(cli: Spoilable, source: Running) -> None:
    planted = changed_body(cli)
    before = source.control("state")["requests"]["total"]
    source.control("faults", faults=[f"reset=share=1,times=0,after={before + 20}"])
    try:
        ran = cli.do("verify", "--live", "40", expect=5)
    finally:
        source.control("faults", faults=[])
    assert "Intercom does not answer" in ran.err
    with Store(place_of(cli).state_db) as store:
        assert [check["name"] for check in store.get("verifying")["done"]] == list(CHECKS)
    ran = cli.do("verify", "--live", "40", "--json", expect=8)
    assert found_in(ran)["conversations"] == planted.found
    assert ran.json["checks"][-1]["expected"] == 40


def test_mending_says_what_it_did_and_a_later_run_has_nothing_to_do(cli: Spoilable) -> None:
    missing_message(cli)
    ran = cli.do("verify", "--mend", "--json")
    assert ran.json["ok"] is True
    assert ran.json["mended"] == 1
    assert changes(cli.run()) == {}
    assert cli.do("verify", "--mend").out.startswith("0 records written again.")


def test_mending_does_not_run_beside_an_import(cli: Spoilable) -> None:
    missing_message(cli)
    with lease.held(place_of(cli).lock):
        assert cli.do("verify", "--mend", expect=6).err
        assert cli.verify().exit == 8


def test_a_conversation_that_was_left_out_since_is_compared_too(cli: Spoilable) -> None:
    _, _, conversation = a_message(cli)
    cli.state("UPDATE conversation SET in_scope = 0 WHERE id = ?", conversation)
    assert cli.verify().exit == 0
    planted = changed_body(cli)
    assert found_in(cli.verify())["conversations"] == planted.found


def test_parts_that_intercom_counts_and_did_not_give_out(cli: Spoilable) -> None:
    """A short answer, far below the limit: the next run reads it again."""
    _, conversation, _ = some_thread(cli)
    from ochre_tui.intercom.json_codec import dump, parse
    from ochre_tui.store.archive import Archive

    pack = Archive()
    ((body,),) = cli.state("SELECT body FROM archive WHERE kind = 'conversation' AND id = ?", conversation)
    source = parse(pack.unpack(body))
    source["conversation_parts"]["total_count"] += 3
    cli.state("UPDATE archive SET body = ? WHERE id = ?", pack.pack(dump(source)), conversation)
    ran = cli.verify()
    assert ("conversations", conversation, "parts") in found_in(ran)["parts"]
    assert conversation in {one["conversation"] for one in ran.json["incomplete"]}
    cli.do("run")
    assert cli.verify().exit == 0
