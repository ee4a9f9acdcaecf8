"""`forget` erases a person from what this machine keeps, for good."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import zstandard

from ochre_tui.sandbox.server import Sandbox
from tests.support.command_line import CommandLine, Member, changes, lines

WORLD = Sandbox(conversations=120, seed=12, rate_limit=0)
TEAM: list[Member] = []


def somebody(cli: CommandLine) -> str:
    """The e-mail address of a customer who was merged from several contacts and takes part in a conversation."""
    export = cli.export("somebody")
    talk = {id_ for line in lines(export, "conversations.jsonl") for id_ in line["customer_ids"]}
    customers = [one for one in lines(export, "customers.jsonl") if one["email"] and one["id"] in talk]
    return str(max(customers, key=lambda one: len(one["intercom_ids"]))["email"])


def kept_bytes(cli: CommandLine) -> bytes:
    """Everything that this machine keeps beside the workspace, the archive unpacked."""
    files = [path for path in cli.folder.rglob("*") if path.is_file() and path.parts[-2] != "workspace"]
    found = [path.read_bytes() for path in files if "attachments" not in path.parts]
    with closing(sqlite3.connect(cli.folder / "state.db")) as conn:
        found += [zstandard.ZstdDecompressor().decompress(body) for (body,) in conn.execute("SELECT body FROM archive")]
    return b"\n".join(found)


def test_nothing_of_the_person_is_left_and_nothing_of_them_comes_back(cli: CommandLine) -> None:
    email = somebody(cli)
    log = cli.folder / "logs" / "ochre-tui.log"
    log.write_text(f"a line on {email}\nanother line\n")
    shutil.copy(cli.folder / "state.db", cli.folder / "state.db.before-a_step")
    assert email.casefold().encode() in kept_bytes(cli).lower()
    told = cli.do("forget", f" {email.upper()} ", "--yes", "--json").json
    assert told["contacts"]
    assert told["in_ochre"]["customers"]
    assert email.casefold().encode() not in kept_bytes(cli).lower()
    assert log.read_text() == "another line\n"
    assert cli.do("verify", "--json").json["ok"]
    assert changes(cli.run()) == {}
    assert email.casefold().encode() not in kept_bytes(cli).lower()
    assert cli.do("verify", "--json").json["ok"]


def test_a_changed_plan_does_not_read_them_again(cli: CommandLine) -> None:
    email = somebody(cli)
    cli.do("forget", email, "--yes")
    name = next(iter(cli.plan_read()["fields"]["conversation"]))
    cli.set(f'fields.conversation."{name}".action=skip')
    cli.run()
    assert email.casefold().encode() not in kept_bytes(cli).lower()
    assert cli.do("verify", "--json").json["ok"]


def test_ochre_keeps_its_records_and_they_are_named(cli: CommandLine) -> None:
    email = somebody(cli)
    before = {one["id"] for one in lines(cli.export("before"), "customers.jsonl")}
    told = cli.do("forget", email, "--yes", "--json").json
    after = {one["id"] for one in lines(cli.export("after"), "customers.jsonl")}
    assert before == after
    assert set(told["in_ochre"]["customers"]) <= after
    assert set(told["in_ochre"]["conversations"]) <= {
        one["id"] for one in lines(cli.export("again"), "conversations.jsonl")
    }


def test_nobody_asked_or_nobody_known_means_nothing_done(cli: CommandLine) -> None:
    email = somebody(cli)
    assert "--yes" in cli.do("forget", email, expect=2).err
    assert "is known here" in cli.do("forget", "nobody@nowhere.example", "--yes", expect=2).err
    assert email.casefold().encode() in kept_bytes(cli).lower()


def test_out_of_ochre_too_nothing_of_them_is_in_any_file(cli: CommandLine) -> None:
    email = somebody(cli).casefold()
    (folder,) = (path for path in cli.home.iterdir() if path.is_dir())
    (folder / "workspace" / "workspace.db.before-a_step").write_bytes(email.encode())
    before = lines(cli.export("../before"), "customers.jsonl")
    told = cli.do("forget", email, "--in-ochre", "--yes", "--json").json
    gone = set(told["in_ochre"]["customers"])
    assert gone
    assert told["in_ochre"]["conversations"]
    name = next(one["name"] for one in before if one["id"] in gone)
    others = {word for one in before if one["id"] not in gone for word in str(one["name"]).casefold().split()}
    unique = [word for word in str(name).casefold().split() if word not in others]
    files = {str(path): path.read_bytes().lower() for path in folder.rglob("*") if path.is_file()}
    for word in [email, *unique]:
        assert [path for path, body in files.items() if word.encode() in body] == []
    assert cli.do("verify", "--json").json["ok"]
    assert changes(cli.run()) == {}
    export = cli.export("../after")
    assert {one["id"] for one in before} - {one["id"] for one in lines(export, "customers.jsonl")} == gone
    assert cli.do("search", email, "--json").json == []
    assert email.encode() not in b"".join(path.read_bytes().lower() for path in folder.rglob("*") if path.is_file())
