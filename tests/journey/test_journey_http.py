"""The journey with Ochre on a server: what arrives there is what would have arrived on this machine."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.overview import read_standing
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.run import verify
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.ochre.records import Thread
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.server.import_api.limits import Limits
from tests.support.command_line import CommandLine, Member, changes, cli_at, contents, surroundings
from tests.support.faulty_servers import losing
from tests.support.served_workspace import Served, served

TEAM: list[Member] = [
    ("ANA.SILVA@harbourlight.example", "Ana", "owner"),
    ("ben.oconnor@harbourlight.example", "Ben", "light_agent"),
]
CONVERSATIONS = 80
TOKEN = "OCHRE_TUI_OCHRE_TOKEN"
URL = "OCHRE_TUI_OCHRE_URL"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=CONVERSATIONS, seed=3, nasty=True, rate_limit=0)) as source:
        yield source


@pytest.fixture(scope="module")
def here(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an import into the embedded workspace exports."""
    cli = cli_at(tmp_path_factory.mktemp("here"), sandbox)
    cli.ready(TEAM)
    cli.run()
    return contents(cli.export())


@pytest.fixture
def there(sandbox: Running, tmp_path: Path) -> Iterator[Served]:
    """A server whose workspace has the team, and nothing else."""
    other = cli_at(tmp_path / "there", sandbox)
    for email, name, role in TEAM:
        other.do("team", "add", email, "--role", role, "--name", name or "")
    with served(other.folder / "workspace") as server:
        yield server


def cli_to(server: Served, sandbox: Running, home: Path, url: str | None = None) -> CommandLine:
    """A migration that is connected to the sandbox and to this server, scanned and planned."""
    cli = cli_at(home, sandbox)
    cli.environment[TOKEN] = server.token.unwrap()
    cli.do("connect", "--ochre-url", url or server.url)
    cli.do("scan")
    cli.do("plan", "--auto")
    return cli


def test_an_import_over_http_exports_what_one_into_a_folder_does(
    there: Served, sandbox: Running, tmp_path: Path, here: dict[str, bytes]
) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    first = cli.run()
    assert contents(cli.export()) == here
    assert first["counts"]["conversations"]["created"] == CONVERSATIONS
    assert not (cli.folder / "workspace" / "workspace.db").exists()

    assert changes(cli.run()) == {}
    verified = cli.do("verify", "--json").json
    assert verified["ok"]
    assert {check["name"]: check["actual"] for check in verified["checks"]}["conversations"] == CONVERSATIONS
    members = {member["email"]: member["role"] for member in cli.do("team", "list", "--json").json}
    assert members["ANA.SILVA@harbourlight.example"] == "owner"
    assert cli.do("field", "list", "--json").json
    alias = next(line for line in here["aliases.jsonl"].splitlines() if b"intercom_conversation" in line)
    intercom_id = alias.split(b'"value":"')[1].split(b'"')[0].decode()
    assert cli.do("resolve", intercom_id, "--json").json["intercom_id"] == intercom_id
    email = next(found["email"] for found in map(json.loads, here["customers.jsonl"].splitlines()) if found["email"])
    assert email in {hit["email"] for hit in cli.do("search", email, "--json").json}


class _LeftError(Exception):
    pass


def verified(cli: CommandLine, until: tuple[str, int] | None = None) -> list[tuple[str, int]]:
    """What a verification tells of how far it is; it is left once that is `until`."""
    told: list[tuple[str, int]] = []

    def tell(check: str, done: int) -> None:
        told.append((check, done))
        if until is not None and check == until[0] and done >= until[1]:
            raise _LeftError

    paths = MigrationPaths("default", cli.folder)
    with surroundings(cli.environment, ""), suppress(_LeftError):
        verify(Session(paths), on_progress=tell)
    return told


def test_an_interrupted_verification_goes_on_unless_something_was_written(
    there: Served, sandbox: Running, tmp_path: Path
) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    cli.run()
    assert verified(cli, until=("customers", 1))[0][0] == "conversations"
    went_on = verified(cli, until=("aliases", 1))
    assert "conversations" not in dict(went_on)
    assert "aliases" in dict(went_on)

    with closing(open_workspace(there.folder, "acme", "Acme")) as workspace:
        thread = next(workspace.threads())
        workspace.remove([(Thread, thread.conversation.id)])
    ran = cli.do("verify", "--json", expect=8)
    found = {check["name"]: check["differences"] for check in ran.json["checks"] if not check["ok"]}
    assert thread.conversation.intercom_id in {one["id"] for one in found["conversations"]}


def test_answers_that_are_lost_double_nothing(
    there: Served, sandbox: Running, tmp_path: Path, here: dict[str, bytes]
) -> None:
    asked: list[str] = []

    def cut(method: str, path: str) -> bool:
        asked.append(path)
        return method != "GET" and len(asked) % 9 == 0

    with losing(there.url, cut) as url:
        cli = cli_to(there, sandbox, tmp_path / "home", url)
        first = cli.run()
        assert first["counts"]["conversations"]["created"] == CONVERSATIONS, "a repeat is answered as the first time"
        assert contents(cli.export()) == here
        assert changes(cli.run()) == {}


