"""The journey with archive and attachments encrypted: the same outcome, unreadable without the passphrase."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import zstandard

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, changes, cli_at, contents, lines

PASSPHRASE = "canary blaue Blume é 77"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=60, seed=12, rate_limit=0)) as one:
        yield one


def encrypted_cli(home: Path, sandbox: Running) -> CommandLine:
    cli = cli_at(home, sandbox)
    cli.environment["OCHRE_TUI_PASSPHRASE"] = PASSPHRASE
    told = cli.do("connect", "--encrypt")
    assert "If the passphrase is lost" in told.err
    assert PASSPHRASE not in told.said
    cli.ready()
    return cli


@pytest.fixture(scope="module")
def imported(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    cli = encrypted_cli(tmp_path_factory.mktemp("encrypted"), sandbox)
    cli.run()
    return cli


@pytest.fixture
def cli(imported: CommandLine, tmp_path: Path) -> CommandLine:
    return imported.copied(tmp_path / "home")


def locked(cli: CommandLine, passphrase: str | None = None) -> CommandLine:
    """The same migration for somebody who has another passphrase, or none."""
    environment = {key: value for key, value in cli.environment.items() if key != "OCHRE_TUI_PASSPHRASE"}
    return CommandLine(cli.home, environment | ({"OCHRE_TUI_PASSPHRASE": passphrase} if passphrase else {}))


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


def attachment_bytes(export: Path) -> list[bytes]:
    with zipfile.ZipFile(export) as archive:
        return [archive.read(name) for name in archive.namelist() if name.startswith("attachments/")]


def a_file(cli: CommandLine) -> Path:
    """The largest encrypted attachment."""
    return max(
        (path for path in (cli.folder / "workspace" / "attachments").glob("*/*")), key=lambda p: p.stat().st_size
    )


def flip(path: Path, at: int) -> None:
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(body)


def test_it_comes_to_the_same_as_in_the_clear(cli: CommandLine, sandbox: Running, tmp_path: Path) -> None:
    clear = cli_at(tmp_path / "clear", sandbox)
    clear.ready()
    clear.run()
    assert contents(cli.export()) == contents(clear.export())
    assert cli.do("verify", "--json").json["ok"]
    assert changes(cli.run()) == {}
    assert cli.call("catch-up", "--json").exit in {0, 3}
    assert cli.call("resync", "attachments", "--json").exit in {0, 3}
    cli.do("resync", "attribution", "--preview")
    cli.do("resync", "fields", "--preview")
    cli.do("spot-check")
    cli.do("report", "--out", str(tmp_path / "report.html"))
    cli.do("undo", "--yes")
    assert not lines(cli.export("empty"), "conversations.jsonl")
    cli.run()
    assert contents(cli.export("again")) == contents(clear.export())
    assert cli.do("verify", "--json").json["ok"]
    cli.do("wipe", "--yes")
    assert not cli.folder.exists()


def test_nothing_of_the_archive_or_the_attachments_lies_in_the_clear(cli: CommandLine) -> None:
    export = cli.export("../export")
    needles = [body[:200] for body in attachment_bytes(export) if len(body) >= 32]
    assert len(needles) > 10
    names = [line["name"].encode() for line in lines(export, "saved_replies.jsonl") if line.get("name")]
    bodies = [path.read_bytes() for path in cli.folder.rglob("*") if path.is_file() and "workspace.db" not in path.name]
    assert [needle for needle in [*needles, *names] if any(needle in body for body in bodies)] == []
    with closing(sqlite3.connect(cli.folder / "state.db")) as conn:
        rows = [body for (body,) in conn.execute("SELECT body FROM archive")]
    assert len(rows) > 100
    for row in rows:
        assert b"{" not in row[:1] or b'"' not in row[:8]
        with pytest.raises(zstandard.ZstdError):
            zstandard.ZstdDecompressor().decompress(row)
    assert PASSPHRASE.encode() not in b"".join(bodies)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--json"), ("run", "--detach", "--json"), ("catch-up", "--json"), ("resync", "attachments", "--json"),
        ("resync", "attribution", "--json"), ("resync", "fields", "--json"), ("verify", "--json"),
        ("verify", "--mend", "--json"), ("export", "out.zip"), ("serve", "--port", "0", "--json"),
        ("spot-check", "--json"), ("forget", "a@example.com", "--yes", "--json"),
        ("connect", "--encrypt", "--json"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("passphrase", ["another passphrase", None])
def test_without_the_passphrase_it_says_so_and_changes_nothing(
    imported: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    passphrase: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = hashes(imported.folder)
    ran = locked(imported, passphrase).do(*words, expect=4)
    assert ("not the passphrase" if passphrase else "passphrase") in ran.said
    assert hashes(imported.folder) == before
    assert list(tmp_path.iterdir()) == []


def test_what_needs_no_passphrase_asks_for_none(cli: CommandLine, tmp_path: Path) -> None:
    for words in (
        ("status",),
        ("list",),
        ("search", "a"),
        ("team", "list"),
        ("retry", "--list"),
        ("plan",),
        ("audit", "verify"),
    ):
        assert locked(cli).call(*words).exit in {0, 3}, words
    locked(cli).do("report", "--out", str(tmp_path / "report.html"))
    locked(cli).do("undo", "--yes")
    locked(cli).do("wipe", "--yes")
    assert not cli.folder.exists()


def test_the_passphrase_comes_from_a_file_or_a_command(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    file.chmod(0o600)
    assert locked(cli).do("verify", "--json", "--passphrase-file", str(file)).json["ok"]
    assert locked(cli).do("verify", "--json", "--passphrase-command", f"cat '{file}'").json["ok"]
    locked(cli).do("verify", "--passphrase-command", "cat x", "--passphrase-file", str(file), expect=2)
    file.chmod(0o644)
    assert "private" in locked(cli).do("verify", "--passphrase-file", str(file), expect=2).said


def test_a_changed_byte_in_the_archive_is_found(cli: CommandLine) -> None:
    with closing(sqlite3.connect(cli.folder / "state.db")) as conn, conn:
        id_, body = conn.execute("SELECT id, body FROM archive WHERE kind = 'conversation' ORDER BY id").fetchone()
        changed = bytearray(body)
        changed[len(changed) // 2] ^= 1
        conn.execute("UPDATE archive SET body = ? WHERE kind = 'conversation' AND id = ?", (bytes(changed), id_))
    found = [one for check in cli.do("verify", "--json", expect=8).json["checks"] for one in check["differences"]]
    assert any(one["id"] == id_ and "damaged" in str(one) for one in found), found
    cli.run()
    assert cli.do("verify", "--json").json["ok"]


def test_a_changed_byte_in_a_file_is_found_and_fetched_again(cli: CommandLine) -> None:
    path = a_file(cli)
    flip(path, path.stat().st_size // 2)
    assert "damaged" in cli.do("export", str(cli.home / "out.zip"), expect=1).said
    assert not (cli.home / "out.zip").exists()
    found = [one for check in cli.do("verify", "--json", expect=8).json["checks"] for one in check["differences"]]
    assert any(one["expected"] == path.name for one in found), found
    cli.call("resync", "attachments")
    assert cli.do("verify", "--json").json["ok"]


def test_a_key_that_is_gone_is_not_made_anew(cli: CommandLine) -> None:
    (cli.folder / "key.json").unlink()
    for words in (("run",), ("verify",), ("export", str(cli.home / "out.zip")), ("connect", "--encrypt")):
        assert "key.json is gone" in cli.do(*words, expect=1).said
    assert not (cli.folder / "key.json").exists()


def test_it_is_switched_on_before_the_first_import_only(cli: CommandLine, sandbox: Running, tmp_path: Path) -> None:
    cli.do("connect", "--encrypt")
    clear = cli_at(tmp_path / "clear", sandbox)
    short = clear.do("connect", "--encrypt", expect=2, OCHRE_TUI_PASSPHRASE="short")
    assert "8 characters" in short.said
    assert clear.do("connect", "--encrypt", expect=4).said.count("passphrase") > 1
    clear.ready()
    clear.run("--limit", "3")
    before = hashes(clear.folder)
    told = clear.do("connect", "--encrypt", expect=2, OCHRE_TUI_PASSPHRASE=PASSPHRASE)
    assert "in the clear" in told.said
    assert hashes(clear.folder) == before


def test_a_file_is_served_as_it_was(cli: CommandLine) -> None:
    export = cli.export("../served")
    stored = [line for line in lines(export, "attachments.jsonl") if line["state"] == "stored"]
    process = cli.start("serve", "--port", "0", "--json")
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        for one in (min(stored, key=lambda line: line["size"]), max(stored, key=lambda line: line["size"])):
            with urllib.request.urlopen(f"{url}/attachments/{one['id']}") as answer:
                body = answer.read()
            assert hashlib.sha256(body).hexdigest() == one["sha256"]
            assert int(answer.headers["Content-Length"]) == one["size"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_killed_midway_it_goes_on(sandbox: Running, imported: CommandLine, tmp_path: Path) -> None:
    cli = encrypted_cli(tmp_path / "home", sandbox)
    sandbox.control("faults", faults=["file-slow=1,share=1,times=0"])
    try:
        with cli.start("run", "--json") as process:
            until = time.monotonic() + 60
            while not begun(cli):
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.01)
            process.kill()
    finally:
        sandbox.control("faults", faults=[])
    assert begun(cli)
    for path in [*(cli.folder / "spool").glob("*"), *(cli.folder / "workspace" / "attachments").glob("*/*")]:
        assert path.read_bytes()[:8] in {b"ochrtui1", b""}
    cli.run()
    assert contents(cli.export()) == contents(imported.export("whole"))


def begun(cli: CommandLine) -> list[Path]:
    """The downloads that have brought something."""
    return [path for path in (cli.folder / "spool").glob("*") if path.stat().st_size]


def test_a_detached_import_is_handed_the_passphrase(sandbox: Running, imported: CommandLine, tmp_path: Path) -> None:
    cli = encrypted_cli(tmp_path / "home", sandbox)
    told = cli.spawn("run", "--detach", "--json").events
    pid = next(one["pid"] for one in told if one["event"] == "detached")
    seen: list[bytes] = []
    until = time.monotonic() + 60
    while cli.status()["state"] not in {"completed", "failed"} and time.monotonic() < until:
        with suppress(OSError):
            seen += [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        time.sleep(0.1)
    assert PASSPHRASE.encode() not in b"".join(seen)
    assert cli.do("verify", "--json").json["ok"]
    assert contents(cli.export()) == contents(imported.export("whole"))


def test_a_person_is_forgotten(cli: CommandLine) -> None:
    export = cli.export("../people")
    talk: set[str] = {id_ for line in lines(export, "conversations.jsonl") for id_ in line["customer_ids"]}
    people: list[dict[str, Any]] = [
        one for one in lines(export, "customers.jsonl") if one["email"] and one["id"] in talk
    ]
    told = cli.do("forget", str(people[0]["email"]), "--yes", "--json").json
    assert told["conversations"]
    assert cli.do("verify", "--json").json["ok"]
