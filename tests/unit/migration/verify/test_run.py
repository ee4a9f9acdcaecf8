"""Verification that is interrupted, that reads from Intercom anew, and that mends."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.verify.model import CHECKS, Check
from ochre_tui.migration.verify.run import last_verified, verify_and_keep
from ochre_tui.sandbox.server import Running
from ochre_tui.store import lease
from ochre_tui.store.store import Store
from tests.support.command_line import Desk, changes
from tests.support.planted import a_message, changed_body, missing_message, some_thread
from tests.support.spoilable import Spoilable, found_in


class _LeftError(Exception):
    pass


def place_of(desk: Desk) -> MigrationPaths:
    return MigrationPaths("default", desk.folder)


def verify(desk: Desk, told: Callable[[str, int], None]) -> list[Check]:
    paths = place_of(desk)
    checks: list[Check] = []
    with Store(paths.state_db) as store:
        verify_and_keep(store, paths, lambda: 1.0, checks.append, told)
    return checks


def interrupted(desk: Desk, at: str) -> None:
    def leave(check: str, done: int) -> None:
        if check == at:
            raise _LeftError

    with pytest.raises(_LeftError):
        verify(desk, leave)


def test_it_needs_nothing_of_the_environment_that_the_import_had(desk: Spoilable) -> None:
    assert desk.call("verify", OCHRE_TUI_ATTACHMENT_HOSTS="", OCHRE_TUI_INTERCOM_TOKEN="").exit == 0


@pytest.mark.parametrize("at", ["conversations", "customers", "aliases", "search"])
def test_an_interrupted_verification_goes_on(desk: Spoilable, at: str) -> None:
    whole = verify(desk, lambda check, done: None)
    interrupted(desk, at)
    told: list[tuple[str, int]] = []
    assert verify(desk, lambda check, done: told.append((check, done)))[-1].name == CHECKS[-1]
    with Store(place_of(desk).state_db) as store:
        found = last_verified(store)
    assert found is not None
    # What a random sample of customers can be found by differs from one to the next.
    assert [check for check in found.checks if check.name != "search"] == [c for c in whole if c.name != "search"]
    # Nothing is compared twice: the page after which it was interrupted was kept.
    assert {check for check, _ in told} <= set(CHECKS[CHECKS.index(at) :])
    assert at == "search" or told[0] != (at, 50)


def test_it_begins_anew_once_something_was_written(desk: Spoilable) -> None:
    interrupted(desk, "customers")
    planted = changed_body(desk)
    assert found_in(desk.verify())["conversations"] == planted.found


def test_it_begins_anew_after_another_run(desk: Spoilable) -> None:
    interrupted(desk, "customers")
    desk.run()
    told: list[str] = []
    verify(desk, lambda check, done: told.append(check))
    assert "conversations" in told


def test_conversations_read_from_intercom_anew(desk: Spoilable) -> None:
    ran = desk.do("verify", "--json", "--live", "7")
    live = ran.json["checks"][-1]
    assert live == {"name": "live", "expected": 7, "actual": 7, "ok": True, "differences": []}
    planted = changed_body(desk)
    ran = desk.do("verify", "--json", "--live", "1000", expect=8)
    assert found_in(ran)["live"] == planted.found


def test_a_conversation_that_changed_in_intercom_since(desk: Spoilable) -> None:
    number, conversation, _ = some_thread(desk)
    desk.ochre("UPDATE conversations SET updated_at = updated_at - 60 WHERE n = ?", number)
    ran = desk.do("verify", "--json", "--live", "1000", expect=8)
    (found,) = ran.json["checks"][-1]["differences"]
    assert (found["id"], found["field"], found["command"]) == (conversation, "updated_at", "ochre-tui run")


def test_live_needs_a_token(desk: Spoilable) -> None:
    assert "No Intercom token" in desk.do("verify", "--live", "1", expect=4, OCHRE_TUI_INTERCOM_TOKEN="").err


@pytest.mark.parametrize("way", ["--token-stdin", "--token-file", "--token-command"])
def test_the_token_for_live_comes_in_every_way(desk: Spoilable, tmp_path: Path, way: str) -> None:
    token = desk.environment["OCHRE_TUI_INTERCOM_TOKEN"]
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text(token)
    values = {"--token-stdin": [], "--token-file": [str(file)], "--token-command": [f"cat '{file}'"]}
    ran = desk.call(
        "verify", "--live", "1", "--json", way, *values[way], stdin=f"{token}\n", OCHRE_TUI_INTERCOM_TOKEN=""
    )
    assert ran.exit == 0, ran.err
    assert ran.json["checks"][-1]["actual"] == 1


def test_a_token_is_refused_where_nothing_needs_it(desk: Spoilable) -> None:
    assert "Only --live needs a token." in desk.do("verify", "--token-stdin", expect=2).err


def test_live_with_a_dead_token_and_where_nobody_answers(desk: Spoilable) -> None:
    ran = desk.do("verify", "--live", "2", expect=4, OCHRE_TUI_INTERCOM_TOKEN="dead")
    assert "token" in ran.err
    with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
        port = reserved.getsockname()[1]
    ran = desk.do("verify", "--live", "2", expect=5, OCHRE_TUI_INTERCOM_URL=f"http://127.0.0.1:{port}")
    assert "Intercom" in ran.err
    assert desk.do("verify", "--live", "2", "--json").json["ok"]


@pytest.mark.long  # the client tries eight times, with growing waits
def test_intercom_that_stops_answering_midway_costs_nothing_that_was_found(desk: Spoilable, source: Running) -> None:
    planted = changed_body(desk)
    before = source.control("state")["requests"]["total"]
    source.control("faults", faults=[f"reset=share=1,times=0,after={before + 20}"])
    try:
        ran = desk.do("verify", "--live", "40", expect=5)
    finally:
        source.control("faults", faults=[])
    assert "Intercom does not answer" in ran.err
    with Store(place_of(desk).state_db) as store:
        assert [check["name"] for check in store.get("verifying")["done"]] == list(CHECKS)
    ran = desk.do("verify", "--live", "40", "--json", expect=8)
    assert found_in(ran)["conversations"] == planted.found
    assert ran.json["checks"][-1]["expected"] == 40


def test_mending_says_what_it_did_and_a_later_run_has_nothing_to_do(desk: Spoilable) -> None:
    missing_message(desk)
    ran = desk.do("verify", "--mend", "--json")
    assert ran.json["ok"] is True
    assert ran.json["mended"] == 1
    assert changes(desk.run()) == {}
    assert desk.do("verify", "--mend").out.startswith("0 records written again.")


def test_mending_does_not_run_beside_an_import(desk: Spoilable) -> None:
    missing_message(desk)
    with lease.held(place_of(desk).lock):
        assert desk.do("verify", "--mend", expect=6).err
        assert desk.verify().exit == 8


def test_a_conversation_that_was_left_out_since_is_compared_too(desk: Spoilable) -> None:
    _, _, conversation = a_message(desk)
    desk.state("UPDATE conversation SET in_scope = 0 WHERE id = ?", conversation)
    assert desk.verify().exit == 0
    planted = changed_body(desk)
    assert found_in(desk.verify())["conversations"] == planted.found


def test_parts_that_intercom_counts_and_did_not_give_out(desk: Spoilable) -> None:
    """A short answer, far below the limit: the next run reads it again."""
    _, conversation, _ = some_thread(desk)
    from ochre_tui.intercom.json_codec import dump, parse
    from ochre_tui.store.archive import Archive

    pack = Archive()
    ((body,),) = desk.state("SELECT body FROM archive WHERE kind = 'conversation' AND id = ?", conversation)
    source = parse(pack.unpack(body))
    source["conversation_parts"]["total_count"] += 3
    desk.state("UPDATE archive SET body = ? WHERE id = ?", pack.pack(dump(source)), conversation)
    ran = desk.verify()
    assert ("conversations", conversation, "parts") in found_in(ran)["parts"]
    assert conversation in {one["conversation"] for one in ran.json["incomplete"]}
    desk.do("run")
    assert desk.verify().exit == 0