def test_a_server_that_was_put_back_from_an_older_copy_is_filled_up(
    there: Served, sandbox: Running, tmp_path: Path, here: dict[str, bytes]
) -> None:
    database, older = there.folder / "workspace.db", tmp_path / "older.db"
    with served(there.folder) as server:
        cli = cli_to(server, sandbox, tmp_path / "home")
        cli.run("--limit", "10")
        with closing(sqlite3.connect(database)) as conn, closing(sqlite3.connect(older)) as copy:
            conn.backup(copy)
        cli.run()
    with closing(sqlite3.connect(older)) as copy, closing(sqlite3.connect(database)) as conn:
        copy.backup(conn)
    with served(there.folder) as server:
        cli.environment |= {URL: server.url, TOKEN: server.token.unwrap()}
        cli.run()
        assert contents(cli.export()) == here


def test_files_that_the_server_does_not_take_are_missing(there: Served, sandbox: Running, tmp_path: Path) -> None:
    with served(there.folder, limits=Limits(file_bytes=20_000)) as small:
        cli = cli_to(small, sandbox, tmp_path / "home")
        files = cli.run()["attachments"]
        assert files["stored"] > 0
        lines = [json.loads(line) for line in contents(cli.export())["attachments.jsonl"].splitlines()]
    stored = [line["size"] for line in lines if line["state"] == "stored"]
    refused = [line for line in lines if line["state"] == "missing" and "larger" in line["reason"]]
    assert max(stored) <= 20_000
    assert refused, "each is named with its reason"


def test_what_was_imported_is_taken_out_again(there: Served, sandbox: Running, tmp_path: Path) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    cli.run()
    cli.do("undo", "--yes")
    left = contents(cli.export())
    assert {name for name, content in left.items() if content} == {"team.jsonl"}
    assert len(left["team.jsonl"].splitlines()) == len(TEAM)


def test_what_belongs_to_the_server_is_done_there(there: Served, sandbox: Running, tmp_path: Path) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    for words in (
        ("team", "add", "new@team.example"),
        ("field", "add", "customer", "tier", "--type", "text"),
        ("serve", "--port", "0"),
        ("serve", "token", "add"),
        ("forget", "a@b.c", "--in-ochre", "--yes"),
    ):
        ran = cli.do(*words, expect=2)
        assert there.url in ran.err
    assert "in Ochre itself" in cli.do("team", "add", "new@team.example", expect=2).err


def test_tokens_that_are_missing_wrong_or_not_enough(there: Served, sandbox: Running, tmp_path: Path) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    agent = there.new_token("agent").unwrap()
    for token in ("", "ochre_not-a-token-of-this-server", agent):
        for words in (("team", "list"), ("run",), ("connect", "--ochre-url", there.url)):
            ran = cli.do(*words, expect=4, OCHRE_TUI_OCHRE_TOKEN=token)
            assert len(token) == 0 or token not in ran.said
    assert cli.status()["state"] == "new"


def test_where_it_goes_is_pinned(there: Served, sandbox: Running, tmp_path: Path) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    assert cli.do("connect", "--json").json["target"]["url"] == there.url, "connected again, it stays where it was"
    with served(tmp_path / "other" / "workspace") as other:
        elsewhere = CommandLine(cli.home, {**cli.environment, URL: other.url, TOKEN: other.token.unwrap()})
        assert "another Ochre workspace" in elsewhere.do("team", "list", expect=2).err
        assert elsewhere.do("connect", "--json").json["target"]["url"] == other.url, "nothing is there yet"
        cli.do("connect", "--ochre-url", there.url)
        cli.run()
        assert "already" in elsewhere.do("connect", expect=2).err


def test_an_import_into_a_folder_stays_there(there: Served, sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path / "home", sandbox)
    cli.ready(TEAM)
    cli.run("--limit", "5")
    cli.environment |= {URL: there.url, TOKEN: there.token.unwrap()}
    assert "its embedded workspace" in cli.do("connect", expect=2).err
    assert cli.do("team", "list", "--json").json, "the address alone moves nothing"


def test_what_is_looked_at_again_and_again_asks_no_server(there: Served, sandbox: Running, tmp_path: Path) -> None:
    cli = cli_to(there, sandbox, tmp_path / "home")
    gone = replace(there, url="http://127.0.0.1:9")
    cli.environment[URL] = gone.url
    assert cli.status()["state"] == "new"
    assert cli.do("list", "--json").json[0]["state"] == "new"
    assert read_standing(Session(MigrationPaths("default", cli.folder)), importing_here=False).target == "default"


def test_a_server_that_is_none_is_named(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path / "home", sandbox)
    cli.environment[TOKEN] = "some-token-or-other"
    ran = cli.do("connect", "--ochre-url", sandbox.url, expect=2)
    assert "does not speak the import API" in ran.err
    assert not (cli.folder / "state.db").exists(), "nothing is made for a server that is none"
