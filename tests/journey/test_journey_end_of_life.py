"""The end of a migration's life: who did what, tokens that are forgotten and revoked, data that is deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.migration.cutover.checklist import CUT_OVER_DONE
from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from ochre_tui.store import checklist
from ochre_tui.store.store import Store
from tests.support.command_line import CommandLine, cli_at

DAY_S = 86_400
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=20, seed=11, rate_limit=0)) as one:
        yield one


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    sandbox.control("faults", faults=[])
    return cli_at(tmp_path / "home", sandbox)


def imported(cli: CommandLine) -> CommandLine:
    cli.ready(TEAM, ["import.saved_replies=false"])
    cli.run()
    return cli


def what(cli: CommandLine) -> list[str]:
    return [entry["what"] for entry in cli.do("audit", "list", "--json").json]


def test_every_act_is_in_the_audit_log(cli: CommandLine) -> None:
    imported(cli)
    cli.export()
    assert what(cli) == ["connect", "plan", "plan", "start", "end", "export"]
    entries = cli.do("audit", "list", "--json").json
    assert entries[2]["facts"]["changed"]["import.saved_replies"] == {"old": True, "new": False}
    assert entries[4]["facts"]["state"] == "completed"
    assert entries[4]["facts"]["counts"]["conversations"]["found"] > 0
    assert "Ana Silva" not in str([entry for entry in entries if entry["what"] != "plan"])
    assert cli.do("audit", "verify", "--json").json == {"entries": 6, "problem": None, "torn": 0}
    log = cli.folder / "logs" / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"limit": null', b'"limit": 10'))
    ran = cli.call("audit", "verify")
    assert ran.exit == 8
    assert "line 4 was changed" in ran.err


def test_wiping_leaves_a_receipt_and_nothing_else(cli: CommandLine) -> None:
    imported(cli)
    export = cli.export()
    ran = cli.call("wipe")
    assert ran.exit == 2
    assert "--yes" in ran.err
    receipt = cli.do("wipe", "--yes").out
    assert "Receipt" in receipt
    assert str(export) in receipt
    export.unlink()
    assert list(cli.home.rglob("*")) == []
    assert cli.call("status").exit == 2


def test_a_revoked_token_is_told_from_one_that_lives(cli: CommandLine, sandbox: Running) -> None:
    cli.do("connect")
    ran = cli.call("connect", "--check-revoked")
    assert ran.exit == 4
    assert "Intercom still accepts this token" in ran.err
    assert cli.call("connect", "--check-revoked", "--json", OCHRE_TUI_INTERCOM_TOKEN="dG9rOnJldm9rZWQ=").json == {
        "revoked": True
    }


def test_forgetting_what_was_never_kept(cli: CommandLine) -> None:
    cli.do("connect")
    assert cli.do("connect", "--forget", "--json").json == {"forgotten": False}


def test_a_command_may_print_the_token(cli: CommandLine, sandbox: Running) -> None:
    command = f"printf {sandbox.token}"
    for words in (("connect",), ("scan",)):
        assert cli.call(*words, "--token-command", command, OCHRE_TUI_INTERCOM_TOKEN="").exit == 0
    ran = cli.call("connect", "--token-command", command, "--token-stdin")
    assert ran.exit == 2
    assert "more than one place" in ran.err


def test_old_data_is_reminded_of(cli: CommandLine) -> None:
    imported(cli)
    assert "ochre-tui wipe" not in cli.do("list").err
    with Store(cli.folder / "state.db") as store:
        with store.transaction() as conn:
            conn.execute("UPDATE run SET ended_at = ended_at - ?", (45 * DAY_S,))
        assert "nothing has used it for 45 days" in cli.do("list").err
        assert "`ochre-tui wipe -m default`" in cli.do("status").err
        with store.transaction() as conn:
            checklist.tick(conn, CUT_OVER_DONE, int(time.time()) - 3 * DAY_S)
    assert "ochre-tui wipe" not in cli.do("list").err + cli.do("status").err
