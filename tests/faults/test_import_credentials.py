"""Tokens that are wrong, die, or may do too little: the run pauses, says which, and goes on with a better one."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, Ran, cli_at, contents, requests

# Of the form of a token, and found nowhere else.
CANARY = base64.b64encode(b"tok:canary_7f3e91aa_d2c4_40b7_9e55_1b0c8d6f2a41:1:0").decode("ascii")
RENEWED = base64.b64encode(b"tok:renewed_5c0f6b7e_90f1_4d7a_8a3b_64e1d2c7b9f0:1:0").decode("ascii")


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=80, seed=7, rate_limit=0, token=CANARY)) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    return cli_at(tmp_path / "home", sandbox)


def explains(ran: Ran, *words: str) -> None:
    """What happened, what it means and what to do stand on standard error, and nothing of it is a traceback."""
    lines = ran.err.splitlines()
    assert len(lines) >= 3, ran.err
    assert "Traceback" not in ran.said
    for word in words:
        assert word in ran.err


def leaks(cli: CommandLine, *said: str) -> list[str]:
    """Where a token, or the better half of one, got to."""
    needles = [half for token in (CANARY, RENEWED) for half in (token[8:32], token[32:])]
    places = {str(path): path.read_bytes() for path in cli.home.rglob("*") if path.is_file()}
    places |= {f"output {number}": text.encode() for number, text in enumerate(said)}
    return [place for place, body in places.items() for needle in needles if needle.encode() in body]


def test_a_wrong_token(cli: CommandLine) -> None:
    ran = cli.call("connect", OCHRE_TUI_INTERCOM_TOKEN=RENEWED)
    assert ran.exit == 4
    explains(ran, "does not accept the access token", "Developer Hub")
    assert not cli.folder.exists()
    assert leaks(cli, ran.said) == []


def test_no_token(cli: CommandLine) -> None:
    ran = cli.call("connect", OCHRE_TUI_INTERCOM_TOKEN="")
    assert ran.exit == 4
    explains(ran, "No Intercom token was given", "--token-stdin")
    assert not cli.folder.exists()


@pytest.mark.parametrize("text", ["two words", "t\x1b[31mred", "naïve"])
def test_what_is_no_token_at_all(text: str, cli: CommandLine) -> None:
    ran = cli.call("connect", "--token-stdin", stdin=f"{text}\n")
    assert ran.exit == 4
    explains(ran, "odd characters")
    assert text not in ran.said


def test_a_token_file_that_others_can_read_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(CANARY)
    file.chmod(0o644)
    ran = cli.call("connect", "--token-file", str(file))
    assert ran.exit == 2
    explains(ran, "0600")
    file.chmod(0o600)
    cli.do("connect", "--token-file", str(file), OCHRE_TUI_INTERCOM_TOKEN="")


def test_a_token_that_is_revoked_on_the_way_pauses_the_run_which_goes_on_with_a_new_one(
    sandbox: Running, cli: CommandLine
) -> None:
    cli.ready()
    asked = sandbox.control("state")["requests"]["total"]
    sandbox.control("faults", faults=[f"revoke=after={asked + 70}"])
    ran = cli.call("run", "--json")
    assert ran.exit == 4
    end = ran.events[-1]
    assert (end["event"], end["exit"], end["status"]["state"]) == ("end", 4, "paused")
    assert "does not accept the access token" in end["status"]["reason"]
    imported = end["status"]["counts"]["conversations"]["created"]
    assert 0 < imported < 80

    again = cli.call("run")
    assert again.exit == 4
    explains(again, "does not accept the access token")
    assert cli.status()["state"] == "paused"
    cli.do("export", str(cli.home / "half.zip"))

    sandbox.control("revoke", token=RENEWED)
    read = requests(sandbox)["GET /conversations/*"]
    cli.environment["OCHRE_TUI_INTERCOM_TOKEN"] = RENEWED
    status = cli.run()
    assert status["counts"]["conversations"]["created"] == 80
    assert requests(sandbox)["GET /conversations/*"] - read == 80 - imported
    assert cli.differences(sandbox) == []
    assert leaks(cli, ran.said, again.said) == []


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("read_users", "Read and list users and companies"),
        ("read_conversations", "Read conversations"),
        ("read_tags", "Read tags"),
        ("read_admins", "Read admins"),
    ],
)
def test_a_missing_permission_is_named_as_the_developer_hub_names_it(
    scope: str, name: str, sandbox: Running, cli: CommandLine
) -> None:
    sandbox.control("scopes", missing=[scope])
    ran = cli.call("connect")
    assert ran.exit == 4
    explains(ran, f"“{name}”", "Developer Hub")
    assert f"missing  {name}" in ran.out
    document = cli.call("connect", "--json")
    assert document.exit == 4
    assert document.out.count("\n") == 1
    assert [found for found, state in document.json["scopes"].items() if state == "missing"] == [name]
    sandbox.control("scopes", missing=[])
    cli.do("connect")


def test_a_permission_taken_away_before_the_run_pauses_it(sandbox: Running, cli: CommandLine) -> None:
    cli.ready()
    sandbox.control("scopes", missing=["read_conversations"])
    ran = cli.call("run")
    assert ran.exit == 4
    explains(ran, "“Read conversations”")
    status = cli.status()
    assert (status["state"], status["pid"]) == ("paused", None)
    assert "“Read conversations”" in status["reason"]
    sandbox.control("scopes", missing=[])
    cli.run()
    assert cli.differences(sandbox) == []


def test_permissions_that_only_the_scan_wants_are_no_hindrance(sandbox: Running, cli: CommandLine) -> None:
    sandbox.control("scopes", missing=["read_tickets", "read_articles", "read_news"])
    connected = cli.do("connect", "--json").json
    assert [name for name, state in connected["scopes"].items() if state == "missing"] == [
        "Read tickets",
        "Read and list articles",
        "Read news",
    ]
    cli.do("scan")
    cli.do("plan", "--auto")
    cli.run()
    assert cli.differences(sandbox) == []


def test_the_token_of_another_workspace_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    cli.ready()
    cli.run()
    before = contents(cli.export())
    with running(Sandbox(conversations=20, seed=8, rate_limit=0, token=RENEWED)) as other:
        elsewhere = {"OCHRE_TUI_INTERCOM_URL": other.url, "OCHRE_TUI_INTERCOM_TOKEN": RENEWED}
        for words in (["connect"], ["scan"], ["run"]):
            ran = cli.call(*words, **elsewhere)
            assert ran.exit == 2, words
            explains(ran, "is for the Intercom workspace", "-m NAME")
        assert requests(other).get("GET /conversations/*", 0) == 0
    assert contents(cli.export()) == before


def test_no_token_gets_out(sandbox: Running, cli: CommandLine) -> None:
    """A whole journey with faults that echo requests, and then every file and every word is searched."""
    sandbox.control("faults", faults=["malformed=share=0.05", "gone=share=0.05", "file-404=share=0.3"])
    said = [
        cli.call(*words).said
        for words in (
            ["connect", "--json"],
            ["connect", "--keep-token"],
            ["scan", "--json"],
            ["plan", "--auto", "--json"],
            ["run", "--json"],
            ["run"],
            ["status", "--json"],
            ["list", "--json"],
            ["resolve", CANARY, "--json"],
            ["search", "ana", "--json"],
            ["export", str(cli.home / "out.zip")],
        )
    ]
    said[8] = said[8].replace(CANARY, "")  # what was asked for is repeated
    assert leaks(cli, *said) == []
    assert sandbox.control("state")["files"]["bearer_leaks"] == 0
    assert any(path.name == "state.db" for path in cli.home.rglob("*"))
